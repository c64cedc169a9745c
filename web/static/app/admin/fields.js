// A field of the form, by its kind: label, control, the server's mistake beside it.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { checked, doubled, lists } from "./draft.js";
import { DAYS, KINDS, pathOf, sectionOf } from "./schema.js";
import { entryTitle, flaw } from "./words.js";

const LANGS = ["ru", "en"];

/** The mistakes of a field: those at its path and inside it. */
export function flawsOf(section, at, entry, field) {
  const path = pathOf(section, at, entry, field);
  const inside = (one) => one.path === path || one.path.startsWith(`${path}.`) || one.path.startsWith(`${path}[`);
  const found = checked.value.errors.filter(inside).map((one) => flaw(one.message));
  const { plain, key } = sectionOf(section);
  if (plain && field === key && doubled.value.has(`${section}.${entry[key]}`)) found.push(t("admin.flaw.twice"));
  return [...new Set(found)];
}

const choices = (spec) => (spec.options ? spec.options.map((one) => [one, t(`admin.option.${one}`)])
  : (lists.value[spec.of] ?? []).map((one) => [one[sectionOf(spec.of).key], entryTitle(spec.of, one)]));
const spansOf = (text) => text.split(/[,;\s]+/).map((one) => one.replace(/[\u2013\u2014]/, "-")).filter(Boolean);

function Title({ value, set, attributes }) {
  return html`<div class="admin-langs">${LANGS.map((lang) => html`<label class="admin-lang" key=${lang}><span class="quiet small">${t(`admin.lang.${lang}`)}</span>
    <input class="field-input field-small" value=${value?.[lang] ?? ""} ...${attributes} maxlength="100" onInput=${(event) => set({ ...value, [lang]: event.target.value })} /></label>`)}</div>`;
}

function Many({ spec, value, set }) {
  const all = choices(spec);
  if (!all.length) return html`<p class="quiet small">${t(`admin.none.${spec.of}`)}</p>`;
  return html`<div class="admin-many">${all.map(([name, title]) => html`<label class="admin-check" key=${name}><input type="checkbox" checked=${value.includes(name)}
    onChange=${(event) => set(event.target.checked ? all.map(([one]) => one).filter((one) => one === name || value.includes(one)) : value.filter((one) => one !== name))} /><span>${title}</span></label>`)}</div>`;
}

function Levels({ spec, value, set }) {
  const all = choices(spec);
  if (!all.length) return html`<p class="quiet small">${t(`admin.none.${spec.of}`)}</p>`;
  return html`<div class="admin-levels">${all.map(([name, title]) => html`<label class="admin-level" key=${name}><span class="cut">${title}</span>
    <select class="field-input field-small" onChange=${(event) => { const { [name]: _, ...rest } = value; set(event.target.value ? { ...rest, [name]: Number(event.target.value) } : rest); }}>
      <option value="" selected=${!value[name]}>${t("admin.noLevel")}</option>${[1, 2, 3, 4, 5].map((level) => html`<option key=${level} value=${level} selected=${value[name] === level}>${level}</option>`)}</select></label>`)}</div>`;
}

function Week({ value, set, attributes }) {
  return html`<div class="admin-week">${DAYS.map((day) => html`<label class="admin-day" key=${day}><span>${t(`admin.weekday.${day}`)}</span>
    <input class="field-input field-small" placeholder=${t("admin.closed")} value=${(value[day] ?? []).join(", ")} ...${attributes}
      onChange=${(event) => { const spans = spansOf(event.target.value); const { [day]: _, ...rest } = value; set(spans.length ? { ...rest, [day]: spans } : rest); }} /></label>`)}</div>`;
}

function Plain({ spec, value, set, fixed, attributes }) {
  if (spec.kind === "int") {
    return html`<input class="field-input field-small admin-number" type="number" inputmode="numeric" min=${spec.min} max=${spec.max} value=${value ?? ""} ...${attributes}
      onInput=${(event) => set(event.target.value === "" ? null : Number(event.target.value))} />`;
  }
  if (spec.kind === "choice") {
    const all = choices(spec);
    const known = all.some(([name]) => name === value);
    return html`<select class="field-input field-small" ...${attributes} onChange=${(event) => set(event.target.value || null)}>
      ${(spec.optional || !known) && html`<option value="" selected=${!value}>${t(spec.optional ? "admin.unset" : "admin.choose")}</option>`}
      ${value && !known && html`<option value=${value} selected>${value}</option>`}
      ${all.map(([name, title]) => html`<option key=${name} value=${name} selected=${name === value}>${title}</option>`)}</select>`;
  }
  if (spec.kind === "kind") {
    return html`<select class="field-input field-small" disabled=${fixed} ...${attributes} onChange=${(event) => set(event.target.value)}>
      <option value="" selected=${!value}>${t("admin.choose")}</option>${KINDS.map((kind) => html`<option key=${kind} value=${kind} selected=${kind === value}>${t(`kind.${kind}`)}</option>`)}</select>`;
  }
  if (spec.kind === "spans") {
    return html`<input class="field-input field-small" placeholder=${t("admin.closed")} value=${(value ?? []).join(", ")} ...${attributes} onChange=${(event) => set(spansOf(event.target.value))} />`;
  }
  const type = spec.kind === "date" ? "date" : "text";
  return html`<input class="field-input field-small" type=${type} value=${value ?? ""} disabled=${fixed} maxlength="100" autocomplete="off" spellcheck=${false} ...${attributes}
    onInput=${(event) => set(event.target.value || (spec.optional ? null : ""))} />`;
}

const GROUPS = { title: Title, many: Many, levels: Levels, week: Week };

/** One field. `fixed`: its value is the entry's name and in use already. */
export function Field({ section, at, entry, spec, set, fixed }) {
  const flaws = flawsOf(section, at, entry, spec.id);
  const id = `f-${section}-${spec.id}`;
  const label = t(`admin.field.${section === "work" && spec.id === "name" ? "kind" : spec.id}`);
  const attributes = { "aria-invalid": flaws.length ? "true" : undefined, "aria-describedby": flaws.length ? `${id}-flaw` : undefined };
  const mistake = flaws.length > 0 && html`<p class="admin-flaw" id=${`${id}-flaw`}>${flaws.join("; ")}</p>`;
  const value = entry[spec.id];
  if (spec.kind === "bool") {
    return html`<label class="admin-check"><input type="checkbox" checked=${value} onChange=${(event) => set(event.target.checked)} /><span>${label}</span></label>`;
  }
  const Group = GROUPS[spec.kind];
  if (Group) {
    return html`<fieldset class="admin-group"><legend class="field-label">${label}</legend><${Group} spec=${spec} value=${value} set=${set} attributes=${attributes} />${mistake}</fieldset>`;
  }
  return html`<label class="field"><span class="field-label">${label}</span><${Plain} spec=${spec} value=${value} set=${set} fixed=${fixed} attributes=${attributes} />
    ${fixed && html`<span class="quiet small">${t("admin.fixed")}</span>`}${mistake}</label>`;
}
