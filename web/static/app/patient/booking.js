// Booking, or moving a visit: choose, keep the time, book. Under the call bar and not over it: a caller can be put on hold
// meanwhile. Nothing here is shown before the MIS has said it (P7).
import { useEffect, useRef, useState } from "preact/hooks";
import { Clock, Countdown, second, secondsUntil, serverNow } from "../clock.js";
import { hourOf } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { canAct, services } from "../live/link.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { askSlots, sendBook, sendHold, sendMove } from "./asks.js";
import { Choice } from "./choice.js";
import { dealOf, dealsOf, OPEN, order, release } from "./deals.js";
import { Deal } from "./dealing.js";
import { watched } from "./emergency.js";
import { Grid } from "./grid.js";
import { knownOf } from "./known.js";
import { can, mis } from "./mis.js";
import { closePanel, dayAfter, enough, panel, today, turn, WEEK } from "./panel.js";
import { openWish } from "./wish.js";
import { isoAt, said, wrong } from "./words.js";

const OLD = 60; // seconds after which times are said to be old
const AGAIN = 30; // seconds between two looks of our own
const LOST = new Set(["conflict", "gone", "held"]); // somebody else has the time
const SHORT = 60; // seconds before the end of a hold in which it may be prolonged

/** The times of a query, asked anew when it changes and every half a minute while nobody's hand is in them. */
function useSlots(request, query, from, inside) {
  const [state, setState] = useState({ status: "idle", answer: null, why: "" });
  const asked = useRef(0);
  const name = JSON.stringify([query, from]);
  const load = async (quietly) => {
    if (!enough(query)) { setState({ status: "idle", answer: null, why: "" }); return; }
    const mine = ++asked.current;
    if (!quietly) setState((before) => ({ ...before, status: "loading" }));
    const [start, until] = [from, dayAfter(from, WEEK)].map((day) => new Date(hourOf(day, 0)).toISOString());
    const now = new Date(serverNow()).toISOString();
    const since = start < now ? now : start; // a time of this morning is no longer to be had
    const answer = await askSlots({ request, query: { ...query, since, until, limit: 200 } });
    if (mine !== asked.current) return;
    const failed = !answer.ok || (answer.error && !answer.slots.length);
    setState((before) => (failed ? { ...before, status: "failed", why: answer.ok ? answer.error : answer.why } : { status: "ready", answer, why: answer.error }));
  };
  useEffect(() => { setState({ status: "idle", answer: null, why: "" }); load(false); }, [name]);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && !inside.current && !document.activeElement?.dataset?.slot && canAct.peek()) load(true); }, AGAIN * 1000);
    return () => clearInterval(timer);
  }, [name]);
  const there = services.value.mis !== false && mis.value?.state === "ready";
  useEffect(() => { if (there && state.status === "failed") load(false); }, [there]); // it came back: nobody need press anything
  return { ...state, load: () => load(false), quietly: () => load(true) };
}

function Head({ visit, slots, from, close }) {
  const at = slots.answer?.as_of;
  const old = at && second.value - Date.parse(at) / 1000 > OLD;
  const first = from <= today();
  return html`<div class="patient-head"><h2 class="card-title">${t(visit ? "slots.moveTitle" : "slots.title")}</h2><span class="grow small quiet">${visit && said(visit)}</span>
    ${at && html`<span class=${`small ${old ? "tone-warn toned" : "quiet"}`}>${t(old ? "slots.old" : "slots.fresh")} <${Clock} since=${at} label=${t("slots.fresh")} /></span>`}
    <button class="btn btn-small btn-icon" type="button" aria-label=${t("slots.refresh")} disabled=${!canAct.value || slots.status === "loading" || slots.status === "idle"} onClick=${slots.load}>
      <${Icon} name="history" size="small" /></button>
    <button class="btn btn-small btn-icon" type="button" aria-label=${t("slots.earlier")} disabled=${first} onClick=${() => turn({ from: dayAfter(from, -WEEK) < today() ? today() : dayAfter(from, -WEEK) })}>
      <${Icon} name="chevron-right" size="back" /></button>
    <button class="btn btn-small btn-icon" type="button" aria-label=${t("slots.later")} onClick=${() => turn({ from: dayAfter(from, WEEK) })}><${Icon} name="chevron-right" size="small" /></button>
    <button class="btn btn-small btn-quiet btn-icon" type="button" aria-label=${t("action.close")} onClick=${close}><${Icon} name="x" size="small" /></button></div>`;
}

