// Ctrl+K: one box for everything. It finds requests and people, and does what the keys do, showing which key that is.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { actions, keyName } from "../keys.js";
import { openView } from "../view.js";
import { Chooser, Dialog } from "./dialog.js";
import { Icon } from "./icon.js";
import { useFound } from "./search.js";

const shown = signal(null);
/** Open the palette; what could be done by key at this moment is what it offers. */
export const showPalette = () => { shown.value = actions().filter((one) => one.label !== "keys.search"); };

const places = new Set();
/** Add something the palette can do: () => [{id, icon, name, run}]. Returns how to take it away. */
export const offerInPalette = (make) => { places.add(make); return () => places.delete(make); };

const draw = ({ icon, name, about, code }) => html`<${Icon} name=${icon ?? "chevron-right"} /><span class="strong cut">${name}</span>
  <span class="quiet small cut grow">${about}</span>${code && html`<kbd class="key key-kept">${keyName(code)}</kbd>`}`;

function Palette() {
  const [text, setText] = useState("");
  const [, again] = useState(0);
  const { status, items: results } = useFound(text);
  const close = () => { shown.value = null; };
  const query = asked(text);
  const fits = (one) => !text.trim() || found(folded(one.name), query);
  // The dialog is closed first: a key's own work may need the focus, or open another.
  const after = (run) => () => { close(); setTimeout(run); };
  const doing = shown.peek().map((one) => ({ id: `k-${one.code}`, name: t(one.label), code: one.code, run: after(one.run) })).filter(fits);
  const going = [...places].flatMap((make) => make()).filter(fits).map((one) => ({ ...one, run: after(one.run) }));
  const told = results.map((one) => ({ ...one, name: one.title, run: after(() => (one.open ? one.open() : openView(one.subject))) }));
  const list = [...told, ...doing, ...going].slice(0, 40);
  useEffect(() => { if (text) again((n) => n + 1); }, [status]);
  return html`<${Dialog} title=${t("palette.title")} wide=${true} onClose=${close}>
    <${Chooser} items=${list} draw=${draw} text=${text} onText=${(value, same) => (same ? again((n) => n + 1) : setText(value))} label=${t("search.label")} placeholder=${t("palette.placeholder")} listLabel=${t("search.results")} />
    <p class="search-word quiet small" role="status">${list.length === 0 || !["idle", "ready"].includes(status) ? t(`search.${status === "ready" ? "nothing" : status}`) : t("palette.hint")}</p><//>`;
}

export const PaletteHost = () => shown.value && html`<${Palette} />`;
