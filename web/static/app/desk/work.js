// What may be done with the request in hand: take, postpone, hand over, note, outcome. Only what works is drawn.
import { useEffect, useRef } from "preact/hooks";
import { boot, me, titled } from "../boot.js";
import { clinicHour, time } from "../format.js";
import { Countdown, second, serverNow } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { addNote, complete, postpone, take, transfer } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { rows } from "../live/store.js";
import { draftOf, dropDraft } from "../memory.js";
import { Icon } from "../parts/icon.js";
import { Menu, MenuItem, MenuTitle } from "../parts/menu.js";
import { stateWord } from "../parts/presence.js";
import { toast } from "../parts/toast.js";
import { view } from "../view.js";
import { takeable } from "./list.js";

const MINUTE = 60000;
const why = () => (canAct.value ? undefined : t("refused.offline"));

/** The moments one usually asks to be called at. */
function moments() {
  const now = serverNow();
  const evening = clinicHour(now, 0, 18);
  return [[now + 15 * MINUTE, t("postpone.minutes", { count: 15 })], [now + 60 * MINUTE, t("postpone.hour")],
    evening > now + 30 * MINUTE && [evening, t("postpone.today", { time: time(evening) })],
    [clinicHour(now, 1, 9), t("postpone.tomorrow", { time: time(clinicHour(now, 1, 9)) })]].filter(Boolean);
}

async function leave(promise, request, word) {
  const answer = await promise;
  if (!answer.ok) return;
  dropDraft(request.id);
  toast(word);
  if (view.value?.request === request.id) view.value = null;
}

function Postpone({ request, note }) {
  return html`<${Menu} className="btn btn-small" name=${t("action.postpone")} disabled=${!canAct.value} title=${why()}
      label=${html`<${Icon} name="calendar-clock" size="small" />${t("action.postpone")}`}>
    ${moments().map(([at, text]) => html`<${MenuItem} key=${at} onClick=${() => leave(postpone(request, at, note), request, t("done.postponed", { time: time(at) }))}>${text}<//>`)}
  <//>`;
}

function HandOver({ request, note }) {
  const give = (to, title) => leave(transfer(request, to, note), request, t("done.transferred", { to: title }));
  const people = [...rows("operators").values()].filter((one) => one.id !== me.operator && one.presence !== "offline");
  return html`<${Menu} className="btn btn-small" name=${t("action.transfer")} disabled=${!canAct.value} title=${why()}
      label=${html`<${Icon} name="arrow-right-left" size="small" />${t("action.transfer")}`}>
    <${MenuTitle}>${t("transfer.queue")}<//>
    ${boot.queues.map((queue) => html`<${MenuItem} key=${queue.id} disabled=${queue.id === request.queue} onClick=${() => give({ to_queue: queue.id }, titled(queue.title))}>
      <${Icon} name="layers" />${titled(queue.title)}<//>`)}
    ${people.length > 0 && html`<${MenuTitle}>${t("transfer.operator")}<//>`}
    ${people.map((one) => {
      const { key } = operatorState(one);
      return html`<${MenuItem} key=${one.id} onClick=${() => give({ to_operator: one.id }, titled(one.title))}><span class=${`dot tone-${OPERATOR_STATES[key].tone}`}></span>
        <span class="grow">${titled(one.title)}</span><span class="quiet small">${stateWord(one, key)}</span><//>`;
    })}
  <//>`;
}

/** Take it, or, when it is mine, put it aside or give it away. */
export function Actions({ request }) {
  const note = draftOf(request.id).value.note;
  if (takeable(request)) {
    return html`<div class="actions"><button class="btn btn-primary" type="button" disabled=${!canAct.value} title=${why()} onClick=${() => take(request)}>
      <${Icon} name="check" />${t("action.take")}<kbd class="key">Enter</kbd></button></div>`;
  }
  if (request.owner !== me.operator || request.kind === "call" || request.status !== "in_progress") return null;
  return html`<div class="actions"><${Postpone} request=${request} note=${note} /><${HandOver} request=${request} note=${note} /></div>`;
}

/** Save the draft of a note; what was typed meanwhile stays a draft. */
async function saveNote(request) {
  const draft = draftOf(request.id);
  const text = draft.peek().note.trim();
  if (!text || !(await addNote(request, text)).ok) return;
  if (draft.peek().note.trim() === text) draft.value = { ...draft.peek(), note: "" };
  toast(t("done.noted"));
}