/** Nothing this week: the next free time, or a place on the waiting list. */
function None({ request, next, query, able }) {
  return html`<div class="slots-none"><p>${t("slots.none")}</p><div class="chips">
    ${next && html`<button class="btn btn-small" type="button" onClick=${() => turn({ from: isoAt(next.start, next.zone) })}>${t("slots.next", { what: said(next) })}</button>`}
    ${able && html`<button class="btn btn-small" type="button" aria-haspopup="dialog" onClick=${() => openWish(request.id, query)}>${t("wish.add")}</button>`}</div></div>`;
}

function Times({ request, slots, from, query, chosen, gone, pick, inside, able }) {
  if (slots.status === "idle" && !enough(query)) return html`<p class="slots-hint quiet">${t("slots.choose")}</p>`;
  if (!slots.answer && slots.status !== "failed") return html`<div class="slots-waiting" aria-hidden="true">${[0, 1, 2].map((at) => html`<div class="skeleton skeleton-late" key=${at}></div>`)}</div>`;
  const failed = slots.status === "failed" && html`<p class="mis-word tone-warn" role="status"><${Icon} name="plug-zap" size="small" /><span class="grow">${wrong(slots.why)} ${t(slots.answer ? "slots.stale" : "slots.failed")}</span>
    <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${slots.load}>${t("action.retry")}</button></p>`;
  if (!slots.answer) return failed;
  const days = Array.from({ length: WEEK }, (_, at) => dayAfter(from, at));
  return html`${failed}${slots.answer.slots.length ? html`<${Grid} slots=${slots.answer.slots} days=${days} chosen=${chosen} gone=${gone} pick=${pick} inside=${inside} />` : html`<${None} request=${request} next=${slots.answer.next_free} query=${query} able=${able} />`}
    ${!slots.answer.complete && html`<p class="small quiet">${t("slots.cut")}</p>`}`;
}

/** The time that is kept or chosen, and what may be done with it. */
function Foot({ visit, slot, deal, comment, setComment, book, leave, longer, request }) {
  const held = deal?.status === "held";
  const left = held && deal.expires_at ? secondsUntil(deal.expires_at) : Infinity;
  const whose = knownOf(request).value.card?.name; // his card may be scrolled away
  const box = useRef();
  useEffect(() => { box.current.scrollIntoView({ block: "nearest" }); }, [slot.id]);
  second.value;
  return html`<div class="slots-foot" ref=${box}><div class="slots-chosen">${whose && html`<p class="small quiet">${whose}</p>`}<p><span class="strong">${said(slot)}</span>${held && deal.expires_at && html` · ${t("slots.held")} <${Countdown} at=${deal.expires_at} label=${t("slots.held")} />`}</p>
      <label class="field"><span class="visually-hidden">${t("slots.comment")}</span>
        <input class="field-input field-small" maxlength="500" placeholder=${t("slots.comment")} value=${comment} onInput=${(event) => { setComment(event.target.value); watched(request, "comment", event.target.value); }} />
          </label></div>
    ${held && left <= SHORT && html`<button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${longer}>${t("slots.longer")}</button>`}
    <button class="btn" type="button" disabled=${!canAct.value} onClick=${leave}>${t("slots.release")}</button>
    <button class="btn btn-primary" type="button" disabled=${!canAct.value || (!held && !visit)} onClick=${book}>${t(visit ? "slots.move" : can("book") ? "slots.book" : "slots.request")}<kbd class="key">Ctrl ↵</kbd></button></div>`;
}

