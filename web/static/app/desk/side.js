// The right pane: what was before (history of the contact in hand), and who else works now.
import { signal } from "@preact/signals";
import { me, titled } from "../boot.js";
import { Clock, serverNow } from "../clock.js";
import { day, duration, isoDay, time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { outcomeTitle, queueTitle } from "../names.js";
import { rows } from "../live/store.js";
import { callMark, OPERATOR_STATES, operatorState, REQUEST_ICONS } from "../live/states.js";
import { Icon, Pill } from "../parts/icon.js";
import { stateWord } from "../parts/presence.js";
import { operatorTitle } from "./card.js";

const tab = signal("history");
const RANK = ["available", "phone", "ringing", "incall", "wrap_up", "break", "not_responding", "unreachable", "offline"];

/** Calls, and requests that no call stands for, newest first. */
function moments(card) {
  const requests = new Map((card.requests ?? []).map((request) => [request.id, request]));
  const told = new Set();
  const calls = (card.calls ?? []).map((call) => {
    if (call.request) told.add(call.request);
    return { id: call.id, at: call.started_at, call, request: requests.get(call.request) };
  });
  const rest = [...requests.values()].filter((request) => !told.has(request.id) && request.kind !== "call")
    .map((request) => ({ id: request.id, at: request.created_at, request }));
  return [...calls, ...rest].sort((a, b) => b.at.localeCompare(a.at));
}

function Moment({ call, request, at }) {
  const mark = call ? callMark(call) : { icon: REQUEST_ICONS[request.kind], tone: "idle" };
  const talked = call?.legs?.findLast((leg) => leg.result === "answered");
  const running = call && !call.ended_at;
  const title = call ? t(`${call.direction}.${call.result}`) : t(`kind.${request.kind}`);
  const facts = [queueTitle(call?.queue ?? request?.queue), call?.talk_s ? t("moment.talk", { time: duration(call.talk_s) }) : call?.wait_s ? t("moment.wait", { time: duration(call.wait_s) }) : "",
    request?.outcome && outcomeTitle(request.outcome)].filter(Boolean).join(" · ");
  return html`<li class="moment"><span class=${`moment-mark tone-${mark.tone}`}><${Icon} name=${mark.icon} size="small" /></span>
    <div class="moment-body"><p class="moment-title">${title}${talked && html`<span class="quiet"> · ${operatorTitle(talked.operator)}</span>`}</p>
      <p class="small quiet">${running ? t("moment.now") : time(at)}${facts && ` · ${facts}`}</p></div></li>`;
}

function History({ fetched }) {
  if (!fetched) return html`<div class="empty"><${Icon} name="history" size="large" /><p class="empty-title">${t("side.nobody")}</p><p class="small">${t("side.nobodyWhy")}</p></div>`;
  if (!fetched.card) return fetched.status === "failed" ? html`<div class="empty"><${Icon} name="triangle-alert" size="large" /><p>${t("card.failed")}</p></div>`
    : html`<div class="side-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2, 3].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;
  const list = moments(fetched.card);
  if (!list.length) return html`<div class="empty"><${Icon} name="history" size="large" /><p class="empty-title">${t("side.first")}</p><p class="small">${t("side.firstWhy")}</p></div>`;
  const days = Map.groupBy(list, (one) => isoDay(one.at));
  const more = (fetched.card.contact?.earlier_calls ?? 0) - (fetched.card.calls?.length ?? 0);
  return html`<div class="moments">${[...days].map(([key, ones]) => html`<section key=${key}><h3 class="moments-day">${day(ones[0].at, serverNow())}</h3>
    <ol>${ones.map((one) => html`<${Moment} key=${one.id} ...${one} />`)}</ol></section>`)}
    ${more > 0 && html`<p class="small quiet">${t("side.more", { count: more })}</p>`}</div>`;
}

function Colleagues() {
  const people = [...rows("operators").values()].filter((one) => one.id !== me.operator).map((one) => ({ one, ...operatorState(one) }))
    .sort((a, b) => RANK.indexOf(a.key) - RANK.indexOf(b.key) || titled(a.one.title).localeCompare(titled(b.one.title)));
  if (!people.length) return html`<div class="empty"><${Icon} name="users" size="large" /><p>${t("side.alone")}</p></div>`;
  return html`<ul class="people">${people.map(({ one, key, since }) => html`<li class="person" key=${one.id}><span class="grow cut">${titled(one.title)} <span class="quiet small">· ${one.extension}</span></span>
    <${Pill} tone=${OPERATOR_STATES[key].tone} icon=${OPERATOR_STATES[key].icon}>${stateWord(one, key)}<//>${since && key !== "offline" && html`<${Clock} className="person-time" since=${since} label=${t("presence.since")} />`}</li>`)}</ul>`;
}

const TABS = [["history", "history"], ["people", "users"]];

export function Side({ fetched }) {
  const step = (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    tab.value = tab.value === "history" ? "people" : "history";
    event.currentTarget.querySelector(`#side-${tab.value}`).focus();
  };
  return html`<section class="desk-right" aria-label=${t("side.name")}>
    <div class="tabs" role="tablist" aria-label=${t("side.name")} onKeyDown=${step}>${TABS.map(([name, icon]) => html`<button key=${name} id=${`side-${name}`} class="tab" type="button" role="tab"
      aria-selected=${tab.value === name ? "true" : "false"} aria-controls="side-panel" tabindex=${tab.value === name ? 0 : -1} onClick=${() => { tab.value = name; }}><${Icon} name=${icon} />${t(`side.${name}`)}</button>`)}</div>
    <div class="side-panel" id="side-panel" role="tabpanel" tabindex="0" aria-labelledby=${`side-${tab.value}`}>${tab.value === "history" ? html`<${History} fetched=${fetched} />` : html`<${Colleagues} />`}</div>
  </section>`;
}
