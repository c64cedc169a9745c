// The list of keys (`?`) and the switch that turns single letters off.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { lettersOn } from "../memory.js";
import { Icon } from "./icon.js";

const shown = signal(false);
export const showHelp = () => { shown.value = true; };

const KEYS = [
  [["J", "↓"], "keys.down"], [["K", "↑"], "keys.up"], [["Enter"], "keys.open"], [["G"], "keys.list"], [["C"], "keys.call"],
  [["1", "…", "9"], "keys.outcome"], [["N"], "keys.next"], [["R"], "keys.note"], [["P"], "keys.presence"],
  [["Ctrl", "K"], "keys.search"], [["Ctrl", "Enter"], "keys.saveNote"], [["Shift", "?"], "keys.help"],
];

export function Help() {
  const dialog = useRef();
  useEffect(() => { if (shown.value) dialog.current?.showModal(); }, [shown.value]);
  if (!shown.value) return null;
  return html`<dialog class="dialog" ref=${dialog} aria-labelledby="help-title" onClose=${() => { shown.value = false; }}>
    <div class="dialog-head"><h2 class="dialog-title" id="help-title">${t("keys.title")}</h2>
      <button class="btn btn-quiet btn-icon" aria-label=${t("action.close")} onClick=${() => dialog.current.close()}><${Icon} name="x" /></button></div>
    <dl class="keys">${KEYS.map(([keys, text]) => html`<dt key=${text}>${keys.map((key) => html`<kbd class="key key-kept">${key}</kbd>`)}</dt><dd>${t(text)}</dd>`)}</dl>
    <label class="check"><input type="checkbox" checked=${lettersOn.value} onChange=${(event) => { lettersOn.value = event.target.checked; }} />
      <span>${t("keys.letters")}<br /><span class="quiet small">${t("keys.lettersWhy")}</span></span></label>
  </dialog>`;
}
