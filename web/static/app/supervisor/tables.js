// Queues against their targets, and what every operator does now.
import { signal } from "@preact/signals";
import { titled } from "../boot.js";
import { Clock, secondsSince } from "../clock.js";
import { duration } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { queueTitle, sourceTitle } from "../names.js";
import { rows } from "../live/store.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { Icon, Pill } from "../parts/icon.js";
import { stateWord } from "../parts/presence.js";
import { chosen, levelOf, operators, queues } from "./figures.js";

const opened = signal("");
const RANK = ["ringing", "incall", "wrap_up", "available", "phone", "not_responding", "unreachable", "break", "offline"];

/** The share as a bar with the target as a mark; the number beside it says the same in words. */
function Level({ value, target }) {
  if (value === null || value === undefined) return html`<span class="quiet">—</span>`;
  const { tone, word, icon } = levelOf(value, target);
  return html`<span class="level"><span class=${`level-bar tone-${tone}`} aria-hidden="true"><span class="level-fill" style=${{ width: `${value}%` }}></span>
      <span class="level-mark" style=${{ left: `${target}%` }}></span></span><span class="level-number">${t("figure.percent", { n: value })}</span>
    <span class=${`tone-${tone} toned`} title=${t(`level.${word}`)}><${Icon} name=${icon} size="small" /><span class="visually-hidden">${t(`level.${word}`)}</span></span></span>`;
}

function Waiters({ queue }) {
  const calls = [...rows("calls").values()].filter((call) => call.queue === queue.id && (call.phase === "queued" || call.phase === "ringing"))
    .sort((a, b) => (a.queued_at ?? "").localeCompare(b.queued_at ?? ""));
  return html`<tr class="waiters"><td colspan="6">${calls.length === 0 ? html`<span class="quiet small">${t("queues.nobody")}</span>`
    : html`<ul class="waiters-list">${calls.map((call) => html`<li key=${call.id} class="waiter"><${Icon} name=${call.phase === "ringing" ? "phone-call" : "clock"} size="small" />
      <span>${call.phone || t("phone.hidden")}</span><span class="quiet small cut grow">${sourceTitle(call.source)}</span>${call.queued_at && html`<${Clock} since=${call.queued_at} label=${t("call.waits")} />`}</li>`)}</ul>`}</td></tr>`;
}

function QueueRow({ queue }) {
  const open = opened.value === queue.id;
  const tone = !queue.waiting ? "none" : levelOf(queue.service_level ?? 100, queue.target).tone === "ok" ? "idle" : "danger";
  return html`<tr><th scope="row"><button class="row-opener" type="button" aria-expanded=${open ? "true" : "false"} onClick=${() => { opened.value = open ? "" : queue.id; }}>
      <${Icon} name=${open ? "chevron-down" : "chevron-right"} size="small" /><span class="cut" title=${titled(queue.title)}>${titled(queue.title)}</span></button></th>
    <td class="right">${queue.waiting ? html`<span class=${`count tone-${tone}`}>${queue.waiting}</span>` : "0"}</td>
    <td class="right">${queue.longest_since ? html`<${Clock} since=${queue.longest_since} label=${t("head.longest")} />` : html`<span class="quiet">—</span>`}</td>
    <td><${Level} value=${queue.service_level} target=${queue.target} /></td>
    <td class="right">${queue.missed_open || html`<span class="quiet">0</span>`}</td>
    <td class="right" title=${t("queues.peopleWhy")}>${queue.free}<span class="quiet"> / ${queue.free + queue.talking + queue.wrap_up}</span></td></tr>
    ${open && html`<${Waiters} queue=${queue} />`}`;
}

