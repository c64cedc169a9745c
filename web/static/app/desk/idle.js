// The free line: what is next, and the last call in case something was forgotten.
import { useState } from "preact/hooks";
import { may, me } from "../boot.js";
import { second, serverNow } from "../clock.js";
import { dayAndTime, duration, time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { queueTitle, sourceTitle, whoOf } from "../names.js";
import { dial, presence, take } from "../live/commands.js";
import { canAct, everLive } from "../live/link.js";
import { callOf, lists, myOperator } from "../live/selectors.js";
import { REQUEST_ICONS, REQUEST_STATES, requestState } from "../live/states.js";
import { row } from "../live/store.js";
import { Icon, Pill } from "../parts/icon.js";
import { AskToNotify } from "../parts/notify.js";
import { openView } from "../view.js";
import { takeable } from "./list.js";

const SHOWN = 5;

/** What an operator may expect of his phone now. */
function ready(operator) {
  if (!operator || operator.presence === "available") return "ready";
  return operator.reachable && !operator.paused ? "phoneRings" : "notReady";
}

function Next() {
  const own = lists.value.mine.filter((request) => request.status === "in_progress" || request.status === "postponed");
  const todo = [...own, ...lists.value.queue.filter(takeable)].slice(0, SHOWN);
  if (!todo.length) return null;
  return html`<section class="card"><h3 class="card-title">${t("idle.next")}</h3><ul class="others">${todo.map((request) => {
    const state = requestState(request, callOf(request), second.value);
    const mine = own.includes(request);
    return html`<li class="others-line" key=${request.id}><${Icon} name=${REQUEST_ICONS[request.kind]} /><span class="grow cut">${whoOf(request)}
      <span class="quiet"> · ${t(`kind.${request.kind}`)} · ${queueTitle(request.queue)}${request.due_at ? ` · ${t("state.dueAt", { time: time(request.due_at) })}` : ""}</span></span>
      <${Pill} tone=${REQUEST_STATES[state].tone} icon=${REQUEST_STATES[state].icon}>${t(`state.${state}`)}<//>
      <button class="btn btn-small" type="button" disabled=${!mine && !canAct.value} onClick=${() => { openView({ request: request.id }); if (!mine) take(request); }}>${t(mine ? "action.open" : "action.take")}</button></li>`;
  })}</ul></section>`;
}

/** What happened, and the way back: offers he missed go to others until he says that he is here. */
export function NotResponding() {
  const operator = myOperator.value;
  return html`<section class="missed" role="group" aria-label=${t("presence.not_responding")}><${Icon} name="phone-missed" />
    <p class="grow"><b>${t("here.title")}</b><br /><span class="small">${t("here.why", { time: operator.presence_since ? time(operator.presence_since) : "" })}</span></p>
    <button class="btn btn-primary" type="button" disabled=${!canAct.value} onClick=${() => presence("available")}>${t("here.go")}</button></section>`;
}

function Last({ call }) {
  const again = may("phone.use") && call.phone && row("requests", call.request)?.owner === me.operator;
  return html`<section class="card idle-last"><span class="grow"><span class="card-title">${t("idle.last")}</span>
      <span class="quiet"> · ${call.phone || t("phone.hidden")} · ${queueTitle(call.queue) || sourceTitle(call.source)} · ${dayAndTime(call.ended_at ?? call.started_at, serverNow())}</span></span>
      ${again && html`<button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => dial({ id: call.request })}><${Icon} name="phone-outgoing" size="small" />${t("idle.again")}</button>`}
      <button class="btn btn-small" type="button" onClick=${() => openView({ request: call.request, call: call.id })}>${t("action.open")}</button></section>`;
}

/** With which phone today: asked where the shift begins. */
const Phones = ({ value, choose }) => html`<div class="chips idle-phone" role="group" aria-label=${t("phone.today")}>${[["desk", "phone"], ["web", "headset"]].map(([kind, icon]) => html`
  <button key=${kind} class="btn btn-small" type="button" aria-pressed=${value === kind ? "true" : "false"} onClick=${() => choose(kind)}><${Icon} name=${icon} size="small" />${t(`phone.kind.${kind}`)}</button>`)}</div>`;

export function Idle({ last }) {
  const operator = myOperator.value;
  const away = operator && operator.presence !== "available" && operator.presence !== "not_responding";
  const off = operator?.presence === "offline";
  const nobody = everLive.value && !operator; // none is set for the account, or he was removed while signed in
  const [chosen, setPhone] = useState("");
  const phone = chosen || operator?.phone || "desk";
  return html`<section class="idle"><${Icon} name="headset" size="large" /><h2 class="idle-title">${t(nobody ? "idle.nobody" : off ? "idle.off" : "idle.title")}</h2>
      <p class="quiet">${t(nobody ? "idle.nobodyWhy" : `idle.${ready(operator)}`)}</p>
      ${off && operator.web_phone && html`<${Phones} value=${phone} choose=${setPhone} />`}
      ${away && html`<button class="btn btn-primary idle-go" type="button" disabled=${!canAct.value} onClick=${() => presence("available", "", off && phone !== operator.phone ? phone : "")}>
        <${Icon} name="headset" />${t("idle.go")}</button>`}
      ${operator && html`<p class="idle-today">${t("idle.handled", { count: operator.handled_today })} · ${t("idle.talk", { time: duration(operator.talk_today_s) })}</p>`}
    </section>
    <${AskToNotify} />
    ${last.value && html`<${Last} call=${last.value} />`}
    <${Next} />`;
}
