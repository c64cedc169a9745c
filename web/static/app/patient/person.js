// The card of whom the operator confirmed: what may hurt first, then who may speak for him, then his visits.
import { useEffect, useRef, useState } from "preact/hooks";
import { second, serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Icon, Pill } from "../parts/icon.js";
import { first } from "../side/focus.js";
import { Candidates } from "./candidates.js";
import { disown, relationWord } from "./identify.js";
import { change, findCandidates, loadCard } from "./known.js";
import { slowAfter } from "./mis.js";
import { Visits } from "./visits.js";
import { Wishes } from "./wish.js";
import { age, bornOn, money, wrong } from "./words.js";

const FLAGS = {
  allergy: ["danger", "triangle-alert"], vip: ["accent", "user"], complaint: ["warn", "triangle-alert"], debt: ["warn", "triangle-alert"], no_calls: ["warn", "phone-off"],
  no_messages: ["warn", "bell-off"], no_ads: ["idle", "bell-off"], anonymous: ["warn", "user"], note: ["idle", "sticky-note"],
};
const RANK = Object.keys(FLAGS);
const ADULT = 18;

const Fact = ({ name, wide, children }) => children && html`<div class=${wide ? "fact fact-wide" : "fact"}><dt>${name}</dt><dd>${children}</dd></div>`;

const Flag = ({ flag }) => {
  const [tone, icon] = FLAGS[flag.kind] ?? FLAGS.note;
  const word = t(`patient.flag.${flag.kind}`);
  return html`<${Pill} tone=${tone} icon=${icon}>${flag.kind === "note" && flag.text ? flag.text : flag.text ? `${word}: ${flag.text}` : word}<//>`;
};

function policy(one) {
  const letter = one.needs_letter === true ? t("patient.letter") : "";
  const until = one.valid_until && t("patient.until", { day: bornOn(one.valid_until) });
  return [one.payer, one.number && t("patient.policy", { number: one.number }), one.programme, until, letter].filter(Boolean).join(" · ");
}

/** Who belongs to him; of a minor, who may speak for him today. */
function Relatives({ card }) {
  if (!card.relatives.length) return null;
  const minor = card.born && age(card.born) < ADULT;
  return html`<div class="relatives"><p class="field-label">${t(minor ? "patient.speaks" : "patient.relatives")}</p><ul>${card.relatives.map((one) => html`<li key=${one.id} class="relative">
    <span class="grow">${one.name}<span class="quiet small"> · ${[relationWord(one.relation), one.born && t("patient.bornYear", { year: one.born.slice(0, 4) })].filter(Boolean).join(" · ")}</span></span>
    ${one.relation === "guardian" && html`<${Pill} tone=${one.authority ? "ok" : "warn"} icon=${one.authority ? "check" : "triangle-alert"}>${t(one.authority ? "patient.may" : "patient.mayNot")}<//>`}
    ${one.relation === "guardian" && one.until && html`<span class="small quiet">${t("patient.until", { day: bornOn(one.until) })}</span>`}</li>`)}</ul></div>`;
}

/** Of a restricted card nothing is shown until somebody says what for; each opening is told to the supervisor. */
function Closed({ request }) {
  const [reason, setReason] = useState("");
  const open = (event) => { event.preventDefault(); if (reason.trim()) loadCard(request.id, reason.trim()); };
  return html`<form class="patient-closed" onSubmit=${open}><p class="mis-word tone-warn"><${Icon} name="triangle-alert" size="small" />${t("patient.closedWhy")}</p>
    <div class="patient-search"><label class="field grow"><span class="field-label">${t("patient.reason")}</span>
      <input class="field-input field-small" maxlength="200" ref=${first} value=${reason} onInput=${(event) => setReason(event.target.value)} /></label>
    <button class="btn btn-small btn-primary" type="submit" disabled=${!reason.trim() || !canAct.value}>${t("patient.open")}</button></div></form>`;
}

/** What is wrong with what is shown: old, merged, another name than the contact's, parts that did not come. */
function Doubts({ state, card, contact, retry }) {
  const family = (name) => name.trim().toLowerCase().replaceAll("\u0451", "\u0435").split(/\s+/)[0];
  const other = contact?.name && card.name && family(contact.name) !== family(card.name);
  const missing = card.missing.filter((one) => has(`patient.part.${one}`)).map((one) => t(`patient.part.${one}`));
  return html`${state.stale && html`<p class="mis-word tone-warn" role="status"><${Icon} name="clock" size="small" />
    <span class="grow">${t("patient.cardStale", { at: card.fetched_at ? dayAndTime(card.fetched_at, serverNow()) : "", why: state.error ? wrong(state.error) : "" })}</span>
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${retry}>${t("action.retry")}</button></p>`}
    ${card.replaced && html`<p class="mis-word tone-accent"><${Icon} name="link" size="small" />${t("patient.merged")}</p>`}
    ${other && html`<p class="mis-word tone-warn"><${Icon} name="triangle-alert" size="small" />${t("patient.otherName", { name: contact.name })}</p>`}
    ${card.deceased && html`<p class="mis-word tone-idle"><${Icon} name="user" size="small" />${t("patient.deceasedWhy")}</p>`}
    ${missing.length > 0 && html`<p class="small quiet">${t("patient.missing", { what: missing.join(", ") })}</p>`}`;
}

