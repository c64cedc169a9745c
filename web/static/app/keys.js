// Keys are physical (`event.code`), so that they work on any layout. Single letters act only outside fields, and can be
// switched off (WCAG 2.1.4).
import { useEffect } from "preact/hooks";
import { lettersOn } from "./memory.js";

const layers = [];

/** Whether the focus is where letters are text. */
export const typing = (target = document.activeElement) =>
  Boolean(target?.closest?.("input, textarea, select, [contenteditable]"));

/** The keys of one screen while it is shown: {KeyJ: handler}; `Ctrl+KeyK` and `Shift+Slash` are names too. */
export function useKeys(map) {
  useEffect(() => {
    layers.push(map);
    return () => { layers.splice(layers.indexOf(map), 1); };
  });
}

export const nameOf = (event) =>
  (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + (event.shiftKey ? "Shift+" : "") + event.code;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const name = nameOf(event);
  const plain = !name.startsWith("Ctrl+") && !name.startsWith("Alt+");
  if (plain && (typing(event.target) || !lettersOn.value || event.target.closest?.("[role=menu]"))) return;
  const layer = layers.findLast((one) => one[name]);
  if (!layer) return;
  event.preventDefault();
  layer[name](event);
});
