// One section of the directory: a table of its entries and, beside it, the form of the chosen one.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon, Pill } from "../parts/icon.js";
import { addEntry, base, checked, lists, moveEntry, removeEntry, setEntry, standing } from "./draft.js";
import { Field } from "./fields.js";
import { pathOf, sectionOf } from "./schema.js";
import { entryTitle, shown } from "./words.js";

const AT_ONCE = 200; // rows drawn before one asks for more: a thousand operators are found by the filter
const chosen = signal({}); // section -> the place of the entry in the form
const query = signal("");
const limit = signal(AT_ONCE);

/** Show the entry at a place of a section in the form. */
export const choose = (section, at) => { chosen.value = { ...chosen.peek(), [section]: at }; };

function hasFlaws(section, at, entry) {
  const path = pathOf(section, at, entry, "");
  return checked.value.errors.some((one) => one.path === path || one.path.startsWith(`${path}.`));
}

function Row({ section, entry, at, current }) {
  const { columns, key } = sectionOf(section);
  const mark = standing(section, entry);
  const wrong = hasFlaws(section, at, entry);
  const title = entryTitle(section, entry) || t("admin.unnamed");
  return html`<tr data-chosen=${current ? "true" : undefined}>
    <th scope="row"><button type="button" class="row-opener" aria-current=${current ? "true" : undefined} onClick=${() => choose(section, at)}><span class="cut">${title}</span></button>
      ${wrong ? html`<${Pill} tone="danger" icon="triangle-alert">${t("admin.wrong")}<//>` : mark && html`<${Pill} tone="accent">${t(`admin.mark.${mark}`)}<//>`}</th>
    ${columns.map((field) => html`<td key=${field} class=${field === key ? "quiet" : ""}><span class="admin-cell cut">${shown(section, field, entry[field])}</span></td>`)}</tr>`;
}

function Table({ section }) {
  const { columns } = sectionOf(section);
  const entries = lists.value[section];
  const wanted = query.value.trim() ? asked(query.value) : null;
  const rows = entries.map((entry, at) => [entry, at]).filter(([entry]) => !wanted || found(folded(JSON.stringify(entry)), wanted));
  if (!entries.length) {
    return html`<div class="empty"><${Icon} name="inbox" size="large" /><p class="empty-title">${t("admin.empty")}</p><p>${t(`admin.about.${section}`)}</p></div>`;
  }
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t(`admin.section.${section}`)}><table class="table admin-table"><thead><tr><th scope="col">${t(`admin.one.${section}`)}</th>
      ${columns.map((field) => html`<th scope="col" key=${field}>${t(`admin.field.${field}`)}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, limit.value).map(([entry, at]) => html`<${Row} key=${at} section=${section} entry=${entry} at=${at} current=${chosen.value[section] === at} />`)}</tbody></table>
    ${!rows.length && html`<p class="quiet admin-note">${t("admin.notFound")}</p>`}</div>
    ${rows.length > limit.value && html`<div class="history-foot"><button type="button" class="btn btn-small" onClick=${() => { limit.value += AT_ONCE; }}>${t("admin.more", { count: rows.length - limit.value })}</button></div>`}`;
}

function Form({ section, at }) {
  const spec = sectionOf(section);
  const entries = lists.value[section];
  const entry = entries[at];
  const box = useRef();
  const fixed = base.value.lists[section].some((one) => one[spec.key] === entry[spec.key]);
  useEffect(() => { box.current?.scrollTo(0, 0); if (!entry[spec.key]) box.current?.querySelector("input, select")?.focus(); }, [section, at]);
  const set = (field) => (value) => setEntry(section, at, { ...lists.peek()[section][at], [field]: value });
  const move = (by) => { moveEntry(section, at, by); choose(section, at + by); };
  return html`<section class="card admin-form" ref=${box} aria-label=${t("admin.form", { name: entryTitle(section, entry) })}>
    <div class="admin-form-head"><h2 class="card-title cut grow">${entryTitle(section, entry) || t("admin.unnamed")}</h2>
      <button type="button" class="btn btn-small btn-icon" aria-label=${t("admin.up")} title=${t("admin.up")} disabled=${at === 0} onClick=${() => move(-1)}><${Icon} name="arrow-up" size="small" /></button>
      <button type="button" class="btn btn-small btn-icon btn-turned" aria-label=${t("admin.down")} title=${t("admin.down")} disabled=${at === entries.length - 1} onClick=${() => move(1)}><${Icon} name="arrow-up" size="small" /></button>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => choose(section, null)}><${Icon} name="x" size="small" /></button></div>
    <div class="admin-fields">${spec.fields.map((field) => html`<${Field} key=${field.id} section=${section} at=${at} entry=${entry} spec=${field} set=${set(field.id)}
      fixed=${field.id === spec.key && fixed} />`)}</div>
    <div class="admin-form-foot"><button type="button" class="btn btn-small" onClick=${() => { removeEntry(section, at); choose(section, null); }}><${Icon} name="x" size="small" />${t("admin.remove")}</button>
      <p class="quiet small grow">${t("admin.removeWhy")}</p></div></section>`;
}

/** A section by its id. */
export function Section({ section }) {
  const spec = sectionOf(section);
  const entries = lists.value[section];
  const at = chosen.value[section];
  useEffect(() => { query.value = ""; limit.value = AT_ONCE; }, [section]);
  const open = Number.isInteger(at) && at < entries.length;
  return html`<div class="admin-pair" data-open=${open ? "true" : undefined}>
    <section class="card table-card admin-list"><div class="admin-list-head"><h2 class="card-title grow">${t(`admin.section.${section}`)} <span class="quiet">${entries.length}</span></h2>
        <input class="field-input field-small admin-find" type="search" aria-label=${t("admin.find")} placeholder=${t("admin.find")} value=${query.value} onInput=${(event) => { query.value = event.target.value; }} />
        <button type="button" class="btn btn-small" onClick=${() => choose(section, addEntry(section, structuredClone(spec.fresh)))}>${t("admin.add")}</button></div>
      <${Table} section=${section} /></section>
    ${open && html`<${Form} key=${`${section}-${at}`} section=${section} at=${at} />`}</div>`;
}
