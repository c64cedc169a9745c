// The form of a step, made from the schema of its kind: whatever a step kind of the engine has, can be edited here.
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { addresses, flawsAt } from "./checks.js";
import { addStep, copyStep, flow, kinds, removeStep, renameStep, setAt, setFlow, stepName } from "./edits.js";
import { freshOf, written } from "./shape.js";
import { choicesOf, fieldTitle, flawText, inBoth, kindTitle, lookOf, stepTitle, valueTitle } from "./words.js";

const KEYS = [..."1234567890*#"];

/** Mistakes as one text for one control. */
const textOf = (flaws) => [...new Set(flaws.map(flawText))].join("; ");

function Select({ value, options, empty, set, more, attributes }) {
  const known = options.some(([one]) => one === value);
  return html`<select class="field-input field-small" ...${attributes} onChange=${(event) => set(event.target.value)}>
    ${(empty !== undefined || !value) && html`<option value="" selected=${!value}>${empty ?? t("admin.choose")}</option>`}
    ${value && !known && html`<option value=${value} selected>${t("ivr.gone", { name: value })}</option>`}
    ${options.map(([one, title]) => html`<option key=${one} value=${one} selected=${one === value}>${title}</option>`)}
    ${more}</select>`;
}

/** Where an exit leads: a step there is, or a new one, made at once. */
function StepSelect({ step, path, field, value, attributes }) {
  const choose = (wanted) => {
    if (wanted.startsWith(":")) addStep(wanted.slice(1), { step, path });
    else setAt(step, path, wanted || (field.optional ? field.none : ""));
  };
  return html`<${Select} value=${value} options=${choicesOf("step", flow.value, [])} empty=${field.optional ? t("ivr.nowhere") : undefined} set=${choose} attributes=${attributes}
    more=${html`<optgroup label=${t("ivr.newStep")}>${Object.keys(kinds.value).map((kind) => html`<option key=${kind} value=${`:${kind}`}>${`+ ${kindTitle(kind)}`}</option>`)}</optgroup>`} />`;
}

function Control({ step, path, field, value, attributes }) {
  const set = (now) => setAt(step, path, now);
  switch (field.kind) {
    case "step": return html`<${StepSelect} step=${step} path=${path} field=${field} value=${value} attributes=${attributes} />`;
    case "prompt": case "queue": case "hours": case "extension": case "http":
      return html`<${Select} value=${value ?? ""} options=${choicesOf(field.kind, flow.value, addresses.value)} empty=${field.optional ? t(field.kind === "queue" ? "ivr.lineQueue" : "admin.unset") : undefined} set=${(now) => set(now || (field.optional ? field.none : ""))} attributes=${attributes} />`;
    case "key": return html`<${Select} value=${value ?? ""} options=${KEYS.map((one) => [one, one])} empty=${field.optional ? t("admin.unset") : undefined} set=${(now) => set(now || (field.optional ? field.none : ""))} attributes=${attributes} />`;
    case "choice": return html`<${Select} value=${value ?? ""} options=${field.options.filter((one) => one !== "").map((one) => [one, valueTitle(one)])} empty=${field.optional || field.options.includes("") ? t("admin.unset") : undefined}
      set=${(now) => set(now || (field.optional ? field.none : ""))} attributes=${attributes} />`;
    case "number": return html`<input class="field-input field-small admin-number" type="number" inputmode="decimal" step=${field.whole ? 1 : 0.5} min=${field.min} max=${field.max} value=${value ?? field.fallback ?? ""} ...${attributes}
      onInput=${(event) => set(event.target.value === "" ? undefined : Number(event.target.value))} />`;
    default: return html`<input class="field-input field-small" type="text" maxlength=${field.most ?? 80} autocomplete="off" spellcheck=${false} value=${value ?? ""} ...${attributes} onInput=${(event) => set(event.target.value)} />`;
  }
}

function List({ step, path, field, value }) {
  const items = Array.isArray(value) ? value : [];
  const put = (now) => setAt(step, path, now);
  const move = (at) => { const now = [...items]; now.splice(at - 1, 0, ...now.splice(at, 1)); put(now); };
  const name = (at) => t("ivr.item", { field: fieldTitle(field.id), n: at + 1 });
  return html`<ol class="ivr-list">${items.map((one, at) => html`<li key=${at} class="ivr-item">
      ${field.item.kind === "group" ? html`<div class="ivr-group">${field.item.fields.map((inner) => html`<${Field} key=${inner.id} step=${step} path=${[...path, at, inner.id]} field=${inner} value=${one?.[inner.id]} />`)}</div>`
        : html`<${Field} step=${step} path=${[...path, at]} field=${field.item} value=${one} bare=${name(at)} />`}
      <span class="ivr-item-acts">${items.length > 1 && html`<button type="button" class="btn btn-small btn-icon btn-quiet" disabled=${!at} aria-label=${t("ivr.itemUp", { item: name(at) })} title=${t("admin.up")} onClick=${() => move(at)}><${Icon} name="arrow-up" size="small" /></button>`}
        <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("ivr.itemRemove", { item: name(at) })} title=${t("admin.remove")} onClick=${() => put(items.filter((_, place) => place !== at))}><${Icon} name="x" size="small" /></button></span></li>`)}</ol>
    ${items.length < (field.most ?? 99) && html`<button type="button" class="btn btn-small ivr-add" onClick=${() => put([...items, fresh(field, items)])}>${t("admin.add")}</button>`}`;
}

/** A new item: of keys, the first that is free. */
function fresh(field, items) {
  const made = freshOf(field.item);
  const key = field.item.fields?.find((one) => one.kind === "key");
  return key ? { ...made, [key.id]: KEYS.find((one) => !items.some((item) => item[key.id] === one)) ?? "" } : made;
}

