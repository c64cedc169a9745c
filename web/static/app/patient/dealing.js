// How a booking stands, in words nobody can take for «booked» while it is not.
import { Countdown } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { draftOf } from "../memory.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { dealsOf, dismiss, OPEN, release } from "./deals.js";
import { panel } from "./panel.js";
import { longAt, said, timeAt, wrong } from "./words.js";

const LOOKS = {
  sending: ["accent", "clock"], pending: ["warn", "clock"], unknown: ["warn", "triangle-alert"], booked: ["ok", "circle-check"], requested: ["accent", "clock"],
  refused: ["danger", "triangle-alert"], cancelled: ["ok", "check"], released: ["idle", "undo-2"], held: ["accent", "clock"],
};
const SAID = new Set(["conflict", "gone", "held", "mismatch", "not_sent"]);

/** The sentence of a deal: `deal.<action>.<status>`, and why when it failed. */
export function sentence(deal) {
  const what = deal.slot ?? deal.appointment ?? deal.visit;
  const of = deal.action === "move" && deal.visit ? { ...deal.visit } : what;
  const words = { what: what ? said(what) : "", from: of ? `${longAt(of.start, of.zone)}, ${timeAt(of.start, of.zone)}` : "" };
  if (deal.status === "refused") return `${t(`deal.${deal.action}.refused`, words)} ${SAID.has(deal.error) ? t(`deal.why.${deal.error}`) : wrong(deal.error)}`;
  if (deal.status === "held" || deal.status === "released") return t(`deal.${deal.status}`, words);
  return t(`deal.${deal.action}.${deal.status}`, words);
}

function intoNote(request, deal) {
  const draft = draftOf(request);
  const line = sentence(deal);
  draft.value = { ...draft.peek(), note: [draft.peek().note.trim(), line].filter(Boolean).join("\n"), restored: false };
  toast(t("deal.noted"));
}

/** One deal: its state, other times for who has lost, and what may be done about it. `again()` tries it once more. */
export function Deal({ request, deal, again, pick }) {
  const [tone, icon] = LOOKS[deal.status];
  const leave = () => release(request.id, deal.key);
  const over = !OPEN.has(deal.status) && deal.status !== "held";
  return html`<div class=${`deal tone-${tone}`} role=${deal.status === "refused" ? "alert" : "status"} data-status=${deal.status}><${Icon} name=${icon} /><div class="grow"><p class="deal-said">${sentence(deal)}</p>
      ${deal.status === "pending" && html`<p class="small">${t("deal.pendingWhy")} ${deal.expires_at && html`<${Countdown} at=${deal.expires_at} label=${t("deal.waits")} />`}</p>`}
      ${deal.status === "unknown" && html`<p class="small">${t("deal.unknownWhy")}</p>`}
      ${deal.status === "refused" && deal.alternatives?.length > 0 && html`<p class="small">${t("deal.instead")}</p>
        <div class="chips">${deal.alternatives.map((slot) => html`<button key=${slot.id} class="btn btn-small" type="button" disabled=${!canAct.value || !pick} onClick=${() => pick?.(slot)}>${said(slot)}</button>`)}</div>`}
      ${deal.status === "refused" && html`<div class="deal-do">${again && html`<button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${again}>${t("deal.again")}</button>`}
        <button class="btn btn-small" type="button" onClick=${() => intoNote(request.id, deal)}>${t("deal.toNote")}</button></div>`}</div>
    ${deal.status === "pending" && html`<button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${leave}>${t("deal.leave")}</button>`}
    ${over && html`<button class="btn btn-small btn-quiet btn-icon" type="button" aria-label=${t("action.close")} onClick=${() => dismiss(request.id, deal.key)}><${Icon} name="x" size="small" /></button>`}</div>`;
}

/** The deals of a request that the open panel does not show. */
export function Deals({ request }) {
  const own = panel.value?.request === request.id ? panel.value.key : "";
  const deals = dealsOf(request.id).value.filter((one) => one.key !== own && one.status !== "released" && one.status !== "held");
  return deals.length > 0 && html`<section class="deals" aria-label=${t("deal.title")}>${deals.map((one) => html`<${Deal} key=${one.key} request=${request} deal=${one} />`)}</section>`;
}