/** What may be done in the panel: keep a time, let it go, book or move. A double press is the same order. */
function useDealing(request, open, slots, comment) {
  const { visit, query, key, slot } = open;
  const deal = key ? dealOf(request.id, key) : null;
  const hold = async (next) => {
    const fresh = crypto.randomUUID();
    turn({ key: fresh, slot: next });
    const done = await order(request.id, { key: fresh, action: "book", slot: next }, () => sendHold({ request: request.id, key: fresh, slot: next }));
    if (done?.status === "refused") slots.quietly();
  };
  const leave = () => { if (deal?.status === "held") release(request.id, key).then(slots.quietly); turn({ key: "", slot: null }); };
  const pick = async (next) => {
    if (deal && OPEN.has(deal.status)) { toast(t("slots.wait"), "warn"); return; }
    if (!request.identified) { toast(t("slots.confirmFirst"), "warn"); return; }
    if (slot && next.id === slot.id && deal?.status !== "refused") { leave(); return; }
    if (deal?.status === "held") release(request.id, key);
    if (visit) { turn({ key: "", slot: next }); return; }
    hold(next);
  };
  const longer = async () => { await release(request.id, key); hold(slot); };
  const book = async () => {
    if (!slot || !canAct.peek() || (deal && OPEN.has(deal.status))) return;
    const mine = visit ? crypto.randomUUID() : key;
    if (!visit && deal?.status !== "held") return;
    turn({ key: mine });
    await (visit
      ? order(request.id, { key: mine, action: "move", slot, visit }, () => sendMove({ request: request.id, key: mine, visit, slot, comment: comment.trim() }))
      : order(request.id, { key: mine, action: "book", slot }, () => sendBook({ request: request.id, key: mine, slot, service: query.service, comment: comment.trim() })));
    slots.quietly();
  };
  return { deal, leave, pick, longer, book };
}

/** A time that is kept already, by this panel before or by a page that was reloaded, is shown again. */
function adopt(request) {
  const { key, visit, query } = panel.peek();
  const kept = dealsOf(request).peek().find((one) => one.status === "held" && one.slot);
  if (!kept || key || visit) return;
  turn({ key: kept.key, slot: kept.slot, from: isoAt(kept.slot.start, kept.slot.zone), query: enough(query) ? query : { ...query, doctor: kept.slot.doctor.id } });
}

/** Times that were lost a moment ago stay, struck, until they are looked at anew. */
const goneOf = (request, at) => new Set(dealsOf(request).value.filter((one) => one.status === "refused" && LOST.has(one.error) && one.slot && one.at > Date.parse(at ?? 0)).map((one) => one.slot.id));

export function Booking({ request }) {
  const open = panel.value;
  const { visit, query, from, slot } = open;
  const inside = useRef(false);
  const box = useRef();
  const [comment, setComment] = useState("");
  const slots = useSlots(request.id, query, from, inside);
  const { deal, leave, pick, longer, book } = useDealing(request, open, slots, comment);
  const choosing = slot && (!deal || deal.status === "held");
  useKeys({ "Ctrl+Enter": { label: "keys.book", when: () => Boolean(choosing), run: book } });
  useEffect(() => { box.current.scrollIntoView({ block: "start" }); box.current.focus({ preventScroll: true }); }, [visit?.id]);
  useEffect(() => adopt(request.id), [dealsOf(request.id).value.length]);
  useEffect(() => { if (deal?.status === "released" && slot) { toast(t("slots.ended"), "warn"); turn({ key: "", slot: null }); } }, [deal?.status]);
  useEffect(() => { box.current.querySelector(":scope > .deal")?.scrollIntoView({ block: "nearest" }); }, [deal?.key, deal?.status]); // the grid is tall
  const shut = (event) => { if (event.key === "Escape" && !event.defaultPrevented) { event.stopPropagation(); if (choosing) leave(); else closePanel(); } };
  const keys = (event) => { if (event.code === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); book(); } else shut(event); };
  const week = (more) => turn({ query: { ...query, ...more } });
  return html`<section class="card booking" ref=${box} tabindex="-1" aria-label=${t(visit ? "slots.moveTitle" : "slots.title")} onKeyDown=${keys}>
    <${Head} visit=${visit} slots=${slots} from=${from} close=${() => { leave(); closePanel(); }} />
    <${Choice} query=${query} put=${week} />
    ${!request.identified && html`<p class="small tone-warn toned">${t("slots.confirmFirst")}</p>`}
    <${Times} request=${request} slots=${slots} from=${from} query=${query} chosen=${choosing || (slot && OPEN.has(deal?.status)) ? slot.id : ""} gone=${goneOf(request.id, slots.answer?.as_of)} pick=${pick} inside=${inside} able=${request.identified} />
    ${choosing && html`<${Foot} request=${request.id} visit=${visit} slot=${slot} deal=${deal} comment=${comment} setComment=${setComment} book=${book} leave=${leave} longer=${longer} />`}
    ${deal && deal.status !== "held" && html`<${Deal} key=${deal.key} request=${request} deal=${deal} pick=${pick} again=${slot && deal.status === "refused" && !LOST.has(deal.error) ? () => (visit ? book() : pick(slot)) : undefined} />`}
  </section>`;
}
