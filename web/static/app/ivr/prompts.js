// The prompts: what callers hear, in words for the packaged voice or recorded by somebody.
import { signal } from "@preact/signals";
import { standing } from "../admin/draft.js";
import { boot } from "../boot.js";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon, Pill } from "../parts/icon.js";
import { Sound } from "./sound.js";
import { addPrompt, flows, inForce, kinds, prompts, removePrompt, setPrompt, unusedName } from "./edits.js";
import { namesOf } from "./shape.js";
import { flowTitle, inBoth, promptTitle, stepTitle } from "./words.js";

const chosen = signal(null);
const query = signal("");

/** Which steps play a prompt: [{flow, step}]. */
const usersOf = (name) => flows.value.flatMap((flow) => Object.entries(flow.steps ?? {}).filter(([, step]) => namesOf(step, kinds.value[step.kind], "prompt").includes(name)).map(([step]) => ({ flow, step })));

function add() {
  const name = unusedName("prompt", prompts.value.map((one) => one.name));
  addPrompt({ name, label: { [boot.lang]: t("ivr.prompt.fresh") }, text: {} });
  chosen.value = name;
}

function rename(one, event) {
  const wanted = event.target.value.trim();
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(wanted) || prompts.value.some((other) => other.name === wanted)) { event.target.value = one.name; return; }
  setPrompt(one.name, "name", wanted);
  chosen.value = wanted;
}

function Form({ one }) {
  const users = usersOf(one.name);
  const fixed = inForce("prompts", one.name);
  const set = (field, lang, text) => setPrompt(one.name, field, { ...one[field], [lang]: text });
  return html`<section class="card admin-form" aria-label=${t("admin.form", { name: promptTitle(one.name) })}><div class="admin-form-head"><h2 class="card-title cut grow">${promptTitle(one.name)}</h2>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => { chosen.value = null; }}><${Icon} name="x" size="small" /></button></div>
    <div class="ivr-fields"><fieldset class="admin-group"><legend class="field-label">${t("admin.field.title")}</legend><div class="admin-langs">${inBoth.map((lang) => html`<label class="admin-lang" key=${lang}><span class="quiet small">${t(`admin.lang.${lang}`)}</span>
        <input class="field-input field-small" maxlength="100" value=${one.label?.[lang] ?? ""} onInput=${(event) => set("label", lang, event.target.value)} /></label>`)}</div></fieldset>
      <label class="field"><span class="field-label">${t("admin.field.name")}</span><input class="field-input field-small" disabled=${fixed} value=${one.name} maxlength="40" spellcheck=${false} onChange=${(event) => rename(one, event)} /></label>
      ${inBoth.map((lang) => html`<label class="field" key=${lang}><span class="field-label">${t(`ivr.prompt.text.${lang}`)}</span><textarea class="field-input" rows="3" maxlength="1000" lang=${lang} value=${one.text?.[lang] ?? ""} onInput=${(event) => set("text", lang, event.target.value)}></textarea></label>`)}
      <${Sound} one=${one} set=${(file) => setPrompt(one.name, "file", file)} />
      <p class="small">${users.length ? `${t("ivr.prompt.used")} ${users.map(({ flow, step }) => `${flowTitle(flow)} \u2192 ${stepTitle(step, flow.steps[step])}`).join(", ")}` : t("ivr.prompt.unused")}</p></div>
    <div class="admin-form-foot"><button type="button" class="btn btn-small" disabled=${users.length > 0} onClick=${() => { removePrompt(one.name); chosen.value = null; }}><${Icon} name="x" size="small" />${t("ivr.prompt.remove")}</button></div></section>`;
}

/** The section. */
export function Prompts() {
  const open = prompts.value.find((one) => one.name === chosen.value);
  const wanted = query.value.trim() ? asked(query.value) : null;
  const shown = prompts.value.filter((one) => !wanted || found(folded(JSON.stringify(one)), wanted));
  return html`<div class="admin-pair" data-open=${open ? "true" : undefined}><section class="card table-card admin-list"><div class="admin-list-head"><h2 class="card-title grow">${t("admin.section.prompts")} <span class="quiet">${prompts.value.length}</span></h2>
      <input class="field-input field-small admin-find" type="search" aria-label=${t("admin.find")} placeholder=${t("admin.find")} value=${query.value} onInput=${(event) => { query.value = event.target.value; }} />
      <button type="button" class="btn btn-small" onClick=${add}>${t("ivr.prompt.add")}</button></div>
    ${!prompts.value.length && html`<div class="empty"><${Icon} name="volume-2" size="large" /><p class="empty-title">${t("ivr.prompt.none")}</p><p>${t("ivr.prompt.noneWhy")}</p></div>`}
    ${prompts.value.length > 0 && html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("admin.section.prompts")}><table class="table admin-table ivr-prompts"><thead><tr><th scope="col">${t("admin.field.title")}</th><th scope="col">${t("admin.field.text")}</th><th scope="col">${t("ivr.prompt.sound")}</th><th scope="col" class="right">${t("ivr.prompt.places")}</th></tr></thead>
      <tbody>${shown.map((one) => { const mark = standing("prompts", one); const text = one.text?.[boot.lang] || one.text?.ru || one.text?.en || ""; return html`<tr key=${one.name} data-chosen=${one.name === chosen.value ? "true" : undefined}>
        <th scope="row"><button type="button" class="row-opener" aria-current=${one.name === chosen.value ? "true" : undefined} onClick=${() => { chosen.value = one.name; }}><span class="cut">${promptTitle(one.name)}</span></button>${mark && html`<${Pill} tone="accent">${t(`admin.mark.${mark}`)}<//>`}</th>
        <td class="ivr-prompt-text">${text || "\u2014"}</td><td>${t(one.file ? "ivr.prompt.recorded" : "ivr.prompt.spoken")}</td><td class="right">${usersOf(one.name).length}</td></tr>`; })}</tbody></table>${!shown.length && html`<p class="quiet admin-note">${t("admin.notFound")}</p>`}</div>`}</section>
    ${open && html`<${Form} key=${inForce("prompts", open.name) ? open.name : "fresh"} one=${open} />`}</div>`;
}
