// Where a messenger does not reach him any more: an SMS to his number, by an account the clinic has. The number is the
// server's matter; the page only says for which request.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { titled } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { ask, canAct } from "../live/link.js";
import { Dialog } from "../parts/dialog.js";
import { toast } from "../parts/toast.js";
import { refreshAccounts, accounts } from "./accounts.js";
import { refusal } from "./refusal.js";
import { segments } from "./segments.js";

const MOST = 670; // signs: ten parts of an SMS in Cyrillic
const subject = signal(null);
/** Open the dialog for a request. */
export const startSms = (request) => { subject.value = request; };

function Start({ request, close }) {
  const id = useRef(crypto.randomUUID());
  const [text, setText] = useState("");
  const [why, setWhy] = useState("");
  const [sending, setSending] = useState(false);
  const [account, choose] = useState("");
  useEffect(() => { refreshAccounts(); }, []);
  const list = accounts.value.filter((one) => one.channel === "sms");
  const key = account || list[0]?.key || "";
  const go = async (event) => {
    event.preventDefault();
    setSending(true);
    const answer = await ask("chat_start", { request: request.id, id: id.current, account: key, text: text.trim() }).catch(() => ({ ok: false, why: "chat_down" }));
    setSending(false);
    if (answer.ok) { toast(t("chat.smsGoes")); close(); } else setWhy(refusal(answer.why));
  };
  return html`<${Dialog} title=${t("chat.bySms")} onClose=${close}><form class="stack" onSubmit=${go}>
    <p class="small quiet">${t("chat.smsWhy")}</p>
    ${list.length > 1 && html`<label class="field"><span class="field-label">${t("chat.account")}</span><select class="field-input" value=${key} onChange=${(event) => choose(event.target.value)}>${list.map((one) => html`<option key=${one.key} value=${one.key}>${titled(one.title) || one.key}</option>`)}</select></label>`}
    ${!list.length && html`<p>${t("chat.smsNone")}</p>`}
    <label class="field"><span class="field-label">${t("chat.smsText")}</span><textarea class="field-input" rows="4" maxlength=${MOST} autofocus value=${text} onInput=${(event) => setText(event.target.value)}></textarea></label>
    <p class="small quiet">${t("chat.smsParts", { count: segments(text.trim()).count })}</p>
    ${why && html`<p class="tone-danger toned small" role="alert">${why}</p>`}
    <div class="dialog-foot"><button class="btn" type="button" onClick=${close}>${t("action.cancel")}</button><button class="btn btn-primary" type="submit" disabled=${!text.trim() || !key || sending || !canAct.value}>${t("chat.send")}</button></div></form><//>`;
}

export const StartHost = () => subject.value && html`<${Start} key=${subject.value.id} request=${subject.value} close=${() => { subject.value = null; }} />`;