function Whole({ request, state, card, contact }) {
  const flags = [...card.flags].sort((a, b) => RANK.indexOf(a.kind) - RANK.indexOf(b.kind));
  const debt = card.balance !== null && Number(card.balance) < 0;
  return html`${flags.length > 0 && html`<div class="flags">${flags.map((one, at) => html`<${Flag} key=${at} flag=${one} />`)}</div>`}
    <${Doubts} state=${state} card=${card} contact=${contact} retry=${() => loadCard(request.id)} />
    <dl class="facts">
      <${Fact} name=${t("patient.bornLabel")}>${card.born && t("patient.bornOn", { day: bornOn(card.born), age: t("patient.age", { count: age(card.born) }) })}<//>
      <${Fact} name=${t("patient.card")}>${card.card_number && t("patient.cardNo", { number: card.card_number })}<//>
      <${Fact} name=${t("patient.doctor")}>${card.doctor?.name}<//>
      <${Fact} name=${t("patient.balance")}>${card.balance !== null && html`<span class=${debt ? "tone-warn toned" : ""}>${money(card.balance, card.currency)}</span>`}<//>
      ${card.insurance.map((one, at) => html`<${Fact} key=${at} wide=${true} name=${t("patient.insurance")}>${policy(one)}<//>`)}
    </dl>
    <${Relatives} card=${card} />
    <${Visits} request=${request} card=${card} />
    <${Wishes} request=${request} wishes=${state.wishes} />`;
}

export function Confirmed({ request, state, contact }) {
  const [leaving, setLeaving] = useState(false);
  useEffect(() => { if (state.cardStatus === "empty") loadCard(request.id); }, [state.cardStatus]);
  // The request has moved on: somebody else may have said meanwhile that it is about another patient.
  const seen = useRef(request.version);
  useEffect(() => { if (seen.current !== request.version) { seen.current = request.version; loadCard(request.id); } }, [request.version]);
  const { card, cardStatus, cardSince, error } = state;
  const waits = cardStatus === "loading" && !card ? second.value - Math.floor(cardSince / 1000) : 0;
  const closed = card?.restricted && card.missing.length > 0 && !card.name;
  const title = closed ? t("patient.restricted") : card?.name;
  const away = async () => { setLeaving(true); await disown(request); setLeaving(false); };
  const others = () => { change(request.id, { others: !state.others, chosen: null }); if (!state.lookup) findCandidates(request.id); };
  const speaker = card && !card.deceased && !closed && card.born && age(card.born) >= ADULT ? { id: card.replaced || card.id, name: card.name } : null;
  return html`<section class="card patient" aria-label=${t("patient.title")}>
    <div class="patient-head"><h2 class="patient-name grow">${title ?? t("patient.title")}</h2>
      ${card && !closed && html`<${Pill} tone="ok" icon="check">${t("patient.confirmed")}<//>`}
      ${card?.restricted && html`<${Pill} tone="warn" icon="triangle-alert">${t("patient.closed")}<//>`}
      ${card?.deceased && html`<${Pill} tone="idle">${t("patient.deceased")}<//>`}
      <button class="btn btn-small btn-quiet" type="button" aria-expanded=${state.others ? "true" : "false"} onClick=${others}>${t("patient.others")}</button>
      <button class="btn btn-small btn-quiet" type="button" disabled=${leaving || !canAct.value} onClick=${away}>${t("patient.disown")}</button></div>
    ${!card && cardStatus !== "failed" && (waits >= Math.max(1, slowAfter.value) ? html`<p class="mis-word tone-warn" role="status"><${Icon} name="clock" size="small" />${t("patient.slow", { count: waits })}</p>`
      : html`<div class="card-waiting skeleton-late" aria-hidden="true"><div class="skeleton"></div><div class="skeleton"></div></div>`)}
    ${!card && cardStatus === "failed" && html`<p class="mis-word tone-warn" role="status"><${Icon} name="plug-zap" size="small" /><span class="grow">${wrong(error)} ${t("patient.cardDown")}</span>
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => loadCard(request.id)}>${t("action.retry")}</button></p>`}
    ${card && (closed ? html`<${Closed} request=${request} />` : html`<${Whole} request=${request} state=${state} card=${card} contact=${contact} />`)}
  </section>${state.others && html`<${Candidates} request=${request} state=${state} speaker=${speaker} />`}`;
}
