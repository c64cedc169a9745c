// What a change would do, in words: was and now, whom it would hurt, why it is made; and then saving it.
import { signal } from "@preact/signals";
import { dayAndTime } from "../format.js";
import { serverNow } from "../clock.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { base, check, checked, conflict, doubled, save } from "./draft.js";
import { entryTitle, flaw, named, remark, shown } from "./words.js";
import { sectionOf } from "./schema.js";
import { byStep } from "../ivr/differences.js";

export const reviewing = signal(false);
const trouble = signal("");
const SHOWN = 300; // differences drawn at once

/** What an entry of a difference is called, whichever version has it. */
function nameOf({ section, name, was, now, field }) {
  const entry = !field && (now ?? was);
  if (!entry || Array.isArray(entry)) return section === "work" ? t(`kind.${name}`) : named(section, name);
  const { key, whole } = sectionOf(section);
  return entryTitle(section, whole ? { [key]: name, title: entry } : { ...entry, [key]: name }) || name;
}

const fieldTitle = ({ field, step }) => (step && has(`ivr.field.${field}`) ? t(`ivr.field.${field}`) : has(`admin.field.${field}`) ? t(`admin.field.${field}`) : field);

function Values({ one }) {
  if (one.what === "moved") return html`<span class="quiet">${one.now.map((name) => named(one.section, name)).join(" \u2192 ")}</span>`;
  if (one.what !== "changed") return null;
  return html`<span class="admin-was"><span class="visually-hidden">${t("admin.was")} </span>${shown(one.section, one.field, one.was, one.now)}</span>${" "}<span aria-hidden="true">${"\u2192"}</span>${" "}<span class="admin-now"><span class="visually-hidden">${t("admin.now")} </span>${shown(one.section, one.field, one.now, one.was)}</span>`;
}

/** Differences, one a line; of a flow's steps, one for each step. */
export function Differences({ diff: told }) {
  const diff = told.flatMap(byStep);
  if (!diff.length) return html`<p class="quiet">${t("admin.same")}</p>`;
  return html`<div class="admin-diff" tabindex="0" role="region" aria-label=${t("admin.differences", { count: diff.length })}><ul>${diff.slice(0, SHOWN).map((one) => html`<li key=${one.path} class=${`admin-diff-${one.what}`}>
      <span class="admin-diff-name">${one.what === "moved" ? t(`admin.section.${one.section}`) : `${t(`admin.one.${one.section}`)} ${nameOf(one)}`}</span>${" "}${one.step && html`<span class="admin-diff-step">${t("ivr.step", { name: one.step })}</span>${" "}`}<span class="admin-diff-field">${one.what === "changed" ? fieldTitle(one) : t(`admin.what.${one.what}`)}</span>${" "}<${Values} one=${one} /></li>`)}</ul></div>
    ${diff.length > SHOWN && html`<p class="quiet">${t("admin.moreDiff", { count: diff.length - SHOWN })}</p>`}`;
}

export const Remarks = ({ remarks, tone }) => remarks.length > 0 && html`<ul class=${`admin-remarks tone-${tone}`}>${remarks.map((one) => html`<li key=${one.path + one.word}>
  <${Icon} name="triangle-alert" size="small" />${remark(one)}</li>`)}</ul>`;

/** Who saved meanwhile: shown until the draft is saved or given up. */
export const Conflict = () => conflict.value && html`<div class="strip tone-warn" role="alert"><${Icon} name="triangle-alert" /><span class="grow">${t("admin.conflict", {
  who: conflict.value.head?.actor ?? "", version: conflict.value.version, at: conflict.value.head ? dayAndTime(conflict.value.head.at, serverNow()) : "" })}</span></div>`;

/** What a refusal of the server means here. */
export function refusal(answer) {
  const key = String(answer.data.key ?? "");
  if (answer.status === 0) return t("admin.refused.away");
  return has(`admin.refused.${key.replace("error.", "")}`) ? t(`admin.refused.${key.replace("error.", "")}`) : t("admin.refused.other");
}

/** Look at the draft once more, and open the dialog if it can be saved. */
export async function review() {
  trouble.value = "";
  const answer = await check();
  if (!answer) return;
  if (!answer.ok) toast(refusal(answer), "danger");
  else if (answer.data.errors.length || doubled.value.size) toast(t("admin.flawed", { count: Math.max(1, answer.data.errors.length) }), "danger");
  else if (!answer.data.diff.length) toast(t("admin.same"));
  else reviewing.value = true;
}

const note = signal("");
const force = signal(false);
const saving = signal(false);

async function confirm() {
  if (saving.value) return;
  saving.value = true;
  const answer = await save(note.value, force.value);
  saving.value = false;
  if (answer.ok) {
    reviewing.value = false;
    note.value = "";
    force.value = false;
    toast(t("admin.saved", { version: answer.data.version }));
    return;
  }
  trouble.value = answer.data.newest ? "" : refusal(answer); // who was first is told above the list
  if (answer.data.busy) checked.value = { ...checked.value, busy: answer.data.busy };
  if (answer.status === 409) await check();
}

/** The dialog. */
export function Review() {
  if (!reviewing.value) return null;
  const { diff, warnings, busy, errors } = checked.value;
  return html`<${Dialog} title=${t("admin.review", { version: base.value.version + 1 })} wide=${true} onClose=${() => { reviewing.value = false; }}>
    <div class="admin-review"><${Conflict} />${trouble.value && html`<p class="strip tone-danger" role="alert">${trouble.value}</p>`}
      ${errors.length > 0 && html`<ul class="admin-remarks tone-danger">${errors.map((one) => html`<li key=${one.path}>${one.path}: ${flaw(one.message)}</li>`)}</ul>`}
      <${Differences} diff=${diff} />
      ${warnings.length > 0 && html`<h3 class="card-title">${t("admin.odd")}</h3><${Remarks} remarks=${warnings} tone="warn" />`}
      ${busy.length > 0 && html`<h3 class="card-title">${t("admin.busy")}</h3><${Remarks} remarks=${busy} tone="danger" />
        <label class="admin-check"><input type="checkbox" checked=${force.value} onChange=${(event) => { force.value = event.target.checked; }} /><span>${t("admin.force")}</span></label>`}
      <label class="field"><span class="field-label">${t("admin.note")}</span><textarea class="field-input" rows="2" maxlength="500" value=${note.value} onInput=${(event) => { note.value = event.target.value; }}></textarea></label>
      <div class="admin-actions"><button type="button" class="btn" onClick=${() => { reviewing.value = false; }}>${t("admin.back")}</button>
        <button type="button" class="btn btn-primary" disabled=${saving.value || errors.length > 0 || !diff.length || (busy.length > 0 && !force.value)} onClick=${confirm}>${t("admin.save")}</button></div></div><//>`;
}
