// Say whom it is about: of seven identifiers the caller gave two. Which kinds they were is kept, never what was answered.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { toast } from "../parts/toast.js";
import { first } from "../side/focus.js";
import { sendDisown, sendIdentify } from "./asks.js";
import { releaseAll } from "./deals.js";
import { loadCard, unlearn } from "./known.js";
import { closePanel } from "./panel.js";
import { wrong } from "./words.js";

const KINDS = ["name", "birth_date", "address", "document", "card_number", "insurance"];
const NEEDED = 2;

/** Two ticks, and for a restricted card the reason it is opened for. */
export function Identify({ request, person, close }) {
  const [ticked, setTicked] = useState([]);
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);
  const form = useRef();
  useEffect(() => { form.current.scrollIntoView({ block: "nearest" }); }, []);
  const flip = (kind) => setTicked(ticked.includes(kind) ? ticked.filter((one) => one !== kind) : [...ticked, kind]);
  const missing = NEEDED - ticked.length;
  const ready = missing <= 0 && (!person.restricted || reason.trim()) && canAct.value && !sending;
  const confirm = async (event) => {
    event.preventDefault();
    if (!ready) return;
    setSending(true);
    const answer = await sendIdentify({ request: request.id, patient: person.id, verified: ticked, version: request.version });
    setSending(false);
    if (!answer.ok) { toast(wrong(answer.why), "warn"); return; }
    another(request.id);
    loadCard(request.id, reason.trim());
  };
  return html`<form class="identify" ref=${form} onSubmit=${confirm} onKeyDown=${(event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } }}>
    <fieldset class="identify-kinds"><legend class="field-label">${t("patient.verify")}</legend>
      <div class="chips">${KINDS.map((kind, at) => html`<button key=${kind} class="btn btn-small" type="button" ref=${at === 0 ? first : undefined}
      aria-pressed=${ticked.includes(kind) ? "true" : "false"} onClick=${() => flip(kind)}>${t(`patient.by.${kind}`)}</button>`)}</div></fieldset>
    ${person.minor && html`<p class="small tone-warn toned">${t("patient.minorVerify")}</p>`}
    ${person.restricted && html`<label class="field"><span class="field-label">${t("patient.reason")}</span>
      <input class="field-input field-small" maxlength="200" required value=${reason} onInput=${(event) => setReason(event.target.value)} /></label>`}
    <div class="identify-foot"><span class="grow small quiet" role="status">${missing > 0 ? t("patient.more", { count: missing }) : t("patient.notKept")}</span>
      <button class="btn btn-small" type="button" onClick=${close}>${t("action.cancel")}</button>
      <button class="btn btn-small btn-primary" type="submit" disabled=${!ready}>${t(sending ? "patient.confirming" : "patient.confirm")}</button></div></form>`;
}

/** Somebody else is meant, or nobody: what was kept and shown for the one before goes. */
function another(request) {
  releaseAll(request);
  closePanel();
  unlearn(request);
}

/** It is not he after all: the number's memory and the card go. */
export async function disown(request) {
  const answer = await sendDisown({ request: request.id, version: request.version });
  if (!answer.ok) { toast(wrong(answer.why), "warn"); return false; }
  another(request.id);
  toast(t("patient.disowned"));
  return true;
}

export const relationWord = (relation) => (relation && has(`patient.relation.${relation}`) ? t(`patient.relation.${relation}`) : "");
