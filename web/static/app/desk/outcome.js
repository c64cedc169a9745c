// Outcomes by their digit, then «outcome and next». The bar stays at the foot of the centre.
import { useEffect } from "preact/hooks";
import { boot, titled } from "../boot.js";
import { Countdown, secondsUntil } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { prolong } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { row } from "../live/store.js";
import { draftOf } from "../memory.js";
import { outcomes } from "../names.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { close, closing } from "./closing.js";
import { offlineWhy } from "./leaving.js";
import { saveNote } from "./note.js";

const SAVE_BEFORE = 2; // seconds before the engine ends the after-call work: what was chosen or written is sent by then
const UNDO_NEEDS = 8; // seconds the after-call work must still last for an undo to make sense

/** When the after-call work ends, or null when nothing limits it. */
export function wrapUpEnd(request) {
  if (request.status !== "wrap_up") return null;
  if (request.wrap_up_until) return request.wrap_up_until;
  const limit = row("queues", request.queue)?.wrap_up_s ?? boot.queues.find((queue) => queue.id === request.queue)?.wrap_up_s;
  return limit ? new Date(Date.parse(request.since) + limit * 1000).toISOString() : null;
}

/** How long it may still last, and half a minute more; `save` is called just before its end. */
function WrapUpClock({ request, save }) {
  const end = wrapUpEnd(request);
  const over = Boolean(end) && secondsUntil(end) <= SAVE_BEFORE;
  useEffect(() => { if (over) save(); }, [over]);
  useKeys({ Equal: { label: "keys.prolong", when: () => Boolean(end) && canAct.peek(), run: () => prolong(request) } });
  if (!end) return null;
  return html`<span class="outcome-clock tone-wrap toned"><${Icon} name="timer" size="small" />${t("outcome.left")} <${Countdown} at=${end} label=${t("outcome.left")} /></span>
    <button class="btn btn-small" type="button" disabled=${!canAct.value} title=${offlineWhy() ?? t("outcome.moreWhy")} onClick=${() => prolong(request)}>${t("outcome.more")}<kbd class="key">+</kbd></button>`;
}

export function Outcome({ request, talking, next }) {
  const draft = draftOf(request.id);
  const { outcome } = draft.value;
  const list = outcomes();
  const choose = (id) => { draft.value = { ...draft.peek(), outcome: draft.peek().outcome === id ? "" : id }; };
  // Read when asked, not when drawn: a digit and N may be faster than a frame.
  const reasonNow = () => offlineWhy() ?? (talking ? t("outcome.afterCall") : list.length && !draft.peek().outcome ? t("outcome.choose") : undefined);
  const reason = reasonNow();
  const safe = () => { const end = wrapUpEnd(request); return !end || secondsUntil(end) > UNDO_NEEDS; };
  const finish = (now) => {
    if (closing.peek()?.request.id === request.id) return; // pressed twice
    if (reasonNow()) { toast(reasonNow(), "warn"); return; }
    const { outcome: chosen, note } = draft.peek();
    close(request, chosen, note.trim(), now !== true && safe());
    next(request);
  };
  const save = () => (closing.peek()?.request.id === request.id ? undefined : draft.peek().outcome ? finish(true) : saveNote(request));
  const keys = Object.fromEntries(list.slice(0, 9).map((one, at) => [`Digit${at + 1}`, () => choose(one.id)]));
  useKeys({ ...keys, KeyN: { label: "keys.next", run: () => finish() } });
  return html`<section class="outcome" aria-label=${t("outcome.title")}>
    <div class="outcome-head"><h3 class="card-title">${t("outcome.title")}</h3><${WrapUpClock} request=${request} save=${save} /><span class="grow small quiet cut right">${reason}</span>
      <button class="btn btn-primary btn-small" type="button" disabled=${Boolean(reason)} title=${reason} onClick=${() => finish()}>${t("outcome.next")}<kbd class="key">N</kbd></button></div>
    <div class="outcome-list" role="group" aria-label=${t("outcome.title")}>${list.map((one, at) => html`<button key=${one.id} type="button" class="btn btn-small"
      aria-pressed=${outcome === one.id ? "true" : "false"} onClick=${() => choose(one.id)}>${at < 9 && html`<span class="outcome-digit">${at + 1}</span>`}${titled(one.title)}</button>`)}</div>
  </section>`;
}
