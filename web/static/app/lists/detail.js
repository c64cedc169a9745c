// One list: how far it is, its buttons, its people and what became of each, the results to take away.
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime, isoDay, time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon, Pill } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { openView } from "../view.js";
import { may } from "../boot.js";
import { choose, everybody, list, loadPeople, morePeople, people, refusal, steer, steerPerson } from "./asks.js";
import { clock, LIST_ICONS, LIST_TONES, open, outcomeWord, STATES, stateWord, TONES, total } from "./words.js";

const UNDO_MIN = 60;

/** The whole list as one bar; every part also stands in words, as a button that shows those people. */
export function Bar({ counts, legend, chosen, onChoose }) {
  const all = total(counts) || 1;
  const parts = STATES.filter((state) => counts[state]);
  const done = total(counts) - open(counts);
  return html`<div class="lists-bar" role="progressbar" aria-label=${t("lists.progress")} aria-valuemin="0" aria-valuemax=${total(counts)} aria-valuenow=${done} aria-valuetext=${t("lists.progressOf", { done, all: total(counts) })}>
      ${parts.map((state) => html`<span key=${state} class=${`lists-part tone-${TONES[state]}`} data-state=${state} style=${{ width: `${(100 * counts[state]) / all}%` }}></span>`)}</div>
    ${legend && html`<div class="chips" role="group" aria-label=${t("lists.show")}><button type="button" class="btn btn-small" aria-pressed=${chosen === "" ? "true" : "false"} onClick=${() => onChoose("")}>${t("lists.everybody")} <b>${total(counts)}</b></button>
      ${parts.map((state) => html`<button type="button" key=${state} class=${`btn btn-small lists-chip tone-${TONES[state]}`} aria-pressed=${chosen === state ? "true" : "false"} onClick=${() => onChoose(state)}><span class="dot"></span>${stateWord(state)} <b>${counts[state]}</b></button>`)}</div>`}`;
}

const cell = (text) => { const plain = String(text ?? ""); return `"${(/^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain).replaceAll('"', '""')}"`; };

/** The results as a file a spreadsheet opens. A cell that would be a formula there is made a text. */
async function results(one) {
  const answer = await everybody(one.id);
  if (!answer.ok) { toast(refusal(answer), "danger"); return; }
  const head = ["place", "ref", "number", "name", "state", "outcome", "answer", "attempt", "ended"];
  const rows = answer.items.map((who) => [who.place, who.ref, who.number, who.name, stateWord(who.state), outcomeWord(who.outcome), who.answer, who.attempt, who.ended_at ?? ""]);
  const text = [head.map((name) => t(`lists.result.${name}`)), ...rows].map((row) => row.map(cell).join(";")).join("\r\n");
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" })), download: `list-${one.at.slice(0, 10)}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function Buttons({ one }) {
  const left = one.state === "stopped" && one.said_at ? Math.max(0, UNDO_MIN - Math.floor((serverNow() - Date.parse(one.said_at)) / 60000)) : 0;
  return html`<div class="lists-buttons">
    ${one.open && one.state === "running" && html`<button type="button" class="btn" onClick=${() => steer(one.id, { what: "pause" })}><${Icon} name="pause" size="small" />${t("lists.pause")}</button>`}
    ${one.open && one.state === "paused" && html`<button type="button" class="btn btn-primary" onClick=${() => steer(one.id, { what: "resume" })}><${Icon} name="phone-outgoing" size="small" />${t("lists.resume")}</button>`}
    ${one.open && ["running", "paused"].includes(one.state) && html`<button type="button" class="btn btn-danger" onClick=${() => steer(one.id, { what: "stop" })}><${Icon} name="x" size="small" />${t("lists.stop")}</button>`}
    <button type="button" class="btn" onClick=${() => results(one)}><${Icon} name="file-text" size="small" />${t("lists.results")}</button></div>
    ${one.open && one.state === "stopped" && html`<p class="strip tone-danger" role="status"><span class="grow">${t("lists.stoppedBy", { who: one.said_by })} ${t("lists.undoFor", { count: left })}</span><button type="button" class="btn btn-small" onClick=${() => steer(one.id, { what: "resume" })}><${Icon} name="undo-2" size="small" />${t("lists.undo")}</button></p>`}`;
}