export function Note({ request }) {
  const field = useRef();
  const draft = draftOf(request.id);
  const { note } = draft.value;
  useKeys({ KeyR: () => field.current?.focus() });
  const save = () => saveNote(request);
  const onKeyDown = (event) => {
    if (event.code === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); }
    if (event.key === "Escape") field.current.blur();
  };
  return html`<section class="card note"><label class="field"><span class="field-label">${t("note.label")}</span>
      <textarea ref=${field} class="field-input" rows="3" maxlength="4000" placeholder=${t("note.placeholder")} value=${note} onKeyDown=${onKeyDown}
        onInput=${(event) => { draft.value = { ...draft.value, note: event.target.value }; }}></textarea></label>
    <div class="note-foot"><span class="grow small quiet">${note.trim() ? html`<span class="tone-warn toned">● ${t("note.unsaved")}</span>` : t("note.why")}</span>
      <button class="btn btn-small" type="button" disabled=${!note.trim() || !canAct.value} title=${why()} onClick=${save}>${t("note.save")}<kbd class="key">Ctrl ↵</kbd></button></div>
  </section>`;
}

const SAVE_BEFORE = 2; // seconds before the engine ends the after-call work: what was chosen or written is sent by then

/** How long the after-call work may still last, when the queue limits it; `save` is called just before its end. */
function WrapUpClock({ request, save }) {
  const limit = boot.queues.find((queue) => queue.id === request.queue)?.wrap_up_s;
  const limited = request.status === "wrap_up" && limit;
  const over = limited && Date.parse(request.since) / 1000 + limit - second.value <= SAVE_BEFORE;
  useEffect(() => { if (over) save(); }, [over]);
  if (!limited) return null;
  const end = new Date(Date.parse(request.since) + limit * 1000).toISOString();
  return html`<span class="outcome-clock tone-wrap toned"><${Icon} name="timer" size="small" />${t("outcome.left")} <${Countdown} at=${end} label=${t("outcome.left")} /></span>`;
}

/** Outcomes by their digit, then «outcome and next». The bar stays at the foot of the centre. */
export function Outcome({ request, talking, next }) {
  const draft = draftOf(request.id);
  const { outcome } = draft.value;
  const choose = (id) => { draft.value = { ...draft.peek(), outcome: draft.peek().outcome === id ? "" : id }; };
  // Read when asked, not when drawn: a digit and N may be faster than a frame.
  const reasonNow = () => why() ?? (talking ? t("outcome.afterCall") : draft.peek().outcome ? undefined : t("outcome.choose"));
  const reason = reasonNow();
  const finish = async () => {
    if (reasonNow()) { toast(reasonNow(), "warn"); return; }
    const { outcome: chosen, note } = draft.peek();
    const answer = await complete(request, chosen, note.trim());
    if (!answer.ok) return;
    dropDraft(request.id);
    toast(t("done.completed", { outcome: titled(boot.outcomes.find((one) => one.id === chosen)?.title) }));
    next(request);
  };
  const save = () => (draft.peek().outcome ? finish() : saveNote(request));
  const keys = Object.fromEntries(boot.outcomes.slice(0, 9).map((one, at) => [`Digit${at + 1}`, () => choose(one.id)]));
  useKeys({ ...keys, KeyN: finish });
  return html`<section class="outcome" aria-label=${t("outcome.title")}>
    <div class="outcome-head"><h3 class="card-title">${t("outcome.title")}</h3><${WrapUpClock} request=${request} save=${save} /><span class="grow"></span>
      <button class="btn btn-primary btn-small" type="button" disabled=${Boolean(reason)} title=${reason} onClick=${finish}>${t("outcome.next")}<kbd class="key">N</kbd></button></div>
    <div class="outcome-list" role="group" aria-label=${t("outcome.title")}>${boot.outcomes.map((one, at) => html`<button key=${one.id} type="button" class="btn btn-small"
      aria-pressed=${outcome === one.id ? "true" : "false"} onClick=${() => choose(one.id)}>${at < 9 && html`<span class="outcome-digit">${at + 1}</span>`}${titled(one.title)}</button>`)}</div>
  </section>`;
}
