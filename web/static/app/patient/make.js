// A patient is made only when the MIS has nobody like him, or when the operator has seen the like ones and says: another.
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { sendPatient } from "./asks.js";
import { change, knownOf } from "./known.js";
import { age, wrong } from "./words.js";
import { isoDay } from "../format.js";
import { serverNow } from "../clock.js";

const ADULT = 18;
const SEXES = ["female", "male", "unknown"];
const blank = () => ({ key: crypto.randomUUID(), family: "", given: "", patronymic: "", born: "", sex: "unknown", guardian: "" });

/** Those in the MIS who are like him: one of them is taken, or none is he. */
function Like({ request, people, another, onClose }) {
  const pick = (person) => {
    const state = knownOf(request.id).peek();
    const listed = [person, ...(state.lookup?.people ?? []).filter((one) => one.id !== person.id)];
    change(request.id, { lookup: { ...(state.lookup ?? { complete: true, state: "ready" }), people: listed }, chosen: `near-${person.id}` });
    onClose();
  };
  return html`<div class="make-like tone-warn" role="alert"><p class="strong">${t("make.like", { count: people.length })}</p><ul>${people.map((one) => html`<li key=${one.id} class="make-line"><${Icon} name="user" size="small" />
      <span class="grow">${one.restricted ? t("patient.restricted") : one.name} <span class="quiet small">${[one.birth_year && t("patient.bornYear", { year: one.birth_year }), one.hint && t("patient.hint", { hint: one.hint })].filter(Boolean).join(" · ")}</span></span>
      <button class="btn btn-small" type="button" onClick=${() => pick(one)}>${t("make.this")}</button></li>`)}</ul>
    <button class="btn btn-small" type="button" onClick=${another}>${t("make.another")}</button></div>`;
}

const Field = ({ name, draft, put, wrongly, ...more }) => html`<label class="field"><span class="field-label">${t(`make.${name}`)}</span>
  <input class="field-input" maxlength="100" autocomplete="off" value=${draft[name]} aria-invalid=${wrongly.includes(name) ? "true" : undefined} onInput=${put(name)} ...${more} /></label>`;

/** `speaker`: {id, name} of the adult confirmed for this request; only he may be named as who speaks for a child. */
export function Make({ request, speaker, onClose }) {
  const [draft, setDraft] = useState(blank);
  const [state, setState] = useState({ sending: false, like: [], error: "", fields: [] });
  const put = (name) => (event) => { setDraft({ ...draft, [name]: event.target.value }); if (state.like.length) setState({ ...state, like: [] }); };
  const child = Boolean(draft.born) && age(draft.born) < ADULT;
  const ready = draft.family.trim() && draft.given.trim() && draft.born && canAct.value && !state.sending;
  const send = async (anyway) => {
    setState({ ...state, sending: true, error: "" });
    const body = { ...draft, family: draft.family.trim(), given: draft.given.trim(), patronymic: draft.patronymic.trim(), guardian: child ? draft.guardian : "", anyway };
    const answer = await sendPatient({ request: request.id, draft: body });
    if (!answer.ok || !answer.made) { setState({ sending: false, like: answer.like ?? [], error: answer.ok ? answer.error : answer.why, fields: answer.fields ?? [] }); return; }
    const { made } = answer;
    const known = knownOf(request.id).peek();
    change(request.id, { status: "ready", lookup: { ...(known.lookup ?? { complete: true, state: "ready", stale: false, error: "" }), people: [made, ...(known.lookup?.people ?? [])] }, chosen: `near-${made.id}` });
    toast(t("make.done"));
    onClose();
  };
  const submit = (event) => { event.preventDefault(); if (ready) send(false); };
  return html`<${Dialog} title=${t("make.title")} onClose=${onClose}><form class="stack" onSubmit=${submit}>
    <div class="pair"><${Field} name="family" draft=${draft} put=${put} wrongly=${state.fields} required autofocus /><${Field} name="given" draft=${draft} put=${put} wrongly=${state.fields} required /></div>
    <div class="pair"><${Field} name="patronymic" draft=${draft} put=${put} wrongly=${state.fields} /><${Field} name="born" draft=${draft} put=${put} wrongly=${state.fields} type="date" required max=${isoDay(serverNow())} /></div>
    <label class="field"><span class="field-label">${t("make.sex")}</span><select class="field-input" value=${draft.sex} onChange=${put("sex")}>${SEXES.map((one) => html`<option key=${one} value=${one}>${t(`make.sex.${one}`)}</option>`)}</select></label>
    ${child && !speaker && html`<p class="small tone-warn toned">${t("make.guardianFirst")}</p>`}
    ${child && speaker && html`<label class="field"><span class="field-label">${t("make.guardian")}</span><select class="field-input" value=${draft.guardian} onChange=${put("guardian")}>
      <option value="">${t("make.nobody")}</option><option value=${speaker.id}>${speaker.name}</option></select></label>`}
    <p class="small quiet">${t("make.phone")}</p>
    ${state.like.length > 0 && html`<${Like} request=${request} people=${state.like} another=${() => send(true)} onClose=${onClose} />`}
    ${state.error && html`<p class="mis-word tone-danger" role="alert"><${Icon} name="triangle-alert" size="small" />${state.error === "unknown" || state.error === "unanswered" ? t("make.unknown") : wrong(state.error)}</p>`}
    <div class="dialog-foot"><button class="btn" type="button" onClick=${onClose}>${t("action.cancel")}</button>
      <button class="btn btn-primary" type="submit" disabled=${!ready}>${t(state.sending ? "make.making" : "make.make")}</button></div>
  </form><//>`;
}
