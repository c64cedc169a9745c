// A conversation read by whoever does not answer in it: a supervisor over an operator's shoulder, an earlier one of the
// same contact. Notes among us may be written; nothing goes to its person from here.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { may } from "../boot.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { Head } from "./head.js";
import { requestOf } from "./mine.js";
import { send } from "./outbox.js";
import { refusal } from "./refusal.js";
import { readConversation, subject } from "./subject.js";
import { hold, openConversation, stateOf } from "./store.js";
import { Thread } from "./thread.js";

export const Failed = ({ why, retry }) => html`<div class="empty"><${Icon} name="triangle-alert" size="large" /><p class="empty-title">${refusal(why)}</p><button class="btn btn-small" type="button" onClick=${retry}>${t("action.retry")}</button></div>`;
export const Loading = () => html`<div class="side-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2, 3].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;

function Reading({ target, close }) {
  const id = target.conversation;
  const { status, head, why } = stateOf(id).value;
  const note = useSignal("");
  useEffect(() => { const release = hold(id); openConversation(target); return release; }, [id]);
  const keep = (event) => { event.preventDefault(); if (!note.value.trim()) return; send(id, { what: "note", text: note.value.trim() }); note.value = ""; };
  return html`<${Dialog} title=${t("chat.reading")} onClose=${close} wide><div class="chat-reading">
    ${status === "failed" && !head && html`<${Failed} why=${why} retry=${() => openConversation(target)} />`}${status === "loading" && !head && html`<${Loading} />`}
    ${head && html`<${Head} id=${id} head=${head} request=${requestOf(id)} /><${Thread} id=${id} name=${head.name} can=${{}} act=${null} />
      ${may("chats.note") && html`<form class="chat-note-form" onSubmit=${keep}><label class="field grow"><span class="visually-hidden">${t("chat.note")}</span><input class="field-input" maxlength="4000" placeholder=${t("chat.notePlaceholder")} value=${note.value} onInput=${(event) => { note.value = event.target.value; }} /></label>
        <button class="btn" type="submit" disabled=${!note.value.trim()}>${t("chat.noteSave")}</button></form>`}`}</div><//>`;
}

export const ReadingHost = () => subject.value && html`<${Reading} key=${subject.value.conversation} target=${subject.value} close=${() => readConversation(null)} />`;
