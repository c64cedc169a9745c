// A modal dialog: the browser keeps the focus inside and gives it back, Escape closes.
import { useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "./icon.js";

let last = 0;

/** `title` names it, `onClose` is called once however it was closed; `wide` for what holds lists. */
export function Dialog({ title, onClose, wide, children }) {
  const box = useRef();
  const id = useRef(0);
  id.current ||= ++last;
  useLayoutEffect(() => {
    const dialog = box.current; // an input marked `autofocus` gets the focus, else the first control
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return html`<dialog class=${`dialog ${wide ? "dialog-wide" : ""}`} ref=${box} aria-labelledby=${`dialog-${id.current}`} onClose=${onClose}>
    <div class="dialog-head"><h2 class="dialog-title" id=${`dialog-${id.current}`}>${title}</h2>
      <button class="btn btn-quiet btn-icon" type="button" aria-label=${t("action.close")} onClick=${() => box.current.close()}><${Icon} name="x" /></button></div>
    ${children}</dialog>`;
}

/** A box to type in above a list to choose from: arrows move, Enter chooses. `items`: [{id, name, disabled, run, ...}],
 * `draw(item)` is what a line shows. */
export function Chooser({ items, draw, label, text, onText, placeholder, listLabel, className = "search-item" }) {
  const state = useRef({ at: 0 });
  const able = items.filter((one) => !one.disabled);
  const chosen = able.find((one) => one.id === state.current.id) ?? able[0];
  const pick = (step) => {
    if (!able.length) return;
    state.current.id = able.at((able.indexOf(chosen) + step) % able.length).id;
    onText(text, true);
    queueMicrotask(() => document.getElementById(`choice-${state.current.id}`)?.scrollIntoView({ block: "nearest" }));
  };
  const onKeyDown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); pick(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter" && chosen) { event.preventDefault(); chosen.run(); }
  };
  return html`<input class="field-input search-input" type="text" role="combobox" aria-expanded="true" aria-controls="choices" aria-label=${label} placeholder=${placeholder} autofocus
      aria-activedescendant=${chosen ? `choice-${chosen.id}` : undefined} autocomplete="off" spellcheck=${false} value=${text} onKeyDown=${onKeyDown}
      onInput=${(event) => { state.current.id = undefined; onText(event.target.value); }} />
    <ul class="choices" id="choices" role="listbox" aria-label=${listLabel}>${items.map((one) => html`<li key=${one.id} id=${`choice-${one.id}`} role="option" class=${className}
      aria-selected=${one === chosen ? "true" : "false"} aria-disabled=${one.disabled ? "true" : undefined} onClick=${() => !one.disabled && one.run()}>${draw(one)}</li>`)}</ul>`;
}
