// The request in hand: whose it is, what is known, what has been done with it. The number comes masked with the row and
// whole with the card, once its display is in the audit trail.
import { Clock, second, serverNow } from "../clock.js";
import { dayAndTime, day, duration, time } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { operatorTitle, outcomeTitle, queueTitle, sourceTitle, whoOf } from "../names.js";
import { REQUEST_ICONS, REQUEST_STATES, requestState } from "../live/states.js";
import { Icon, Pill } from "../parts/icon.js";
import { openView } from "../view.js";
import { Message } from "./message.js";

export { operatorTitle } from "../names.js";

const Fact = ({ name, children }) => children && html`<div class="fact"><dt>${name}</dt><dd>${children}</dd></div>`;

function Deadline({ request }) {
  if (!request.due_at || ["done", "in_progress", "wrap_up"].includes(request.status)) return null;
  const late = Date.parse(request.due_at) / 1000 < second.value;
  return html`<${Fact} name=${t("card.due")}><span class=${late ? "tone-danger toned" : ""}>${t("card.dueUntil", { time: dayAndTime(request.due_at, serverNow()) })}</span><//>`;
}

/** How often this contact reached us before, once the card has come. */
function Acquaintance({ card, request }) {
  if (!card?.contact) return null;
  const { earlier_calls: told, first_seen: first } = card.contact;
  const own = (card.calls ?? []).filter((call) => call.request === request.id && call.ended_at).length; // this one is over, not earlier
  const calls = told - own;
  if (calls <= 0) return html`<${Pill} tone="accent">${t("card.firstTime")}<//>`;
  return html`<span class="small quiet">${t("card.earlier", { count: calls })}${first ? ` · ${t("card.firstSeen", { day: day(first, serverNow()) })}` : ""}</span>`;
}

/** How long the caller waits, or waited; nothing when there was no queue. */
function waitOf(call) {
  if (!call?.queued_at) return "";
  return call.answered_at || call.ended_at ? duration(call.wait_s) : html`<${Clock} since=${call.queued_at} label=${t("card.wait")} />`;
}

/** A person's own words; of a patient confirmed the kinds of identifiers he was confirmed by. */
const noteOf = (entry) => (entry.what === "identified" ? entry.note.split(" ").map((kind) => t(`patient.by.${kind}`)).join(", ") : entry.note);

function Progress({ entries }) {
  if (!entries?.length) return null;
  return html`<section class="card"><h3 class="card-title">${t("card.progress")}</h3><ol class="progress">${entries.map((entry, at) => {
    const key = `history.line.${entry.what}`;
    const who = entry.operator ? operatorTitle(entry.operator) : entry.actor === "engine" ? "" : operatorTitle(entry.actor);
    const word = has(key) ? t(key, { who, queue: queueTitle(entry.queue), outcome: outcomeTitle(entry.outcome) }) : entry.what;
    return html`<li key=${at} class="progress-line"><time class="progress-time" datetime=${entry.at}>${dayAndTime(entry.at, serverNow())}</time>
      <span>${word}${who && html` <span class="quiet">· ${who}</span>`}${entry.note && html`<span class="progress-note">${noteOf(entry)}</span>`}</span></li>`;
  })}</ol></section>`;
}

function Others({ request, card }) {
  const others = (card?.requests ?? []).filter((other) => other.id !== request.id && other.status !== "done" && other.status !== "cancelled");
  if (!others.length) return null;
  return html`<section class="card"><h3 class="card-title">${t("card.others", { count: others.length })}</h3><ul class="others">${others.map((other) => {
    const state = requestState(other, null, second.value);
    return html`<li key=${other.id} class="others-line"><${Icon} name=${REQUEST_ICONS[other.kind]} /><span class="grow cut">${t(`kind.${other.kind}`)} · ${queueTitle(other.queue)}
      <span class="quiet"> · ${dayAndTime(other.created_at, serverNow())}</span></span><${Pill} tone=${REQUEST_STATES[state].tone} icon=${REQUEST_STATES[state].icon}>${t(`state.${state}`)}<//>
      <button class="btn btn-small" type="button" onClick=${() => openView({ request: other.id })}>${t("action.open")}</button></li>`;
  })}</ul></section>`;
}

const Failed = ({ why, retry }) => html`<div class="card-failed"><${Icon} name="triangle-alert" /><span class="grow">${t(has(`refused.${why}`) ? `refused.${why}` : "card.failed")}</span>
  <button class="btn btn-small" type="button" onClick=${retry}>${t("action.retry")}</button></div>`;

const Waiting = () => html`<div class="card-waiting skeleton-late" aria-hidden="true"><div class="skeleton"></div><div class="skeleton"></div></div>`;

/** `fetched` is the state of the card's query; `request` the live row, or the card's own when the live one is gone. */
export function Card({ request, call, fetched, retry, actions, children }) {
  const card = fetched.card;
  const state = requestState(request, call, second.value);
  const { tone, icon } = REQUEST_STATES[state];
  const number = card?.contact?.pretty || whoOf(request);
  return html`<section class="card contact" aria-label=${t("card.name")}>
      <div class="contact-head">
        <h2 class=${`contact-name ${card?.contact?.name ? "contact-named" : ""}`}>${card?.contact?.name || number}</h2>
        ${card?.contact?.name && html`<span class="contact-number">${number}</span>`}
        <${Pill} tone=${tone} icon=${icon}>${t(`state.${state}`)}<//>
        <${Acquaintance} card=${card} request=${request} />
      </div>
      <dl class="facts">
        <${Fact} name=${t("card.kind")}>${t(`kind.${request.kind}`)}<//><${Fact} name=${t("card.name")}>${t("request.number", { number: request.number })}<//>
        <${Fact} name=${t("card.queue")}>${queueTitle(request.queue)}<//>
        <${Fact} name=${t("card.source")}>${sourceTitle(request.source) || sourceTitle(call?.source)}<//>
        <${Fact} name=${t("card.created")}>${dayAndTime(request.created_at, serverNow())}<//>
        <${Fact} name=${t("card.wait")}>${waitOf(call ?? card?.call)}<//>
        <${Deadline} request=${request} />
        <${Fact} name=${t("card.owner")}>${request.owner && operatorTitle(request.owner)}<//>
        <${Fact} name=${t("card.outcome")}>${outcomeTitle(request.outcome)}<//>
        <${Fact} name=${t("card.postponed")}>${request.status === "postponed" && request.postponed_until && dayAndTime(request.postponed_until, serverNow())}<//>
      </dl>
      ${fetched.status === "loading" && !card && html`<${Waiting} />`}
      ${fetched.status === "failed" && html`<${Failed} why=${fetched.why} retry=${retry} />`}
      ${actions}
    </section>
    <${Message} request=${request} />
    ${children}
    <${Others} request=${request} card=${card} />
    <${Progress} entries=${card?.history} />`;
}
