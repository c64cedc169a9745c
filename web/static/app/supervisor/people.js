// What every operator does now, and what a supervisor may do to him. Many of them stand in groups by state.
import { signal } from "@preact/signals";
import { titled } from "../boot.js";
import { Clock } from "../clock.js";
import { asked, duration, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { rows } from "../live/store.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { queueTitle, reasons, whoOf } from "../names.js";
import { Icon, Pill } from "../parts/icon.js";
import { Menu, MenuItem, MenuLine, MenuTitle } from "../parts/menu.js";
import { stateWord } from "../parts/presence.js";
import { chosen, operators } from "./figures.js";
import { bringBack, dialog, logOff, pause, spy, whyNotSpy } from "./steer.js";
import { useStill } from "./still.js";

const RANK = ["not_responding", "unreachable", "ringing", "incall", "wrap_up", "available", "phone", "break", "offline"];
const MANY = 50; // above it people stand in groups, and those nobody need look at are closed
const CLOSED_AT_FIRST = new Set(["available", "phone", "break", "offline", "wrap_up", "incall"]);
const toggled = signal(new Set());
const text = signal("");

/** What an operator is busy with: the masked number and the queue, never a name. */
function busyWith(operator) {
  const call = rows("calls").get(operator.call);
  const about = call ?? rows("requests").get(operator.wrap_up);
  if (about) return `${call ? call.phone || t("phone.hidden") : whoOf(about)} · ${queueTitle(about.queue) || t(`direction.${call?.direction ?? "inbound"}`)}`;
  const offers = [...rows("offers").values()].filter((offer) => offer.operator === operator.id && offer.state !== "pending");
  const kinds = offers.map((offer) => rows("requests").get(offer.request)?.kind).filter(Boolean);
  if (kinds.length) return [...new Set(kinds)].map((kind) => `${t(`kind.${kind}`)}${kinds.filter((one) => one === kind).length > 1 ? ` ×${kinds.filter((one) => one === kind).length}` : ""}`).join(", ");
  return operator.presence !== "available" && operator.presence !== "break" && operator.paused && operator.presence !== "offline" ? t("people.paused") : "";
}

function Actions({ operator }) {
  const silent = whyNotSpy(operator);
  const off = operator.presence === "offline";
  const hear = (how, icon) => html`<${MenuItem} disabled=${Boolean(silent)} onClick=${() => spy(operator, how)}><${Icon} name=${icon} />${t(`spy.${how}`)}<//>`;
  return html`<${Menu} className="btn btn-small btn-icon btn-quiet" place="end" name=${t("people.actOn", { who: titled(operator.title) })} disabled=${!canAct.value}
      title=${canAct.value ? undefined : t("refused.offline")} label=${html`<${Icon} name="ellipsis" size="small" />`}>
    ${hear("listen", "ear")}${hear("whisper", "mic")}${hear("barge", "users")}
    ${silent && html`<${MenuTitle}>${silent}<//>`}
    <${MenuLine} />
    ${operator.presence !== "available" && html`<${MenuItem} onClick=${() => bringBack(operator)}><${Icon} name="play" />${t("steer.bringBack")}<//>`}
    ${!off && operator.presence !== "break" && reasons().map((reason) => html`<${MenuItem} key=${reason.id} onClick=${() => pause(operator, reason.id)}><${Icon} name="pause" />${t("steer.pause", { reason: titled(reason.title) })}<//>`)}
    ${!off && html`<${MenuItem} onClick=${() => logOff(operator)}><${Icon} name="phone-off" />${t("steer.logOff")}…<//>`}
    <${MenuLine} />
    <${MenuItem} onClick=${() => { dialog.value = { kind: "queues", operator }; }}><${Icon} name="layers" />${t("steer.queues")}<//>
    <${MenuItem} onClick=${() => { dialog.value = { kind: "skills", operator }; }}><${Icon} name="circle-check" />${t("steer.skills")}<//>
    <${MenuItem} onClick=${() => { dialog.value = { kind: "message", to: { to_operator: operator.id }, name: titled(operator.title) }; }}><${Icon} name="message-square" />${t("message.one")}<//>
  <//>`;
}

function Load({ operator }) {
  if (operator.presence === "offline" || !operator.capacity) return html`<span class="quiet">—</span>`;
  return html`<span class=${operator.load >= operator.capacity ? "tone-warn toned" : ""} title=${t("people.loadWhy")}>${t("people.loadOf", { load: operator.load ?? 0, capacity: operator.capacity })}</span>`;
}

function OperatorRow({ operator }) {
  const { key, since } = operatorState(operator);
  return html`<tr data-off=${key === "offline" ? "" : undefined}><th scope="row"><div class="table-person"><span class="strong cut" title=${titled(operator.title)}>${titled(operator.title)}</span> <span class="quiet small">${operator.extension}</span>
      ${operator.moved && html`<span class="tone-accent toned" title=${t("steer.isMoved")}><${Icon} name="arrow-left-right" size="small" /><span class="visually-hidden">${t("steer.isMoved")}</span></span>`}</div></th>
    <td><${Pill} tone=${OPERATOR_STATES[key].tone} icon=${OPERATOR_STATES[key].icon}>${stateWord(operator, key)}<//></td>
    <td class="right">${since && key !== "offline" ? html`<${Clock} since=${since} label=${t("presence.since")} />` : html`<span class="quiet">—</span>`}</td>
    <td class="small quiet cut table-busy" title=${busyWith(operator)}>${busyWith(operator)}</td>
    <td class="right"><${Load} operator=${operator} /></td><td class="right">${operator.handled_today}</td>
    <td class="right">${operator.handled_today ? duration(operator.talk_today_s / operator.handled_today) : html`<span class="quiet">—</span>`}</td>
    <td class="right"><${Actions} operator=${operator} /></td></tr>`;
}

function flip(key) {
  const next = new Set(toggled.value);
  if (!next.delete(key)) next.add(key);
  toggled.value = next;
}

function Group({ state, list }) {
  const open = CLOSED_AT_FIRST.has(state) === toggled.value.has(state);
  return html`<tbody><tr class="table-group"><th scope="rowgroup" colspan="8"><button class="row-opener" type="button" aria-expanded=${open ? "true" : "false"} onClick=${() => flip(state)}>
      <${Icon} name=${open ? "chevron-down" : "chevron-right"} size="small" />${t(`presence.${state}`)} <span class="quiet">${list.length}</span></button></th></tr>
    ${open && list.map((operator) => html`<${OperatorRow} key=${operator.id} operator=${operator} />`)}</tbody>`;
}

export function Operators() {
  const query = asked(text.value);
  const wanted = operators.value.filter((one) => !text.value.trim() || found(folded(`${titled(one.title)} ${one.extension}`), query));
  const ranked = wanted.map((operator) => ({ id: operator.id, operator, state: operatorState(operator).key }))
    .sort((a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state) || titled(a.operator.title).localeCompare(titled(b.operator.title)));
  const { shown, hand } = useStill(ranked);
  const grouped = wanted.length > MANY;
  const states = RANK.filter((state) => shown.some((one) => one.state === state));
  const duty = operators.value.filter((one) => one.presence !== "offline").length;
  return html`<section class="card table-card" id="people"><div class="card-head"><h2 class="card-title">${t("people.title")}</h2><span class="grow"></span>
      ${operators.value.length > 12 && html`<input class="field-input field-small" type="search" aria-label=${t("people.find")} placeholder=${t("people.find")} value=${text.value} onInput=${(event) => { text.value = event.target.value; }} />`}
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => { dialog.value = { kind: "message", to: chosen.value ? { to_queue: chosen.value } : {}, name: chosen.value ? queueTitle(chosen.value) : "", count: duty }; }}><${Icon} name="megaphone" size="small" />${t("message.all")}</button></div>
    <div class="table-scroll" tabindex="0" role="region" aria-label=${t("people.title")} ...${hand}><table class="table">
    <thead><tr><th scope="col">${t("people.operator")}</th><th scope="col">${t("people.state")}</th><th scope="col" class="right">${t("people.time")}</th>
      <th scope="col">${t("people.busy")}</th><th scope="col" class="right">${t("people.load")}</th><th scope="col" class="right">${t("people.handled")}</th><th scope="col" class="right">${t("people.average")}</th>
      <th scope="col"><span class="visually-hidden">${t("people.act")}</span></th></tr></thead>
    ${grouped ? states.map((state) => html`<${Group} key=${state} state=${state} list=${shown.filter((one) => one.state === state).map((one) => one.operator)} />`)
    : html`<tbody>${shown.map(({ operator }) => html`<${OperatorRow} key=${operator.id} operator=${operator} />`)}</tbody>`}</table>
    ${wanted.length === 0 && html`<div class="empty"><${Icon} name="users" size="large" /><p>${t(text.value.trim() ? "people.nobodyFound" : "people.none")}</p>
      ${text.value.trim() && html`<button class="btn btn-small" type="button" onClick=${() => { text.value = ""; }}>${t("requests.reset")}</button>`}</div>`}</div></section>`;
}