/** How many at once and a minute; sent when it is said, not while it is typed. */
function Pace({ one }) {
  const [now, set] = useState({ at_once: one.at_once, per_minute: one.per_minute });
  useEffect(() => { set({ at_once: one.at_once, per_minute: one.per_minute }); }, [one.id, one.at_once, one.per_minute]);
  const changed = now.at_once !== one.at_once || now.per_minute !== one.per_minute;
  const field = (name, max) => html`<label class="lists-pace-field"><span>${t(`lists.field.${name}`)}</span><input class="field-input field-small" type="number" min="1" max=${max} value=${now[name]} onInput=${(event) => set({ ...now, [name]: Number(event.target.value) })} /></label>`;
  const send = async (event) => { event.preventDefault(); if (now.at_once >= 1 && now.per_minute >= 1 && await steer(one.id, { what: "pace", ...now })) toast(t("lists.paced")); };
  return html`<form class="lists-pace" onSubmit=${send}>${field("at_once", 100)}${field("per_minute", 600)}<button type="submit" class="btn btn-small" disabled=${!changed}>${t("lists.pace")}</button></form>`;
}

const BACK = ["skipped", "not_reached", "heard", "unknown", "reached", "replied", "not_tried"];

function Person({ who, live }) {
  return html`<tr><th scope="row" class="lists-figure">${who.place}</th><td><span class="lists-number">${who.number}</span>${who.name && html`<span class="cut lists-name" title=${who.name}>${who.name}</span>`}</td>
    <td><${Pill} tone=${TONES[who.state]}>${stateWord(who.state)}<//> <span class="small quiet">${[outcomeWord(who.outcome), who.answer].filter(Boolean).join(" · ")}</span></td>
    <td class="lists-figure">${who.attempt || ""}</td><td class="small quiet">${who.ended_at ? dayAndTime(who.ended_at, serverNow()) : who.next_at ? t("lists.next", { at: dayAndTime(who.next_at, serverNow()) }) : ""}</td>
    <td class="lists-acts">${who.request && may("page.desk") && html`<button type="button" class="btn btn-small btn-quiet" onClick=${() => openView({ request: who.request })}>${t("lists.request")}</button>`}
      ${live && who.state === "waiting" && html`<button type="button" class="btn btn-small btn-quiet" onClick=${() => steerPerson(who.id, "skip")}>${t("lists.skip")}</button>`}
      ${live && BACK.includes(who.state) && html`<button type="button" class="btn btn-small btn-quiet" onClick=${() => steerPerson(who.id, "back")}><${Icon} name="undo-2" size="small" />${t("lists.back")}</button>`}
      ${live && !["refused", "blocked"].includes(who.state) && html`<button type="button" class="btn btn-small btn-quiet" title=${t("lists.refuseWhy")} onClick=${() => steerPerson(who.id, "refuse")}>${t("lists.refuse")}</button>`}</td></tr>`;
}

function People({ one }) {
  const { status, items, more, state } = people.value;
  if (status === "failed") return html`<div class="empty"><p class="empty-title">${t("lists.away")}</p><button type="button" class="btn" onClick=${() => loadPeople(state)}>${t("action.retry")}</button></div>`;
  if (status === "loading") return html`<div class="history-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;
  if (!items.length) return html`<div class="empty"><p class="empty-title">${t("lists.nobody")}</p></div>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("lists.people")}><table class="table admin-table"><thead><tr>${["row", "who", "standing", "attempts", "when", "acts"].map((name) => html`<th scope="col" key=${name}>${t(`lists.head.${name}`)}</th>`)}</tr></thead>
    <tbody>${items.map((who) => html`<${Person} key=${who.id} who=${who} live=${one.open} />`)}</tbody></table></div>
    ${more && html`<div class="history-foot"><button type="button" class="btn btn-small" onClick=${morePeople}>${t("lists.more")}</button></div>`}`;
}

/** Whether a list that runs calls nobody at this hour or on this day of the clinic; whoever lives elsewhere may differ. */
function closedNow(one) {
  const now = serverNow();
  const weekday = String(new Date(isoDay(now)).getUTCDay() || 7);
  return one.open && one.state === "running" && !(one.days.includes(weekday) && clock(one.opens) <= time(now) && time(now) < clock(one.closes));
}

export function Detail() {
  const one = list();
  if (!one) return null;
  return html`<section class="card lists-detail" aria-label=${one.title}><div class="admin-form-head"><h2 class="card-title grow cut" title=${one.title}>${one.title}</h2><${Pill} tone=${LIST_TONES[one.state]} icon=${LIST_ICONS[one.state]}>${t(`lists.listState.${one.state}`)}<//>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => choose(null)}><${Icon} name="x" size="small" /></button></div>
    <${Bar} counts=${one.counts} legend chosen=${people.value.state} onChoose=${(state) => loadPeople(state)} />
    <${Buttons} one=${one} />${closedNow(one) && html`<p class="strip tone-warn" role="status"><${Icon} name="moon" size="small" /><span class="grow">${t("lists.closedNow", { days: [...one.days].map((day) => t(`lists.day.${day}`)).join(", "), from: clock(one.opens), to: clock(one.closes) })}</span></p>`}${one.open && one.state !== "done" && html`<${Pace} one=${one} />`}
    <${People} one=${one} /></section>`;
}
