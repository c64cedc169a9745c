// Who it is, above the history: the contact's name as operators gave it, and where it is given.
import { useState } from "preact/hooks";
import { may, me } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { toast } from "../parts/toast.js";
import { first } from "./focus.js";

const LONGEST = 120;
const SUPERVISING = may("requests.steer");

function Naming({ request, name, close, named }) {
  const [text, setText] = useState(name);
  const [sending, setSending] = useState(false);
  const save = async (event) => {
    event.preventDefault();
    if (sending) return;
    setSending(true);
    const answer = await order("name", { request: request.id, name: text.trim() });
    setSending(false);
    if (answer.ok) { toast(t(text.trim() ? "who.saved" : "who.forgotten")); named(); close(); }
  };
  return html`<form class="who-form" onSubmit=${save}><label class="field grow"><span class="field-label">${t("who.name")}</span>
      <input class="field-input field-small" maxlength=${LONGEST} autocomplete="off" spellcheck=${false} value=${text} ref=${first}
        onInput=${(event) => setText(event.target.value)} onKeyDown=${(event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } }} /></label>
    <button class="btn btn-small btn-primary" type="submit" disabled=${sending || !canAct.value || text.trim() === name}>${t("who.save")}</button>
    <button class="btn btn-small" type="button" onClick=${close}>${t("action.cancel")}</button></form>`;
}

/** `card` is the audited card; whose request it is may say what he is called. */
export function Who({ card, named }) {
  const [open, setOpen] = useState("");
  const contact = card?.contact;
  const request = card?.request;
  if (!contact) return null;
  const mine = request && contact.id && request.status !== "done" && request.status !== "cancelled" && (SUPERVISING || request.owner === me.operator);
  if (open === request?.id) return html`<${Naming} request=${request} name=${contact.name ?? ""} close=${() => setOpen("")} named=${named} />`;
  if (!contact.name && !mine) return null;
  return html`<div class="who"><p class="grow who-name cut" title=${contact.name}>${contact.name || html`<span class="quiet">${t("who.nobody")}</span>`}</p>
    ${mine && html`<button class="btn btn-small btn-quiet" type="button" disabled=${!canAct.value} onClick=${() => setOpen(request.id)}>${t(contact.name ? "who.change" : "who.give")}</button>`}</div>`;
}
