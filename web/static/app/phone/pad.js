// Tones: a dial pad for a voice menu on the other side; digits typed on the keyboard are sent one by one.
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { sending, tones } from "./orders.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export function Pad({ call, close }) {
  const [sent, setSent] = useState("");
  const press = (digit) => {
    if (sending.peek()) return;
    tones(call, digit);
    setSent((before) => (before + digit).slice(-24));
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS.includes(event.key)) return;
    event.preventDefault();
    press(event.key);
  };
  return html`<${Dialog} title=${t("phone.pad")} onClose=${close}><div class="pad" onKeyDown=${onKeyDown}>
    <output class="pad-sent" aria-live="polite" aria-label=${t("phone.padSent")}>${sent || html`<span class="quiet small">${t("phone.padWhy")}</span>`}</output>
    <div class="pad-keys">${KEYS.map((digit, at) => html`<button key=${digit} class="btn pad-key" type="button" autofocus=${at === 0} onClick=${() => press(digit)}>${digit}</button>`)}</div></div><//>`;
}
