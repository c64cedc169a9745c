// A week of free times: a row for each doctor, a column for each day. Arrows go from time to time, Enter takes one.
import { useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { columnOf, dayName, isoAt, timeAt, zoneNote } from "./words.js";

const SHOWN = 4; // times of one doctor's day that are shown before somebody asks for the rest

/** Slots by doctor, then by day: [{doctor, about, zone, days: Map}]. */
export function rowsOf(offered) {
  const rows = new Map();
  for (const one of offered) {
    const { doctor, branch, specialty, zone, start } = one.slot;
    const key = `${doctor.id} ${branch?.id ?? ""}`;
    if (!rows.has(key)) rows.set(key, { key, doctor, about: [specialty?.name, branch?.name].filter(Boolean).join(" · "), note: zoneNote(start, zone), days: new Map() });
    const days = rows.get(key).days;
    const day = isoAt(start, zone);
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  for (const { days } of rows.values()) for (const list of days.values()) list.sort((a, b) => a.slot.start.localeCompare(b.slot.start));
  return [...rows.values()].sort((a, b) => a.doctor.name.localeCompare(b.doctor.name));
}

const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** Move the focus to the nearest time in the arrow's direction, by where things stand on the screen. */
function step(event, box) {
  const by = STEPS[event.key];
  if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const from = event.target.getBoundingClientRect();
  let best = null;
  for (const one of box.querySelectorAll("button[data-slot]:not(:disabled)")) {
    const to = one.getBoundingClientRect();
    const along = by[0] ? (to.left - from.left) * by[0] : (to.top - from.top) * by[1];
    const aside = by[0] ? Math.abs(to.top - from.top) : Math.abs(to.left - from.left);
    if (along < 2) continue;
    const cost = by[0] ? along + aside * 4 : along + aside * 40;
    if (!best || cost < best.cost) best = { one, cost };
  }
  best?.one.focus();
}

function Time({ offered, chosen, gone, active, pick, focused }) {
  const { slot, held, mine } = offered;
  const taken = gone.has(slot.id);
  const other = (held && !mine) || taken;
  const state = chosen || mine ? "mine" : taken ? "gone" : other ? "held" : "free";
  const spoken = t("slots.spoken", { doctor: slot.doctor.name, day: dayName(isoAt(slot.start, slot.zone)), time: timeAt(slot.start, slot.zone), state: t(`slots.state.${state}`) });
  return html`<button class="slot" type="button" data-slot=${slot.id} data-state=${state} disabled=${other} aria-label=${spoken} aria-pressed=${state === "mine" ? "true" : "false"} title=${state === "free" ? undefined : t(`slots.state.${state}`)}
    tabindex=${active ? 0 : -1} onFocus=${() => focused(slot.id)} onClick=${() => pick(slot)}>${timeAt(slot.start, slot.zone)}</button>`;
}

function Day({ times, open, draw }) {
  if (!times.length) return html`<span class="quiet" aria-hidden="true">—</span>`;
  const rest = open ? 0 : times.length - SHOWN;
  return html`<div class="slots-day">${times.slice(0, open ? undefined : SHOWN).map(draw)}${rest > 0 && html`<span class="small quiet slots-rest">+${rest}</span>`}</div>`;
}

function Row({ row, days, open, toggle, draw }) {
  const most = Math.max(...[...row.days.values()].map((one) => one.length));
  return html`<tr><th scope="row" class="slots-doctor"><span class="strong">${row.doctor.name}</span><span class="small quiet">${row.about}</span>${row.note && html`<span class="small tone-warn toned">${row.note}</span>`}
      ${most > SHOWN && html`<button class="btn btn-small btn-quiet slots-more" type="button" aria-expanded=${open ? "true" : "false"} onClick=${toggle}>${t(open ? "slots.less" : "slots.all")}</button>`}</th>
    ${days.map((day) => html`<td key=${day}><${Day} times=${row.days.get(day) ?? []} open=${open} draw=${draw} /></td>`)}</tr>`;
}

/** `slots`: what the MIS offers, `chosen`: the id of the one that is held or chosen here, `gone`: ids just lost. */
export function Grid({ slots, days, chosen, gone, pick, inside }) {
  const box = useRef();
  const [open, setOpen] = useState([]);
  const [active, setActive] = useState("");
  const rows = rowsOf(slots);
  const able = slots.filter((one) => !one.held && !gone.has(one.slot.id));
  const at = able.some((one) => one.slot.id === active) ? active : chosen || rows[0]?.days.get(days.find((day) => rows[0].days.has(day)))?.find((one) => able.includes(one))?.slot.id || able[0]?.slot.id;
  const flip = (key) => setOpen(open.includes(key) ? open.filter((one) => one !== key) : [...open, key]);
  const draw = (one) => html`<${Time} key=${one.slot.id} offered=${one} chosen=${chosen === one.slot.id} gone=${gone} active=${at === one.slot.id} pick=${pick} focused=${setActive} />`;
  return html`<div class="slots-scroll" ref=${box} onKeyDown=${(event) => event.target.dataset.slot && step(event, box.current)} onPointerEnter=${() => { inside.current = true; }} onPointerLeave=${() => { inside.current = false; }}>
    <table class="slots"><caption class="visually-hidden">${t("slots.caption")}</caption><thead><tr><td></td>${days.map((day) => html`<th key=${day} scope="col" class="small quiet">${columnOf(day)}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<${Row} key=${row.key} row=${row} days=${days} open=${open.includes(row.key)} toggle=${() => flip(row.key)} draw=${draw} />`)}</tbody></table></div>`;
}
