// Keys are physical (`event.code`), so that they work on any layout. Single letters act only outside fields, and can be
// switched off (WCAG 2.1.4). A registry: any module adds its keys, `?` and the palette list what acts now.
import { useEffect, useRef } from "preact/hooks";
import { t } from "./i18n.js";
import { lettersOn } from "./memory.js";
import { toast } from "./parts/toast.js";

const SURE_WITHIN = 2000; // ms between the two presses that do something destructive
const layers = []; // of () => {code: spec or function}; of those that act now, the last one wins
let asked = { spec: null, at: 0 };

/** Whether the focus is where letters are text. */
export const typing = (target = document.activeElement) =>
  Boolean(target?.closest?.("input, textarea, select, [contenteditable]"));

const specOf = (entry) => (typeof entry === "function" ? { run: entry } : entry);
const acts = (spec) => Boolean(spec) && (!spec.when || spec.when());

/**
 * Add a key: `code` is the physical one (`KeyH`, `Ctrl+KeyK`, `Shift+Slash`). `label` is the i18n key of what it does,
 * `when` says whether it acts now, `run(event)` does it, `once`: destructive, asks for a second press.
 * Returns how to take it away.
 */
export function register(code, spec) {
  const layer = () => ({ [code]: spec });
  layers.push(layer);
  return () => { layers.splice(layers.indexOf(layer), 1); };
}

/** The keys of one part of the screen while it is shown: {code: spec or function}. Its place among the others stays. */
export function useKeys(map) {
  const now = useRef(map);
  now.current = map;
  useEffect(() => {
    const layer = () => now.current;
    layers.push(layer);
    return () => { layers.splice(layers.indexOf(layer), 1); };
  }, []);
}

/** What may be done by key at this moment: [{code, label, run}], each code once. */
export function actions() {
  const found = new Map();
  for (const layer of layers) {
    for (const [code, entry] of Object.entries(layer())) {
      const spec = specOf(entry);
      if (spec.label && acts(spec)) found.set(code, { code, label: spec.label, run: spec.run });
    }
  }
  return [...found.values()];
}

/** A code as people read it on the key: `Ctrl+KeyK` is Ctrl K. */
export const keyName = (code) => code.replace("Shift+Slash", "?").replace(/(Key|Digit)(\w)$/, "$2").replace("Slash", "/").replace("Equal", "+").replace("BracketLeft", "[").replace("BracketRight", "]")
  .replace("ArrowUp", "\u2191").replace("ArrowDown", "\u2193").replace("Enter", "\u21b5").replace(/\+(?=.)/g, " ");

export const nameOf = (event) =>
  (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + (event.shiftKey ? "Shift+" : "") + event.code;

function press(spec, name, event) {
  const sure = asked.spec === spec.label && event.timeStamp - asked.at <= SURE_WITHIN;
  if (spec.once && !sure) {
    asked = { spec: spec.label, at: event.timeStamp };
    toast(t("keys.again", { key: keyName(name), what: t(spec.label) }), "warn");
    return;
  }
  asked = { spec: null, at: 0 };
  spec.run(event);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const name = nameOf(event);
  const plain = !name.startsWith("Ctrl+") && !name.startsWith("Alt+");
  if (plain && (typing(event.target) || !lettersOn.value || event.target.closest?.("[role=menu]"))) return;
  if (name === "Enter" && event.target !== document.body && event.target.closest?.("button, a, [role]")) return;
  const layer = layers.findLast((one) => acts(specOf(one()[name])));
  if (!layer) return;
  event.preventDefault();
  if (!event.repeat || !specOf(layer()[name]).once) press(specOf(layer()[name]), name, event);
});