function Mapping({ step, path, field, value }) {
  const entries = Object.entries(value ?? {});
  const put = (now) => setAt(step, path, Object.fromEntries(now));
  return html`<ol class="ivr-list">${entries.map(([key, one], at) => html`<li key=${at} class="ivr-item"><div class="ivr-group">
      <label class="field"><span class="field-label">${t("ivr.name")}</span><input class="field-input field-small" value=${key} spellcheck=${false} onChange=${(event) => put(entries.map((pair, place) => (place === at ? [event.target.value, pair[1]] : pair)))} /></label>
      <${Field} step=${step} path=${[...path, key]} field=${{ ...field.item, id: "value" }} value=${one} /></div>
      <span class="ivr-item-acts"><button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("ivr.itemRemove", { item: key })} title=${t("admin.remove")} onClick=${() => put(entries.filter((_, place) => place !== at))}><${Icon} name="x" size="small" /></button></span></li>`)}</ol>
    <button type="button" class="btn btn-small ivr-add" onClick=${() => put([...entries, [`fact${entries.length + 1}`, ""]])}>${t("admin.add")}</button>`;
}

function Title({ step, path, value }) {
  return html`<div class="admin-langs">${inBoth.map((lang) => html`<label class="admin-lang" key=${lang}><span class="quiet small">${t(`admin.lang.${lang}`)}</span>
    <input class="field-input field-small" maxlength="100" value=${value?.[lang] ?? ""} onInput=${(event) => setAt(step, [...path, lang], event.target.value || undefined)} /></label>`)}</div>`;
}

const GROUPS = { list: List, map: Mapping, title: Title };

/** One field of a step, at its path. `bare`: it has no visible label of its own, this is its name. */
function Field({ step, path, field, value, bare }) {
  const place = written(path);
  const wrong = flawsAt(step, place);
  const id = `ivr-f-${place.replace(/\W+/g, "-")}`;
  const own = GROUPS[field.kind] ? wrong.filter((one) => one.field === place) : wrong;
  const attributes = { "aria-invalid": own.length ? "true" : undefined, "aria-describedby": own.length ? `${id}-flaw` : undefined, "aria-label": bare };
  const mistake = own.length > 0 && html`<p class=${own.some((one) => one.level === "error") ? "admin-flaw" : "admin-flaw ivr-doubt"} id=${`${id}-flaw`}>${textOf(own)}</p>`;
  const label = fieldTitle(field.id);
  if (field.kind === "bool") {
    return html`<label class="admin-check"><input type="checkbox" checked=${value ?? field.fallback ?? false} onChange=${(event) => setAt(step, path, event.target.checked)} /><span>${label}</span></label>`;
  }
  const Group = GROUPS[field.kind];
  if (Group) return html`<fieldset class="admin-group"><legend class="field-label">${label}</legend><${Group} step=${step} path=${path} field=${field} value=${value} />${mistake}</fieldset>`;
  return html`<label class="field">${!bare && html`<span class="field-label">${label}</span>`}<${Control} step=${step} path=${path} field=${field} value=${value} attributes=${attributes} />${mistake}</label>`;
}

function Name({ name }) {
  const [text, setText] = useState(name);
  const rename = () => { if (text !== name && !renameStep(name, text.trim())) { toast(t("ivr.badName"), "danger"); setText(name); } };
  return html`<label class="field"><span class="field-label">${t("admin.field.name")}</span><input class="field-input field-small" value=${text} maxlength="40" autocomplete="off" spellcheck=${false}
    onInput=${(event) => setText(event.target.value)} onBlur=${rename} onKeyDown=${(event) => { if (event.key === "Enter") rename(); }} /></label>`;
}

/** The form of the open step. */
export function StepForm({ name }) {
  const step = flow.value.steps[name];
  const fields = kinds.value[step.kind] ?? [];
  const [icon, tone] = lookOf(step.kind);
  const whole = flawsAt(name).filter((one) => !one.field || !fields.some((field) => one.field.startsWith(field.id)));
  const first = flow.value.start === name;
  return html`<section class="card admin-form ivr-panel" aria-label=${t("admin.form", { name: stepTitle(name, step) })}>
    <div class="admin-form-head"><span class=${`ivr-node-icon tone-${tone}`}><${Icon} name=${icon} /></span><h2 class="card-title cut grow">${stepTitle(name, step)}</h2>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => { stepName.value = null; document.getElementById(`ivr-step-${name}`)?.focus(); }}><${Icon} name="x" size="small" /></button></div>
    <p class="quiet small">${kindTitle(step.kind)}${first ? ` \u00b7 ${t("ivr.first")}` : ""}</p>
    ${whole.map((one) => html`<p key=${one.word + one.field} class=${`strip ivr-strip tone-${one.level === "error" ? "danger" : "warn"}`}><${Icon} name="triangle-alert" size="small" />${flawText(one)}</p>`)}
    <div class="ivr-fields">${fields.map((field) => html`<${Field} key=${field.id} step=${name} path=${[field.id]} field=${field} value=${step[field.id]} />${field.id === "label" && html`<${Name} key=${name} name=${name} />`}`)}</div>
    <div class="admin-form-foot ivr-foot"><button type="button" class="btn btn-small" onClick=${() => removeStep(name)}><${Icon} name="x" size="small" />${t("ivr.remove")}</button>
      <button type="button" class="btn btn-small" onClick=${() => copyStep(name)}>${t("ivr.copy")}</button>
      <button type="button" class="btn btn-small" disabled=${first} onClick=${() => setFlow("start", name)}>${t("ivr.makeFirst")}</button></div></section>`;
}