export function Queues() {
  return html`<section class="card table-card"><h2 class="card-title">${t("queues.title")}</h2><div class="table-scroll" tabindex="0" role="region" aria-label=${t("queues.title")}><table class="table">
    <thead><tr><th scope="col">${t("queues.queue")}</th><th scope="col" class="right">${t("queues.waiting")}</th><th scope="col" class="right">${t("queues.longest")}</th>
      <th scope="col">${t("queues.level")}</th><th scope="col" class="right">${t("queues.missed")}</th><th scope="col" class="right">${t("queues.people")}</th></tr></thead>
    <tbody>${queues.value.map((queue) => html`<${QueueRow} key=${queue.id} queue=${queue} />`)}</tbody></table></div></section>`;
}

/** What an operator is busy with: the masked number and the queue, never a name. */
function Busy({ operator }) {
  const call = rows("calls").get(operator.call);
  const request = rows("requests").get(operator.wrap_up);
  const about = call ?? request;
  if (!about) return operator.presence === "available" ? "" : operator.paused && operator.presence !== "break" ? t("people.paused") : "";
  return `${about.phone || t("phone.hidden")} · ${queueTitle(about.queue) || t(`direction.${call?.direction ?? "inbound"}`)}`;
}

function OperatorRow({ operator }) {
  const { key, since } = operatorState(operator);
  return html`<tr data-off=${key === "offline" ? "" : undefined}><th scope="row"><span class="strong">${titled(operator.title)}</span> <span class="quiet small">${operator.extension}</span></th>
    <td><${Pill} tone=${OPERATOR_STATES[key].tone} icon=${OPERATOR_STATES[key].icon}>${stateWord(operator, key)}<//></td>
    <td class="right">${since && key !== "offline" ? html`<${Clock} since=${since} label=${t("presence.since")} />` : html`<span class="quiet">—</span>`}</td>
    <td class="small quiet cut table-busy"><${Busy} operator=${operator} /></td>
    <td class="right">${operator.handled_today}</td>
    <td class="right">${operator.handled_today ? duration(operator.talk_today_s / operator.handled_today) : html`<span class="quiet">—</span>`}</td></tr>`;
}

export function Operators() {
  const list = operators.value.map((operator) => ({ operator, rank: RANK.indexOf(operatorState(operator).key) }))
    .sort((a, b) => a.rank - b.rank || titled(a.operator.title).localeCompare(titled(b.operator.title)));
  return html`<section class="card table-card"><h2 class="card-title">${t("people.title")}</h2><div class="table-scroll" tabindex="0" role="region" aria-label=${t("people.title")}><table class="table">
    <thead><tr><th scope="col">${t("people.operator")}</th><th scope="col">${t("people.state")}</th><th scope="col" class="right">${t("people.time")}</th>
      <th scope="col">${t("people.busy")}</th><th scope="col" class="right">${t("people.handled")}</th><th scope="col" class="right">${t("people.average")}</th></tr></thead>
    <tbody>${list.map(({ operator }) => html`<${OperatorRow} key=${operator.id} operator=${operator} />`)}</tbody></table>
    ${list.length === 0 && html`<div class="empty"><${Icon} name="users" size="large" /><p>${t("people.none")}</p></div>`}</div></section>`;
}

const LATE_SHOWN = 12; // the worst first; the whole list is the operators' work, not the supervisor's

/** Missed calls nobody has called back in time. */
export function Late() {
  const late = [...rows("requests").values()].filter((request) => request.kind === "missed_call" && ["new", "queued"].includes(request.status)
    && (!chosen.value || request.queue === chosen.value) && request.due_at && secondsSince(request.due_at) > 0)
    .sort((a, b) => a.due_at.localeCompare(b.due_at));
  if (!late.length) return null;
  return html`<section class="card table-card"><h2 class="card-title">${t("late.title", { count: late.length })}</h2><ul class="late">${late.slice(0, LATE_SHOWN).map((request) => html`<li class="late-line" key=${request.id}>
    <span class="tone-danger toned"><${Icon} name="phone-missed" size="small" /></span><span class="strong">${request.phone || t("phone.hidden")}</span><span class="quiet small cut grow">${queueTitle(request.queue)}</span>
    <${Clock} className="clock tone-danger toned" since=${request.due_at} label=${t("late.by")} /></li>`)}</ul></section>`;
}
