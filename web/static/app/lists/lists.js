// Whom the clinic means to call: the lists, how far each is, the one that is looked at, who wants to be in none.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { may, titled } from "../boot.js";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { queueTitle } from "../names.js";
import { Dialog } from "../parts/dialog.js";
import { Icon, Pill } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { ask, choose, chosen, flows, list, lists, load, loadFlows, refusal, steer, watch } from "./asks.js";
import { Bar, Detail } from "./detail.js";
import { begin, Make } from "./make.js";
import { clock, LIST_ICONS, LIST_TONES, open, total } from "./words.js";

const refusals = signal(null); // {status, items, phone}

async function loadRefusals() {
  refusals.value = { phone: "", items: [], ...refusals.peek(), status: refusals.peek()?.status ?? "loading" };
  const answer = await ask("GET", "/no-lists");
  if (refusals.peek()) refusals.value = { ...refusals.peek(), status: answer.ok ? "ready" : "failed", items: answer.ok ? answer.data.items : [] };
}

async function refuse(event) {
  event.preventDefault();
  const answer = await ask("POST", "/no-lists", { phone: refusals.peek().phone }, crypto.randomUUID());
  if (!answer.ok) { toast(answer.status === 422 ? t("lists.badNumber") : refusal(answer), "danger"); return; }
  refusals.value = { ...refusals.peek(), phone: "" };
  await Promise.all([loadRefusals(), load()]);
}

async function lift(id) {
  const answer = await ask("POST", `/no-lists/${id}/lift`, {}, crypto.randomUUID());
  if (!answer.ok) toast(refusal(answer), "danger");
  await loadRefusals();
}

function Refusals() {
  const now = refusals.value;
  if (!now) return null;
  return html`<${Dialog} title=${t("lists.refusals")} onClose=${() => { refusals.value = null; }}><div class="admin-review"><p class="quiet">${t("lists.refusalsWhat")}</p>
    <form class="lists-refuse" onSubmit=${refuse}><label class="field grow"><span class="field-label">${t("lists.number")}</span><input class="field-input" type="tel" required maxlength="64" autocomplete="off" value=${now.phone} onInput=${(event) => { refusals.value = { ...refusals.peek(), phone: event.target.value }; }} /></label>
      <button type="submit" class="btn btn-primary">${t("lists.refuseAdd")}</button></form>
    ${now.status === "failed" && html`<p class="strip tone-danger" role="alert">${t("lists.away")}</p>`}
    ${now.status === "ready" && !now.items.length && html`<p class="quiet">${t("lists.noRefusals")}</p>`}
    ${now.items.length > 0 && html`<ul class="lists-refusals">${now.items.map((one) => html`<li key=${one.id}><span class="lists-number">${one.number}</span><span class="small quiet grow">${one.actor}, ${dayAndTime(one.at, serverNow())}</span>
      <button type="button" class="btn btn-small btn-quiet" onClick=${() => lift(one.id)}><${Icon} name="undo-2" size="small" />${t("lists.lift")}</button></li>`)}</ul>`}</div><//>`;
}

function Row({ one }) {
  const done = total(one.counts) - open(one.counts);
  const flow = flows.value.find((each) => each.name === one.flow);
  return html`<tr data-chosen=${chosen.value === one.id ? "true" : undefined}><th scope="row"><button type="button" class="row-opener lists-open" onClick=${() => choose(one.id)}>${one.title}</button>
      <span class="small quiet lists-sub">${t(`lists.source.${one.source}`)} · ${one.mode === "ivr" ? titled(flow?.title) || one.flow : queueTitle(one.queue)} · ${clock(one.opens)}–${clock(one.closes)}</span></th>
    <td><${Pill} tone=${LIST_TONES[one.state]} icon=${LIST_ICONS[one.state]}>${t(`lists.listState.${one.state}`)}<//></td>
    <td class="lists-progress"><${Bar} counts=${one.counts} /><span class="small quiet">${t("lists.progressOf", { done, all: total(one.counts) })}</span></td>
    <td class="small quiet">${dayAndTime(one.at, serverNow())}<br />${one.author}</td></tr>`;
}

function Table() {
  const { status, items } = lists.value;
  if (status === "failed") return html`<div class="empty" role="alert"><${Icon} name="triangle-alert" size="large" /><p class="empty-title">${t("lists.away")}</p><button type="button" class="btn" onClick=${load}>${t("action.retry")}</button></div>`;
  if (status === "loading") return html`<div class="history-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;
  if (!items.length) return html`<div class="empty"><${Icon} name="phone-outgoing" size="large" /><p class="empty-title">${t("lists.empty")}</p><p>${t("lists.emptyWhat")}</p>${may("lists.steer") && html`<button type="button" class="btn btn-primary" onClick=${begin}>${t("lists.new")}</button>`}</div>`;
  return html`${status === "old" && html`<p class="strip tone-warn" role="status">${t("lists.old")}</p>`}<div class="table-scroll" tabindex="0" role="region" aria-label=${t("title.lists")}><table class="table admin-table"><thead><tr>${["list", "state", "progress", "made"].map((name) => html`<th scope="col" key=${name}>${t(`lists.head.${name}`)}</th>`)}</tr></thead>
    <tbody>${items.map((one) => html`<${Row} key=${one.id} one=${one} />`)}</tbody></table></div>`;
}

const TURNS = { running: "pause", paused: "resume", stopped: "resume" };

export function Screen() {
  useEffect(() => { loadFlows(); return watch(); }, []);
  const turn = () => steer(list().id, { what: TURNS[list().state] });
  useKeys({ KeyN: { label: "lists.new", when: () => may("lists.steer"), run: begin }, KeyP: { label: "keys.pauseList", when: () => Boolean(list()?.open && TURNS[list().state]), run: turn },
    Escape: { label: "action.close", when: () => Boolean(list()), run: () => choose(null) } });
  return html`<main class="page lists"><div class="page-head"><h1 class="page-title grow">${t("title.lists")}</h1>
      <button type="button" class="btn" onClick=${loadRefusals}><${Icon} name="phone-off" size="small" />${t("lists.refusals")}</button>
      <button type="button" class="btn btn-primary" onClick=${begin}>${t("lists.new")}</button></div>
    <div class="lists-pair" data-open=${list() ? "true" : undefined}><section class="card table-card admin-list"><${Table} /></section><${Detail} /></div>
    <${Make} /><${Refusals} /></main>`;
}
