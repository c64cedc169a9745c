// The list of keys (`?`), what of it acts now, and the switch that turns single letters off.
import { signal } from "@preact/signals";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { actions, keyName } from "../keys.js";
import { lettersOn } from "../memory.js";
import { Dialog } from "./dialog.js";

const shown = signal(false);
export const showHelp = () => { shown.value = true; };

const GROUPS = [
  ["keys.ofList", [[["J", "\u2193"], "keys.down"], [["K", "\u2191"], "keys.up"], [["Enter"], "keys.open"], [["G"], "keys.list"], [["F"], "keys.filter"], [["]"], "keys.nextTab"], [["["], "keys.tabBefore"]]],
  ["keys.ofOffer", [[["A", "Enter"], "keys.accept"], [["X"], "keys.refuse"]]],
  ["keys.ofCall", [[["A"], "keys.answer"], [["H"], "keys.hold"], [["M"], "keys.mute"], [["T"], "keys.transfer"], [["D"], "keys.tones"], [["E", "E"], "keys.hangUp"], [["C"], "keys.call"]]],
  ["keys.ofRequest", [[["1", "\u2026", "9"], "keys.outcome"], [["N"], "keys.next"], [["Z"], "keys.undo"], [["R"], "keys.note"], [["Ctrl", "Enter"], "keys.saveNote"],
    [["S"], "keys.postpone"], [["T"], "keys.transfer"], [["D"], "keys.dial"], [["+"], "keys.prolong"]]],
  ["keys.ofPage", [[["P"], "keys.presence"], [["Ctrl", "K"], "keys.search"], [["?"], "keys.help"]]],
];

/** Keys of other parts that act now and stand in no group above. */
function others() {
  const told = new Set(GROUPS.flatMap(([, lines]) => lines.map(([, text]) => text)));
  return actions().filter((one) => !told.has(one.label)).map((one) => [[keyName(one.code)], one.label]);
}

const Lines = ({ title, lines }) => html`<section><h3 class="card-title">${t(title)}</h3><dl class="keys">${lines.map(([keys, text]) => html`
  <dt key=${text}>${keys.map((key, at) => html`<kbd key=${at} class="key key-kept">${key}</kbd>`)}</dt><dd>${t(text)}</dd>`)}</dl></section>`;

export const Letters = () => html`<label class="check"><input type="checkbox" checked=${lettersOn.value} onChange=${(event) => { lettersOn.value = event.target.checked; }} />
  <span>${t("keys.letters")}<br /><span class="quiet small">${t("keys.lettersWhy")}</span></span></label>`;

export function Help() {
  if (!shown.value) return null;
  const rest = others();
  return html`<${Dialog} title=${t("keys.title")} wide=${true} onClose=${() => { shown.value = false; }}>
    <div class="key-groups">${GROUPS.map(([title, lines]) => html`<${Lines} key=${title} title=${title} lines=${lines} />`)}
      ${rest.length > 0 && html`<${Lines} title="keys.others" lines=${rest} />`}</div>
    <${Letters} /><//>`;
}
