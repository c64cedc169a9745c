// Screens on walls: make one (its address is shown once), put words onto it, take it away.
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { ask, canAct } from "../live/link.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { closeDialog } from "./steer.js";

const addressOf = (token) => `${location.origin}/wallboard#${token}`;

function Board({ board, send }) {
  const [text, setText] = useState(board.announcement);
  const [sure, setSure] = useState(false);
  return html`<li class="board"><p class="board-name"><${Icon} name="tv" /><span class="strong">${board.name}</span><span class="quiet small grow">${board.seen_at ? t("boards.seen", { time: dayAndTime(board.seen_at, serverNow()) }) : t("boards.never")}</span>
      <button class=${`btn btn-small ${sure ? "btn-danger" : ""}`} type="button" disabled=${!canAct.value} onClick=${() => (sure ? send({ do: "revoke", id: board.id }) : setSure(true))}>${t(sure ? "boards.revokeSure" : "boards.revoke")}</button></p>
    <form class="board-words" onSubmit=${(event) => { event.preventDefault(); send({ do: "announce", id: board.id, text: text.trim() }, t("boards.announced")); }}>
      <input class="field-input field-small grow" maxlength="200" aria-label=${t("boards.words", { name: board.name })} placeholder=${t("boards.wordsHint")} value=${text} onInput=${(event) => setText(event.target.value)} />
      <button class="btn btn-small" type="submit" disabled=${!canAct.value || text.trim() === board.announcement}>${t("boards.show")}</button></form></li>`;
}

export function Boards() {
  const [state, setState] = useState({ items: null, token: null });
  const [name, setName] = useState("");
  const send = async (body, words) => {
    try {
      const answer = await ask("wallboards", body);
      if (!answer.ok) { toast(t(has(`refused.${answer.why}`) ? `refused.${answer.why}` : "refused.other"), "warn"); return; }
      setState({ items: answer.items, token: answer.token ?? null });
      if (words) toast(words);
    } catch {
      toast(t("refused.unknown"), "danger");
    }
  };
  useEffect(() => { send({ do: "list" }); }, []);
  return html`<${Dialog} title=${t("boards.title")} onClose=${closeDialog} wide>
    <p class="quiet">${t("boards.why")}</p>
    ${state.token && html`<div class="steer-note tone-ok" role="status"><p class="strong">${t("boards.once")}</p><p class="board-address"><code>${addressOf(state.token)}</code>
      <button class="btn btn-small" type="button" onClick=${() => navigator.clipboard?.writeText(addressOf(state.token)).then(() => toast(t("boards.copied")))}>${t("boards.copy")}</button></p></div>`}
    <ul class="boards">${(state.items ?? []).map((board) => html`<${Board} key=${board.id} board=${board} send=${send} />`)}</ul>
    ${state.items?.length === 0 && html`<p class="quiet">${t("boards.none")}</p>`}
    <form class="board-words" onSubmit=${(event) => { event.preventDefault(); if (name.trim()) { send({ do: "make", name: name.trim() }); setName(""); } }}>
      <input class="field-input grow" maxlength="60" aria-label=${t("boards.name")} placeholder=${t("boards.name")} value=${name} onInput=${(event) => setName(event.target.value)} />
      <button class="btn btn-primary" type="submit" disabled=${!canAct.value || !name.trim()}>${t("boards.make")}</button></form><//>`;
}
