// Every promised call, for supervisors: those due, those planned, and those nobody was reached by lately.
import { computed, signal } from "@preact/signals";
import { second, serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { history } from "../live/queries.js";
import { rows } from "../live/store.js";
import { operatorTitle, outcomeTitle, queueTitle, whoOf } from "../names.js";
import { Icon, Pill } from "../parts/icon.js";
import { Menu, MenuItem } from "../parts/menu.js";
import { chosen } from "../supervisor/figures.js";
import { dialog } from "../supervisor/steer.js";
import { useStill } from "../supervisor/still.js";
import { promiseCall } from "./ask.js";
import { countOf, isDue, lastTry, nextTry, TRIES } from "./words.js";

const PAGE = 50;
const GIVEN_UP = ["not_reached", "wrong_number"];
const which = signal("due");
const shownRows = signal(PAGE);
const past = signal({ status: "idle", items: [] });

const text = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const promised = computed(() => [...rows("requests").values()].filter((one) => one.callback && one.status !== "done" && one.status !== "cancelled" && (!chosen.value || one.queue === chosen.value))
  .sort((a, b) => text(a.callback.next_at ?? "", b.callback.next_at ?? "") || text(a.created_at, b.created_at) || text(a.id, b.id)));
const split = computed(() => {
  const now = second.value * 1000;
  return { due: promised.value.filter((one) => isDue(one, now)), planned: promised.value.filter((one) => !isDue(one, now)) };
});

/** Nobody was reached: they have left the open world, so they are asked for. */
async function loadPast() {
  past.value = { ...past.peek(), status: "loading" };
  try {
    const pages = await Promise.all(["callback", "missed_call", "voicemail"].map((kind) => history("requests", null, { kind, status: "done" })));
    if (pages.some((page) => !page.ok)) throw new Error("refused");
    const items = pages.flatMap((page) => page.items).filter((one) => GIVEN_UP.includes(one.outcome)).sort((a, b) => text(b.closed_at ?? "", a.closed_at ?? ""));
    past.value = { status: "ready", items };
  } catch {
    past.value = { ...past.peek(), status: "failed" };
  }
}

function Actions({ request }) {
  return html`<${Menu} className="btn btn-small btn-icon btn-quiet" place="end" name=${t("steer.request", { number: request.number })} disabled=${!canAct.value || request.callback.state === "dialling"}
      label=${html`<${Icon} name="ellipsis" size="small" />`}>
    <${MenuItem} onClick=${() => promiseCall(request)}><${Icon} name="calendar-clock" />${t("promise.otherTime")}<//>
    <${MenuItem} onClick=${() => { dialog.value = { kind: "assign", request }; }}><${Icon} name="user" />${t("steer.give")}<//><//>`;
}

const Last = ({ callback }) => {
  const last = callback.state === "dialling" ? { outcome: "dialling" } : lastTry(callback);
  return last ? html`<${Pill} tone=${TRIES[last.outcome].tone} icon=${TRIES[last.outcome].icon}>${t(`try.${last.outcome}`)}<//>` : html`<span class="quiet">—</span>`;
};
const Who = ({ request }) => html`<th scope="row"><span class="request-who"><${Icon} name="undo-2" size="small" /><span>${whoOf(request)}</span></span></th>`;

const Row = ({ request }) => html`<tr><${Who} request=${request} /><td class="small">${t(`promise.origin.${request.callback.origin}`)}</td><td class="small">${queueTitle(request.queue)}</td>
  <td class="small">${nextTry(request.callback)}</td><td class="small">${countOf(request.callback) || html`<span class="quiet">—</span>`}</td><td><${Last} callback=${request.callback} /></td>
  <td class="small">${request.owner ? operatorTitle(request.owner) : html`<span class="quiet">—</span>`}</td><td class="right"><${Actions} request=${request} /></td></tr>`;

const Gone = ({ request }) => html`<tr><${Who} request=${request} /><td class="small">${t(`kind.${request.kind}`)}</td><td class="small">${queueTitle(request.queue)}</td>
  <td class="small">${request.closed_at && dayAndTime(request.closed_at, serverNow())}</td><td>${outcomeTitle(request.outcome)}</td></tr>`;

const heads = (names, act) => html`<thead><tr>${names.map((name) => html`<th scope="col" key=${name}>${t(`promises.${name}`)}</th>`)}${act && html`<th scope="col"><span class="visually-hidden">${t("people.act")}</span></th>`}</tr></thead>`;

const Empty = ({ name }) => html`<div class="empty empty-low"><${Icon} name="circle-check" size="large" /><p>${t(`promises.none_${name}`)}</p></div>`;

function Open({ list }) {
  const { shown, hand } = useStill(list);
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("promises.title")} ...${hand}>${list.length === 0 ? html`<${Empty} name=${which.value} />`
    : html`<table class="table">${heads(["who", "origin", "queue", "next", "count", "last", "owner"], true)}<tbody>${shown.slice(0, shownRows.value).map((request) => html`<${Row} key=${request.id} request=${request} />`)}</tbody></table>`}</div>
    ${list.length > shownRows.value && html`<p class="history-foot"><button class="btn btn-small" type="button" onClick=${() => { shownRows.value += PAGE; }}>${t("requests.more", { count: list.length - shownRows.value })}</button></p>`}`;
}

function GivenUp() {
  const { status, items } = past.value;
  const list = items.filter((one) => !chosen.value || one.queue === chosen.value);
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("promises.title")} aria-busy=${status === "loading" ? "true" : "false"}>
    ${status === "failed" && html`<div class="empty empty-low" role="status"><${Icon} name="triangle-alert" size="large" /><p>${t("promises.failed")}</p><button class="btn btn-small" type="button" onClick=${loadPast}>${t("action.retry")}</button></div>`}
    ${status === "loading" && !list.length && html`<div class="skeleton skeleton-late" aria-hidden="true"></div>`}
    ${status === "ready" && !list.length && html`<${Empty} name="gone" />`}
    ${status !== "failed" && list.length > 0 && html`<table class="table">${heads(["who", "kind", "queue", "closed", "end"])}<tbody>${list.map((request) => html`<${Gone} key=${request.id} request=${request} />`)}</tbody></table>`}</div>`;
}

export function Promises() {
  const { due, planned } = split.value;
  const choose = (name) => { which.value = name; shownRows.value = PAGE; if (name === "gone") loadPast(); };
  const chip = (name, count) => html`<button class="btn btn-small" type="button" aria-pressed=${which.value === name ? "true" : "false"} onClick=${() => choose(name)}>${t(`promises.${name}`)}${count !== undefined && html` <span class="quiet">${count}</span>`}</button>`;
  return html`<section class="card table-card" id="promises"><div class="card-head"><h2 class="card-title">${t("promises.title")}</h2>
      <div class="chips" role="group" aria-label=${t("promises.which")}>${chip("due", due.length)}${chip("planned", planned.length)}${chip("gone")}</div><span class="grow"></span>
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => promiseCall()}><${Icon} name="phone-outgoing" size="small" />${t("promise.title")}…</button></div>
    ${which.value === "gone" ? html`<${GivenUp} />` : html`<${Open} list=${which.value === "due" ? due : planned} />`}</section>`;
}
