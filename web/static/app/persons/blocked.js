// Numbers nobody is to call back, for supervisors: masked, why, until when, and taken off again.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { order } from "../live/commands.js";
import { ask, canAct, everLive } from "../live/link.js";
import { operatorTitle } from "../names.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { blockNumber } from "./block.js";

const state = signal({ status: "idle", items: [] });
let asked = 0;

async function load() {
  const mine = ++asked;
  state.value = { ...state.peek(), status: "loading" };
  let next;
  try {
    const answer = await ask("blocked", {});
    next = answer.ok ? { status: "ready", items: answer.items } : { ...state.peek(), status: "failed" };
  } catch {
    next = { ...state.peek(), status: "failed" };
  }
  if (mine === asked) state.value = next;
}

async function unblock(one) {
  const answer = await order("unblock", { block: one.id });
  if (answer.ok) toast(t("blocked.undone"));
  load();
}

const Row = ({ one }) => html`<tr><th scope="row"><span class="request-who"><${Icon} name="phone-off" size="small" /><span>${one.phone}</span></span></th>
  <td class="small">${one.reason || html`<span class="quiet">—</span>`}</td><td class="small">${operatorTitle(one.actor)}</td><td class="small">${dayAndTime(one.at, serverNow())}</td>
  <td class="small">${one.until ? dayAndTime(one.until, serverNow()) : t("blocked.for_ever")}</td>
  <td class="right"><button class="btn btn-small" type="button" disabled=${!canAct.value} aria-label=${t("blocked.undoOf", { number: one.phone })} onClick=${() => unblock(one)}>${t("blocked.undo")}</button></td></tr>`;

const HEADS = ["number", "why", "who", "since", "until"];

export function BlockedNumbers() {
  useEffect(() => { if (everLive.value) load(); }, [everLive.value]);
  const { status, items } = state.value;
  const busy = status === "loading" || status === "idle";
  return html`<section class="card table-card" id="blocked"><div class="card-head"><h2 class="card-title">${t("blocked.title")}</h2><span class="grow"></span>
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => blockNumber(null, load)}><${Icon} name="phone-off" size="small" />${t("blocked.add")}</button></div>
    <div class="table-scroll" tabindex="0" role="region" aria-label=${t("blocked.title")} aria-busy=${busy ? "true" : "false"}>
      ${status === "failed" && html`<div class="empty empty-low" role="status"><${Icon} name="triangle-alert" size="large" /><p>${t("blocked.failed")}</p><button class="btn btn-small" type="button" onClick=${load}>${t("action.retry")}</button></div>`}
      ${busy && !items.length && html`<div class="skeleton skeleton-late" aria-hidden="true"></div>`}
      ${status === "ready" && !items.length && html`<div class="empty empty-low"><${Icon} name="circle-check" size="large" /><p>${t("blocked.none")}</p></div>`}
      ${status !== "failed" && items.length > 0 && html`<table class="table"><thead><tr>${HEADS.map((name) => html`<th scope="col" key=${name}>${t(`blocked.${name}`)}</th>`)}<th scope="col"><span class="visually-hidden">${t("people.act")}</span></th></tr></thead>
        <tbody>${items.map((one) => html`<${Row} key=${one.id} one=${one} />`)}</tbody></table>`}</div></section>`;
}
