// Queues against their targets; a row opens to who waits in it.
import { signal } from "@preact/signals";
import { titled } from "../boot.js";
import { Clock } from "../clock.js";
import { time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { sourceTitle } from "../names.js";
import { rows } from "../live/store.js";
import { Icon } from "../parts/icon.js";
import { levelOf, queues, stillFor } from "./figures.js";
import { RequestLine, waits } from "./requests.js";
import { dialog } from "./steer.js";

const opened = signal("");
const SHOWN = 12; // of the requests of an open queue; the rest is one click away in the table below

/** The share as a bar with the target as a mark; the number beside it says the same in words. */
export function Level({ value, target }) {
  if (value === null || value === undefined) return html`<span class="quiet">—</span>`;
  const { tone, word, icon } = levelOf(value, target);
  return html`<span class="level"><span class=${`level-bar tone-${tone}`} aria-hidden="true"><span class="level-fill" style=${{ width: `${value}%` }}></span>
      <span class="level-mark" style=${{ left: `${target}%` }}></span></span><span class="level-number">${t("figure.percent", { n: value })}</span>
    <span class=${`tone-${tone} toned`} title=${t(`level.${word}`)}><${Icon} name=${icon} size="small" /><span class="visually-hidden">${t(`level.${word}`)}</span></span></span>`;
}

function Waiters({ queue }) {
  const calls = [...rows("calls").values()].filter((call) => call.queue === queue.id && (call.phase === "queued" || call.phase === "ringing"))
    .sort((a, b) => (a.queued_at ?? "").localeCompare(b.queued_at ?? ""));
  const others = [...rows("requests").values()].filter((one) => one.queue === queue.id && one.kind !== "call" && waits(one))
    .sort((a, b) => b.priority - a.priority || (a.due_at ?? "9").localeCompare(b.due_at ?? "9"));
  return html`<tr class="waiters"><td colspan="6">
    ${calls.length + others.length === 0 && html`<p class="quiet small">${queue.opens_at ? t("queues.closed", { time: time(queue.opens_at) }) : t("queues.nobody")}</p>`}
    ${calls.length > 0 && html`<ul class="waiters-list">${calls.map((call) => html`<li key=${call.id} class="waiter"><${Icon} name=${call.phase === "ringing" ? "phone-call" : "clock"} size="small" />
      <span>${call.phone || t("phone.hidden")}</span><span class="quiet small cut grow">${sourceTitle(call.source)}</span>${call.queued_at && html`<${Clock} since=${call.queued_at} label=${t("call.waits")} />`}</li>`)}</ul>`}
    ${others.length > 0 && html`<ul class="waiters-list">${others.slice(0, SHOWN).map((request) => html`<${RequestLine} key=${request.id} request=${request} />`)}</ul>`}
    ${others.length > SHOWN && html`<p class="quiet small">${t("queues.more", { count: others.length - SHOWN })}</p>`}
    <p><button class="btn btn-small" type="button" onClick=${() => { dialog.value = { kind: "message", to: { to_queue: queue.id }, name: titled(queue.title) }; }}><${Icon} name="megaphone" size="small" />${t("message.queue")}</button></p></td></tr>`;
}

function QueueRow({ queue }) {
  const open = opened.value === queue.id;
  const tone = !queue.waiting ? "none" : levelOf(queue.service_level_now ?? 100, queue.target).tone === "ok" ? "idle" : "danger";
  return html`<tr><th scope="row"><button class="row-opener" type="button" aria-expanded=${open ? "true" : "false"} onClick=${() => { opened.value = open ? "" : queue.id; }}>
      <${Icon} name=${open ? "chevron-down" : "chevron-right"} size="small" /><span class="cut" title=${titled(queue.title)}>${titled(queue.title)}</span></button></th>
    <td class="right">${queue.waiting ? html`<span class=${`count tone-${tone}`}>${queue.waiting}</span>` : "0"}</td>
    <td class="right">${queue.longest_since ? stillFor(queue.longest_since) || html`<${Clock} since=${queue.longest_since} label=${t("head.longest")} />` : html`<span class="quiet">—</span>`}</td>
    <td><${Level} value=${queue.service_level_now ?? queue.service_level} target=${queue.target} /></td>
    <td class="right">${queue.overdue ? html`<span class="count tone-danger">${queue.overdue}</span>` : html`<span class="quiet">0</span>`}<span class="quiet"> / ${queue.digital_waiting ?? 0}</span></td>
    <td class="right" title=${t("queues.peopleWhy")}>${queue.free}<span class="quiet"> / ${queue.logged_in ?? queue.free + queue.talking + queue.wrap_up}</span></td></tr>
    ${open && html`<${Waiters} queue=${queue} />`}`;
}

export function Queues() {
  return html`<section class="card table-card"><h2 class="card-title">${t("queues.title")}</h2><div class="table-scroll" tabindex="0" role="region" aria-label=${t("queues.title")}><table class="table">
    <thead><tr><th scope="col">${t("queues.queue")}</th><th scope="col" class="right">${t("queues.waiting")}</th><th scope="col" class="right">${t("queues.longest")}</th>
      <th scope="col">${t("queues.level")}</th><th scope="col" class="right" title=${t("queues.overdueWhy")}>${t("queues.overdue")}</th><th scope="col" class="right">${t("queues.people")}</th></tr></thead>
    <tbody>${queues.value.map((queue) => html`<${QueueRow} key=${queue.id} queue=${queue} />`)}</tbody></table></div></section>`;
}
