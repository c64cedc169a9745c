// The tables of the history. A call opens to show its legs: whose phone rang, how long, who talked.
import { channelTitle } from "../chat/channel.js";
import { readConversation } from "../chat/subject.js";
import { signal } from "@preact/signals";
import { may } from "../boot.js";
import { serverNow } from "../clock.js";
import { operatorTitle } from "../desk/card.js";
import { day, duration, isoDay, time, timeToSecond } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { outcomeTitle, queueTitle } from "../names.js";
import { callMark, REQUEST_ICONS } from "../live/states.js";
import { Icon, Pill } from "../parts/icon.js";
import { openView } from "../view.js";

const opened = signal("");
const STATUS_TONES = { done: "ok", cancelled: "idle", in_progress: "talk", wrap_up: "wrap", new: "accent", queued: "accent", postponed: "idle", offered: "accent" };

/** Rows grouped by the clinic's day, the day's name above them. */
const byDay = (items, at, columns, draw) => [...Map.groupBy(items, (one) => isoDay(one[at]))].map(([key, ones]) => html`<tbody key=${key}>
  <tr class="table-day"><th colspan=${columns} scope="colgroup">${day(ones[0][at], serverNow())}</th></tr>${ones.map(draw)}</tbody>`);

const Dash = () => html`<span class="quiet">—</span>`;

/** A call's stays in queues and its legs, in the order of time: who waited where, whose phone rang, who talked. */
const moments = (call) => [
  ...(call.visits ?? []).map((visit) => ({ at: visit.joined_at, visit })), ...(call.legs ?? []).map((leg) => ({ at: leg.rang_at, leg })),
].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));

const Stay = ({ visit }) => html`<li class="waiter"><${Icon} name="clock" size="small" /><span class="strong">${queueTitle(visit.queue)}</span>
  <span class="quiet small">${timeToSecond(visit.joined_at)} · ${t(`visit.${visit.exit}`)}${visit.left_at ? ` · ${t("visit.waited", { time: duration((Date.parse(visit.left_at) - Date.parse(visit.joined_at)) / 1000) })}` : ""}</span></li>`;

const Ring = ({ leg }) => html`<li class="waiter"><${Icon} name=${leg.result === "answered" ? "phone" : "phone-off"} size="small" /><span class="strong">${operatorTitle(leg.operator)}</span>
  <span class="quiet small">${timeToSecond(leg.rang_at)} · ${t(`leg.${leg.result}`)}${leg.talk_s ? ` · ${t("moment.talk", { time: duration(leg.talk_s) })}` : ""}${leg.left_by ? ` · ${t(`left.${leg.left_by}`)}` : ""}</span></li>`;

function Legs({ call }) {
  return html`<tr class="waiters"><td colspan="8"><ul class="waiters-list">${moments(call).map((one, at) => (one.visit ? html`<${Stay} key=${at} visit=${one.visit} />` : html`<${Ring} key=${at} leg=${one.leg} />`))}
    ${!call.legs?.length && html`<li class="waiter quiet small">${t("history.noLegs")}</li>`}
    ${call.others?.length > 0 && html`<li class="waiter"><${Icon} name="users" size="small" /><span class="quiet small">${t("history.joined", { count: call.others.length })}</span></li>`}</ul></td></tr>`;
}

function CallRow({ call }) {
  const open = opened.value === call.id;
  const { icon, tone } = callMark(call);
  const talked = call.legs?.findLast((leg) => leg.result === "answered");
  return html`<tr><td><button class="row-opener" type="button" aria-expanded=${open ? "true" : "false"} aria-label=${t("history.legs", { time: time(call.started_at) })}
        onClick=${() => { opened.value = open ? "" : call.id; }}><${Icon} name=${open ? "chevron-down" : "chevron-right"} size="small" />${time(call.started_at)}</button></td>
    <td><span class=${`marked tone-${tone}`}><${Icon} name=${icon} size="small" /></span>${call.phone || t("phone.hidden")}</td>
    <td><${Pill} tone=${tone}>${t(`result.${call.result}`)}<//></td><td>${queueTitle(call.queue) || html`<${Dash} />`}</td>
    <td>${talked ? operatorTitle(talked.operator) : html`<${Dash} />`}</td>
    <td class="right">${call.queued_at ? duration(call.wait_s) : html`<${Dash} />`}</td><td class="right">${call.talk_s ? duration(call.talk_s) : html`<${Dash} />`}</td>
    <td class="right">${may("page.desk") && call.request && html`<button class="btn btn-small btn-quiet" type="button" onClick=${() => openView({ request: call.request, call: call.id })}>${t("action.card")}</button>`}</td></tr>
    ${open && html`<${Legs} call=${call} />`}`;
}

export const Calls = ({ items }) => html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("history.calls")}><table class="table"><thead><tr><th scope="col">${t("history.time")}</th><th scope="col">${t("history.number")}</th>
    <th scope="col">${t("filter.result")}</th><th scope="col">${t("filter.queue")}</th><th scope="col">${t("filter.operator")}</th><th scope="col" class="right">${t("history.wait")}</th>
    <th scope="col" class="right">${t("history.talk")}</th><th scope="col"><span class="visually-hidden">${t("action.card")}</span></th></tr></thead>
  ${byDay(items, "started_at", 8, (call) => html`<${CallRow} key=${call.id} call=${call} />`)}</table></div>`;

const RequestRow = ({ request }) => html`<tr><td>${time(request.created_at)}</td><td class="strong">${request.number}</td>
  <td><span class="marked tone-idle"><${Icon} name=${REQUEST_ICONS[request.kind]} size="small" /></span>${t(`kind.${request.kind}`)}</td><td>${request.phone || (request.conversation ? channelTitle(request.conversation.channel) : t("phone.hidden"))}</td>
  <td><${Pill} tone=${STATUS_TONES[request.status]}>${t(`status.${request.status}`)}<//></td><td>${queueTitle(request.queue) || html`<${Dash} />`}</td>
  <td>${request.owner ? operatorTitle(request.owner) : html`<${Dash} />`}</td><td>${outcomeTitle(request.outcome)  || html`<${Dash} />`}</td>
  <td class="right">${may("requests.steer") && request.conversation && html`<button class="btn btn-small btn-quiet" type="button" onClick=${() => readConversation({ conversation: request.conversation.id, request: request.id })}>${t("chat.read")}</button>`}
    ${may("page.desk") && html`<button class="btn btn-small btn-quiet" type="button" onClick=${() => openView({ request: request.id })}>${t("action.card")}</button>`}</td></tr>`;

export const Requests = ({ items }) => html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("history.requests")}><table class="table"><thead><tr><th scope="col">${t("history.time")}</th><th scope="col">${t("history.request")}</th>
    <th scope="col">${t("filter.kind")}</th><th scope="col">${t("history.number")}</th><th scope="col">${t("filter.status")}</th><th scope="col">${t("filter.queue")}</th>
    <th scope="col">${t("filter.owner")}</th><th scope="col">${t("card.outcome")}</th><th scope="col"><span class="visually-hidden">${t("action.card")}</span></th></tr></thead>
  ${byDay(items, "created_at", 9, (request) => html`<${RequestRow} key=${request.id} request=${request} />`)}</table></div>`;
