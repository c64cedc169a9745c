// A button with a menu: arrows, Home, End and Escape work, the focus comes back, a click elsewhere closes.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";

const ITEMS = "[role^=menuitem]:not(:disabled)";
const HEAD = 60; // px of the page's head, which stays in place: nothing opens under it

function step(panel, key) {
  const items = [...panel.querySelectorAll(ITEMS)];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1 + (at < 0 ? 1 : 0), Home: 0, End: items.length - 1 }[key];
  items.at(next % items.length)?.focus();
}

/** `label` is the button's content, `name` its accessible name, `place` of the panel: "", "end", "up" or "end up".
 * `spoken`: the content itself is the accessible name. */
export function Menu({ label, name, className = "btn", place = "", children, disabled, title, opener, spoken }) {
  const [open, setOpen] = useState(false);
  const root = useRef();
  const close = (back) => { setOpen(false); if (back) root.current?.querySelector("button")?.focus(); };

  useEffect(() => { if (opener) opener.current = () => setOpen(true); }, [opener]);
  useLayoutEffect(() => { // before anything is painted: the next key may be faster than a frame
    if (!open) return undefined;
    const [button, panel] = root.current.children;
    const bounds = root.current.closest(".thread")?.getBoundingClientRect() ?? { top: HEAD, bottom: innerHeight, left: 0, right: innerWidth };
    const above = button.getBoundingClientRect().top - bounds.top;
    if (panel.getBoundingClientRect().bottom > bounds.bottom && above > panel.offsetHeight) panel.classList.add("menu-panel-up");
    if (panel.getBoundingClientRect().left < bounds.left) panel.classList.remove("menu-panel-end");
    else if (panel.getBoundingClientRect().right > bounds.right) panel.classList.add("menu-panel-end");
    root.current.querySelector(ITEMS)?.focus();
    const away = (event) => { if (!root.current.contains(event.target)) setOpen(false); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);

  const onKeyDown = (event) => {
    if (!open) return;
    if (event.key === "Escape") { event.stopPropagation(); close(true); }
    if (event.key === "Tab") close(false);
    if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      step(root.current.querySelector("[role=menu]"), event.key);
    }
  };
  const classes = place.split(" ").filter(Boolean).map((side) => ` menu-panel-${side}`).join("");
  return html`<div class="menu" ref=${root} onKeyDown=${onKeyDown}>
    <button type="button" class=${className} aria-haspopup="menu" aria-expanded=${open ? "true" : "false"} aria-label=${spoken ? undefined : name} title=${title}
      disabled=${disabled} onClick=${() => setOpen(!open)}>${label}</button>
    ${open && html`<div class=${`menu-panel${classes}`} role="menu" aria-label=${name} onClick=${(event) => {
      if (event.target.closest("[role^=menuitem]")) close(true);
    }}>${children}</div>`}
  </div>`;
}

/** One choice of a menu; `checked` (true or false) makes it one of several. */
export const MenuItem = ({ children, onClick, checked, disabled }) => html`<button type="button" class="menu-item" tabindex="-1"
  role=${checked === undefined ? "menuitem" : "menuitemradio"} aria-checked=${checked === undefined ? undefined : String(checked)}
  disabled=${disabled} onClick=${onClick}>${children}</button>`;

export const MenuTitle = ({ children }) => html`<div class="menu-title" role="presentation">${children}</div>`;
export const MenuLine = () => html`<div class="menu-line" role="separator"></div>`;
