// A field of the form, by its kind: label, control, the server's mistake beside it.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { checked, doubled, lists } from "./draft.js";
import { DAYS, KINDS, pathOf, sectionOf } from "./schema.js";
import { entryTitle, flaw } from "./words.js";

const LANGS = ["ru", "en"];

/** What the server says of a path and of what is inside it. */
function flawsAt(path) {
  const inside = (one) => one.path === path || one.path.startsWith(`${path}.`) || one.path.startsWith(`${path}[`);
  return checked.value.errors.filter(inside).map((one) => flaw(one.message));
}

/** The mistakes of a field: those at its path and inside it. */
export function flawsOf(section, at, entry, field) {
  const found = flawsAt(pathOf(section, at, entry, field));
  const { plain, key } = sectionOf(section);
  if (plain && field === key && doubled.value.has(`${section}.${entry[key]}`)) found.push(t("admin.flaw.twice"));
  return [...new Set(found)];
}

const choices = (spec) => (spec.options ? spec.options.map((one) => [one, t(`admin.option.${one}`)])
  : (lists.value[spec.of] ?? []).map((one) => [one[sectionOf(spec.of).key], entryTitle(spec.of, one)]));
const spansOf = (text) => text.split(/[,;\s]+/).map((one) => one.replace(/[\u2013\u2014]/, "-")).filter(Boolean);

const numbersOf = (text) => text.split(/[,;\s]+/).filter(Boolean).map((one) => (/^\d+$/.test(one) ? Number(one) : one));

function Title({ value, set, attributes }) {
  return html`<div class="admin-langs">${LANGS.map((lang) => html`<label class="admin-lang" key=${lang}><span class="quiet small">${t(`admin.lang.${lang}`)}</span>
    <input class="field-input field-small" value=${value?.[lang] ?? ""} ...${attributes} maxlength="100" onInput=${(event) => set({ ...value, [lang]: event.target.value })} /></label>`)}</div>`;
}

function Texts({ spec, value, set, attributes }) {
  return html`<div class="admin-texts">${LANGS.map((lang) => html`<label class="admin-lang" key=${lang}><span class="quiet small">${t(`admin.lang.${lang}`)}</span>
    <textarea class="field-input field-small" rows="2" value=${value?.[lang] ?? ""} ...${attributes} maxlength="2000" onInput=${(event) => set({ ...value, [lang]: event.target.value })}></textarea></label>`)}
    ${spec.id === "text" && html`<p class="quiet small">${t("admin.variables")}</p>`}</div>`;
}

const wordsOf = (text) => text.split(",").map((one) => one.trim().toLowerCase()).filter(Boolean);

/** Words that raise a conversation: a line of them with what they add. */
function Keywords({ value, set, attributes }) {
  const all = value ?? [];
  const change = (at, more) => set(all.map((one, place) => (place === at ? { ...one, ...more } : one)));
  return html`<div class="admin-keywords">${all.map((one, at) => html`<div key=${at} class="admin-keyword"><label class="field grow"><span class="field-label">${t("admin.keyword.words")}</span>
      <input class="field-input field-small" value=${one.words.join(", ")} ...${attributes} onChange=${(event) => change(at, { words: wordsOf(event.target.value) })} /></label>
    <label class="field"><span class="field-label">${t("admin.field.priority")}</span><input class="field-input field-small admin-number" type="number" min="0" max="100" value=${one.priority} onInput=${(event) => change(at, { priority: Number(event.target.value) })} /></label>
    <label class="admin-check"><input type="checkbox" checked=${one.emergency} onChange=${(event) => change(at, { emergency: event.target.checked })} /><span>${t("admin.keyword.emergency")}</span></label>
    <button type="button" class="btn btn-small btn-quiet" onClick=${() => set(all.filter((_, place) => place !== at))}>${t("admin.remove")}</button></div>`)}
    <button type="button" class="btn btn-small" onClick=${() => set([...all, { words: [], priority: 10, emergency: false }])}>${t("admin.keyword.add")}</button></div>`;
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
    return html`<select class="field-input field-small" disabled=${fixed} ...${attributes} onChange=${(event) => set(event.target.value || null)}>
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
  if (spec.kind === "numbers") {
    return html`<input class="field-input field-small" inputmode="numeric" value=${(value ?? []).join(", ")} ...${attributes} onChange=${(event) => set(numbersOf(event.target.value))} />`;
  }
  const type = { date: "date", clock: "time" }[spec.kind] ?? "text";
  return html`<input class="field-input field-small" type=${type} value=${value ?? ""} disabled=${fixed} maxlength="100" autocomplete="off" spellcheck=${false} ...${attributes}
    onInput=${(event) => set(event.target.value || (spec.optional ? null : ""))} />`;
}

/** The fields of a field that is itself an entry. */
const Inner = ({ section, at, entry, spec, value, set }) => html`<div class="admin-fields">${spec.fields.map((one) => html`<${Field} key=${one.id} section=${section} at=${at} entry=${entry} spec=${one}
  within=${spec.id} value=${value?.[one.id]} set=${(inner) => set({ ...lists.peek()[section][at][spec.id], [one.id]: inner })} />`)}</div>`;

const GROUPS = { inner: Inner, title: Title, texts: Texts, keywords: Keywords, many: Many, levels: Levels, week: Week };

const OTHERWISE = { "work.name": "kind", "chats.name": "queue", "chats.survey": "score" }; // fields that mean something else there

/** One field. `fixed`: its value is the entry's name and in use already; `within`: the field this one is inside of. */
export function Field({ section, at, entry, spec, set, fixed, within, value = entry[spec.id] }) {
  const path = within ? `${within}.${spec.id}` : spec.id;
  const flaws = spec.kind === "inner" ? [] : flawsOf(section, at, entry, path);
  const id = `f-${section}-${path}`;
  const label = t(`admin.field.${OTHERWISE[`${section}.${spec.id}`] ?? spec.id}`);
  const attributes = { "aria-invalid": flaws.length ? "true" : undefined, "aria-describedby": flaws.length ? `${id}-flaw` : undefined };
  const mistake = flaws.length > 0 && html`<p class="admin-flaw" id=${`${id}-flaw`}>${flaws.join("; ")}</p>`;
  if (spec.kind === "bool") {
    return html`<label class="admin-check"><input type="checkbox" checked=${value} onChange=${(event) => set(event.target.checked)} /><span>${label}</span></label>`;
  }
  const Group = GROUPS[spec.kind];
  if (Group) {
    return html`<fieldset class="admin-group"><legend class="field-label">${label}</legend><${Group} section=${section} at=${at} entry=${entry} spec=${spec} value=${value} set=${set} attributes=${attributes} />${mistake}</fieldset>`;
  }
  return html`<label class="field"><span class="field-label">${label}</span><${Plain} spec=${spec} value=${value} set=${set} fixed=${fixed} attributes=${attributes} />
    ${fixed && html`<span class="quiet small">${t("admin.fixed")}</span>`}${mistake}</label>`;
}
