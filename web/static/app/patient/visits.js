// Visits to come, with what may be done about each, and those that were.
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Icon, Pill } from "../parts/icon.js";
import { sendConfirm } from "./asks.js";
import { Cancel } from "./cancel.js";
import { dealsOf, OPEN, order } from "./deals.js";
import { can } from "./mis.js";
import { openPanel } from "./panel.js";
import { dateAt, longAt, timeAt, zoneNote } from "./words.js";

const STATES = {
  proposed: ["warn", "clock"], pending: ["warn", "clock"], booked: ["ok", "check"], arrived: ["talk", "user"], "checked-in": ["talk", "user"], fulfilled: ["idle", "check"],
  cancelled: ["idle", "x"], noshow: ["danger", "x"], waitlist: ["idle", "clock"],
};
const STILL = new Set(["proposed", "pending", "booked"]);
const SHOWN = 3;

const State = ({ visit }) => {
  const [tone, icon] = STATES[visit.status] ?? ["idle", "clock"];
  const word = has(`appointment.${visit.status}`) ? t(`appointment.${visit.status}`) : t("appointment.unknown");
  return html`<${Pill} tone=${tone} icon=${icon}>${word}<//>`;
};

const about = (visit) => [visit.specialty?.name, visit.service?.name, visit.branch?.name].filter(Boolean).join(" · ");

function Coming({ request, visit, cancel }) {
  const busy = dealsOf(request.id).value.some((one) => OPEN.has(one.status) && (one.visit?.id ?? one.appointment?.id) === visit.id);
  const able = canAct.value && !busy && STILL.has(visit.status);
  const confirm = () => { const key = crypto.randomUUID(); order(request.id, { key, action: "confirm", visit }, () => sendConfirm({ request: request.id, key, visit })); };
  const spoken = `${visit.doctor.name}, ${longAt(visit.start, visit.zone)}, ${timeAt(visit.start, visit.zone)}`;
  return html`<li class="visit"><div class="visit-when"><span class="strong">${timeAt(visit.start, visit.zone)}</span>
    <span class="small quiet">${longAt(visit.start, visit.zone)}</span>${zoneNote(visit.start, visit.zone) && html`<span class="small tone-warn toned">${zoneNote(visit.start, visit.zone)}</span>`}</div>
    <div class="visit-what"><span class="strong">${visit.doctor.name}</span><span class="small quiet">${about(visit)}</span>
      <span class="visit-marks"><${State} visit=${visit} />${visit.confirmed && html`<${Pill} tone="ok" icon="check">${t("appointment.willCome")}<//>`}${busy && html`<${Pill} tone="warn" icon="clock">${t("appointment.busy")}<//>`}</span></div>
    <div class="visit-do">
      ${can("confirm") && !visit.confirmed && visit.status === "booked" && html`<button class="btn btn-small" type="button" disabled=${!able} aria-label=${`${t("appointment.confirm")}: ${spoken}`} onClick=${confirm}>${t("appointment.confirm")}</button>`}
      ${can("book") && can("slots") && html`<button class="btn btn-small" type="button" disabled=${!able} aria-label=${`${t("appointment.move")}: ${spoken}`} onClick=${() => openPanel(request.id, visit)}>${t("appointment.move")}</button>`}
      ${can("cancel") && html`<button class="btn btn-small" type="button" disabled=${!able} aria-label=${`${t("appointment.cancel")}: ${spoken}`} aria-haspopup="dialog" onClick=${() => cancel(visit)}>${t("appointment.cancel")}</button>`}</div></li>`;
}

const Gone = ({ visit }) => html`<li class="visit-past"><time datetime=${visit.start}>${dateAt(visit.start, visit.zone)}</time>
  <span class="grow">${visit.doctor.name}<span class="quiet"> · ${about(visit)}</span></span><${State} visit=${visit} /></li>`;

export function Visits({ request, card }) {
  const [whole, setWhole] = useState(false);
  const [leaving, setLeaving] = useState(null);
  const upcoming = [...card.upcoming].sort((a, b) => a.start.localeCompare(b.start));
  const past = [...card.past].sort((a, b) => b.start.localeCompare(a.start));
  const silent = card.missing.includes("upcoming");
  return html`<div class="visits"><h3 class="field-label">${t("appointment.upcoming")}</h3>
    ${upcoming.length ? html`<ul>${upcoming.map((one) => html`<${Coming} key=${one.id} request=${request} visit=${one} cancel=${setLeaving} />`)}</ul>` : html`<p class="quiet">${t(silent ? "appointment.notTold" : "appointment.none")}</p>`}
    ${past.length > 0 && html`<h3 class="field-label">${t("appointment.past")}</h3><ul>${past.slice(0, whole ? undefined : SHOWN).map((one) => html`<${Gone} key=${one.id} visit=${one} />`)}</ul>
      ${past.length > SHOWN && html`<button class="btn btn-small btn-quiet" type="button" aria-expanded=${whole ? "true" : "false"} onClick=${() => setWhole(!whole)}>
        <${Icon} name="chevron-down" size="small" />${t(whole ? "appointment.fewer" : "appointment.more", { count: past.length - SHOWN })}</button>`}`}
    ${leaving && html`<${Cancel} request=${request} visit=${leaving} onClose=${() => setLeaving(null)} />`}</div>`;
}
