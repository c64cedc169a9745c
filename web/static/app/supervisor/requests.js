// Requests that wait past their deadline, and all open ones; what a supervisor may do with each.
import { computed, signal } from "@preact/signals";
import { may, titled } from "../boot.js";
import { Clock, second } from "../clock.js";
import { asked, dayAndTime, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { serverNow } from "../clock.js";
import { canAct } from "../live/link.js";
import { callOf } from "../live/selectors.js";
import { row, rows } from "../live/store.js";
import { REQUEST_ICONS, REQUEST_STATES, requestState } from "../live/states.js";
import { operatorTitle, queueTitle, whoOf } from "../names.js";
import { Icon, Pill } from "../parts/icon.js";
import { Menu, MenuItem, MenuLine } from "../parts/menu.js";
import { Channel } from "../chat/channel.js";
import { readConversation } from "../chat/subject.js";
import { blockNumber } from "../persons/block.js";
import { chosen } from "./figures.js";
import { dialog, raise } from "./steer.js";
import { useStill } from "./still.js";

const WAITING = new Set(["new", "queued", "offered"]);
const PAGE = 50;
/** `late` or `open`, the text looked for, and how many rows are shown. */
const which = signal("late");
const text = signal("");
const shownRows = signal(PAGE);

export const waits = (request) => WAITING.has(request.status);
const late = (request) => waits(request) && request.kind !== "call" && request.due_at && Date.parse(request.due_at) / 1000 <= second.value;

const open = computed(() => [...rows("requests").values()].filter((one) => one.status !== "done" && one.status !== "cancelled"
  && (!chosen.value || one.queue === chosen.value)));

/** What may be done with a request: the engine says no where a call waits in Asterisk or somebody was faster. */
function Actions({ request }) {
  const call = request.kind === "call";
  return html`<${Menu} className="btn btn-small btn-icon btn-quiet" place="end" name=${t("steer.request", { number: request.number })} disabled=${!canAct.value || call}
      title=${call ? t("steer.callWaits") : undefined} label=${html`<${Icon} name="ellipsis" size="small" />`}>
    <${MenuItem} onClick=${() => { dialog.value = { kind: "assign", request }; }}><${Icon} name="user" />${t("steer.give")}<//>
    ${request.joined?.length > 0 && html`<${MenuItem} onClick=${() => { dialog.value = { kind: "joined", request }; }}><${Icon} name="arrow-left-right" />${t("joined.action")}<//>`}
    ${request.phone && may("numbers.block") && html`<${MenuItem} onClick=${() => blockNumber(request)}><${Icon} name="phone-off" />${t("blocked.action")}<//>`}
    ${request.conversation && may("chats.read") && html`<${MenuItem} onClick=${() => readConversation({ conversation: request.conversation.id, request: request.id })}><${Icon} name="message-square" />${t("chat.read")}<//>`}
    <${MenuLine} />
    <${MenuItem} onClick=${() => raise(request, 1)}><${Icon} name="arrow-up" />${t("steer.raise")}<//>
    <${MenuItem} onClick=${() => raise(request, -1)}><${Icon} name="chevron-down" />${t("steer.lower")}<//>
    ${request.priority !== 0 && html`<${MenuItem} onClick=${() => raise(request, 0)}><${Icon} name="layers" />${t("steer.asOthers")}<//>`}
  <//>`;
}

const Deadline = ({ request }) => {
  if (!request.due_at) return html`<span class="quiet">—</span>`;
  return late(request) ? html`<${Clock} className="clock tone-danger toned" since=${request.due_at} label=${t("late.by")} />` : html`<span>${dayAndTime(request.due_at, serverNow())}</span>`;
};

const Mark = ({ request }) => (request.conversation ? html`<${Channel} name=${request.conversation.channel} />` : html`<${Icon} name=${REQUEST_ICONS[request.kind]} size="small" />`);

/** One line of a queue that is open. */
export function RequestLine({ request }) {
  return html`<li class="waiter"><${Mark} request=${request} /><span>${whoOf(request)}</span>
    <span class="quiet small cut grow">${t(`kind.${request.kind}`)}${request.priority ? ` · ${t("steer.priority", { n: request.priority })}` : ""}</span><${Deadline} request=${request} /><${Actions} request=${request} /></li>`;
}

function Row({ request }) {
  const state = requestState(request, callOf(request), second.value);
  return html`<tr><th scope="row"><span class="request-who"><${Mark} request=${request} /><span>${whoOf(request)}</span></span></th>
    <td class="quiet small">${t(`kind.${request.kind}`)}</td><td class="small">${queueTitle(request.queue)}</td>
    <td><${Pill} tone=${REQUEST_STATES[state].tone} icon=${REQUEST_STATES[state].icon}>${t(`state.${state}`)}<//></td>
    <td class="small">${request.owner ? operatorTitle(request.owner) : html`<span class="quiet">—</span>`}</td>
    <td class="right">${request.priority || html`<span class="quiet">0</span>`}</td><td class="right"><${Deadline} request=${request} /></td>
    <td class="right"><${Actions} request=${request} /></td></tr>`;
}

const matches = (request, query) => found(folded([request.number, request.phone, t(`kind.${request.kind}`), queueTitle(request.queue),
  titled(row("operators", request.owner)?.title)].join(" ")), query);

export function Requests() {
  const every = open.value;
  const overdue = every.filter(late);
  const query = asked(text.value);
  const list = (which.value === "late" ? overdue : every).filter((one) => !text.value.trim() || matches(one, query))
    .sort((a, b) => b.priority - a.priority || (a.due_at ?? "9").localeCompare(b.due_at ?? "9") || a.created_at.localeCompare(b.created_at));
  const { shown, hand } = useStill(list);
  const tab = (name, count) => html`<button class="btn btn-small" type="button" aria-pressed=${which.value === name ? "true" : "false"} onClick=${() => { which.value = name; shownRows.value = PAGE; }}>${t(`requests.${name}`)} <span class=${name === "late" && count ? "tone-danger toned" : "quiet"}>${count}</span></button>`;
  return html`<section class="card table-card" id="requests"><div class="card-head"><h2 class="card-title">${t("requests.title")}</h2><div class="chips" role="group" aria-label=${t("requests.which")}>${tab("late", overdue.length)}${tab("open", every.length)}</div>
      <span class="grow"></span><input class="field-input field-small" type="search" aria-label=${t("requests.find")} placeholder=${t("requests.find")} value=${text.value} onInput=${(event) => { text.value = event.target.value; }} /></div>
    <div class="table-scroll" tabindex="0" role="region" aria-label=${t("requests.title")} ...${hand}>${list.length > 0 && html`<table class="table">
      <thead><tr>${["who", "kind", "queue", "state", "owner"].map((name) => html`<th scope="col" key=${name}>${t(`requests.${name}`)}</th>`)}<th scope="col" class="right">${t("requests.priority")}</th><th scope="col" class="right">${t("requests.due")}</th>
        <th scope="col"><span class="visually-hidden">${t("people.act")}</span></th></tr></thead>
      <tbody>${shown.slice(0, shownRows.value).map((request) => html`<${Row} key=${request.id} request=${request} />`)}</tbody></table>`}
    ${list.length === 0 && html`<div class="empty empty-low"><${Icon} name="circle-check" size="large" /><p>${text.value.trim() ? t("requests.nothing") : t(`requests.none_${which.value}`)}</p>
      ${text.value.trim() && html`<button class="btn btn-small" type="button" onClick=${() => { text.value = ""; }}>${t("requests.reset")}</button>`}</div>`}</div>
    ${list.length > shownRows.value && html`<p class="history-foot"><button class="btn btn-small" type="button" onClick=${() => { shownRows.value += PAGE; }}>${t("requests.more", { count: list.length - shownRows.value })}</button></p>`}</section>`;
}
