// Promise somebody a call: whom, in which queue, when, what about. Before it is promised the engine says what his clock
// shows then, whether that is a quiet hour of his, and what he is promised already.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { me, titled } from "../boot.js";
import { serverNow } from "../clock.js";
import { dayAndTime, isoDay, momentOf, time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { order } from "../live/commands.js";
import { ask, canAct } from "../live/link.js";
import { row } from "../live/store.js";
import { queues, whoOf } from "../names.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { view } from "../view.js";

const ASK_AFTER = 350; // ms after the last key: a number is asked about once, not at each digit
const FEWEST_DIGITS = 7;
const HOUR = 3600000;
const BY_PHONE = new Set(["missed_call", "callback", "voicemail"]);
const subject = signal(null);

/** Open the dialog for the person of a request, or for a number to be typed. */
export const promiseCall = (request = null) => { subject.value = { request }; };

/** What the engine says of it: null while nothing can be asked, else its answer; `asking` while it is under way. */
function useBounds(wanted) {
  const [state, setState] = useState({ asking: false, answer: null });
  const key = wanted && JSON.stringify(wanted);
  useEffect(() => {
    if (!key) { setState({ asking: false, answer: null }); return undefined; }
    let live = true;
    setState((old) => ({ ...old, asking: true }));
    const timer = setTimeout(async () => {
      try {
        const answer = await ask("callback_bounds", JSON.parse(key));
        if (live) setState({ asking: false, answer });
      } catch { // the engine will say it again when the call is promised
        if (live) setState({ asking: false, answer: null });
      }
    }, ASK_AFTER);
    return () => { live = false; clearTimeout(timer); };
  }, [key]);
  return state;
}

const said = (icon, tone, words) => html`<p class=${`promise-said ${tone ? `tone-${tone} toned` : ""}`}><${Icon} name=${icon} size="small" /><span>${words}</span></p>`;

function Bounds({ answer, at }) {
  if (!answer?.ok) return null;
  if (!answer.callable) return said("phone-off", "danger", t("promise.notCallable"));
  const [first, last] = [answer.clocks[0], answer.clocks.at(-1)];
  const clock = first === last ? first : t("promise.between", { first, last });
  const later = answer.next_at && Date.parse(answer.next_at) > (at ?? serverNow()) + 60000;
  const then = answer.next_at && dayAndTime(answer.next_at, serverNow());
  return html`${!answer.own && said("clock", "", t(at ? "promise.clockThen" : "promise.clockNow", { clock }))}
    ${answer.quiet && said("moon", "warn", t("promise.quiet", { time: then }))}
    ${!answer.quiet && later && said("calendar-clock", "warn", t("promise.closed", { time: then }))}
    ${answer.promised && said("undo-2", "", t("promise.already", { number: answer.promised }))}`;
}

function When({ at, setAt }) {
  const start = at ?? serverNow() + HOUR;
  const [date, setDate] = useState(isoDay(start));
  const [clock, setClock] = useState(time(start));
  const put = (day, hour) => { setDate(day); setClock(hour); setAt(day && hour ? momentOf(day, hour) : NaN); };
  return html`<fieldset class="settings-choice"><legend class="field-label">${t("promise.when")}</legend>
    <div class="chips"><button class="btn btn-small" type="button" aria-pressed=${at === null ? "true" : "false"} onClick=${() => setAt(null)}>${t("promise.asap")}</button>
      <button class="btn btn-small" type="button" aria-pressed=${at === null ? "false" : "true"} onClick=${() => put(date, clock)}>${t("promise.atTime")}</button></div>
    ${at !== null && html`<div class="pair promise-when"><label class="field"><span class="field-label">${t("postpone.day")}</span>
        <input class="field-input" type="date" required min=${isoDay(serverNow())} value=${date} onInput=${(event) => put(event.target.value, clock)} /></label>
      <label class="field"><span class="field-label">${t("promise.clinicTime")}</span><input class="field-input" type="time" required value=${clock} onInput=${(event) => put(date, event.target.value)} /></label></div>`}
  </fieldset>`;
}

function Ask({ request, close }) {
  const mine = queues();
  const own = row("operators", me.operator)?.queues?.[0];
  const [phone, setPhone] = useState("");
  const [queue, setQueue] = useState(request?.queue || own || mine[0]?.id || "");
  const wished = request?.callback?.next_at && Date.parse(request.callback.next_at) > serverNow() ? Date.parse(request.callback.next_at) : null;
  const [at, setAt] = useState(wished);
  const [note, setNote] = useState("");
  const [sending, setSending] = useState(false);
  const digits = phone.replace(/\D/g, "").length;
  const past = at !== null && !(at > serverNow());
  const whose = request ? { request: request.id } : { phone };
  const wanted = (request || digits >= FEWEST_DIGITS) && !past ? { ...whose, queue, ...(at !== null && { when: new Date(at).toISOString() }) } : null;
  const { asking, answer } = useBounds(wanted);
  const bad = answer?.ok && !answer.callable;
  const send = async (event) => {
    event.preventDefault();
    if (sending || !wanted || bad) return;
    setSending(true);
    const done = await order("callback", { ...wanted, note: note.trim(), ...(request && { version: request.version }) });
    setSending(false);
    if (!done.ok) return; // the refusal has been said; what was typed stays
    toast(t("promise.done", { time: answer?.next_at && Date.parse(answer.next_at) > serverNow() + 60000 ? dayAndTime(answer.next_at, serverNow()) : t("promise.asap").toLowerCase() }));
    if (request && BY_PHONE.has(request.kind) && request.owner === me.operator && view.value?.request === request.id) view.value = null;
    close();
  };
  return html`<${Dialog} title=${t("promise.title")} onClose=${close}><form class="stack" onSubmit=${send}>
    ${request ? html`<p class="promise-whom"><${Icon} name="undo-2" /><span class="strong">${whoOf(request)}</span> <span class="quiet">${t("request.number", { number: request.number })}</span></p>`
    : html`<label class="field"><span class="field-label">${t("promise.phone")}</span><input class="field-input" type="tel" autofocus autocomplete="off" required maxlength="40" value=${phone} onInput=${(event) => setPhone(event.target.value)} /></label>`}
    <${When} at=${at} setAt=${setAt} />
    <label class="field"><span class="field-label">${t("promise.queue")}</span><select class="field-input" value=${queue} onChange=${(event) => setQueue(event.target.value)}>
      ${mine.map((one) => html`<option key=${one.id} value=${one.id}>${titled(one.title)}</option>`)}</select></label>
    <label class="field"><span class="field-label">${t("promise.note")}</span><textarea class="field-input" rows="2" maxlength="4000" value=${note} onInput=${(event) => setNote(event.target.value)}></textarea></label>
    <div class="promise-bounds" role="status" aria-busy=${asking ? "true" : "false"}>${past ? said("triangle-alert", "danger", t("refused.bad_time")) : html`<${Bounds} answer=${answer} at=${at} />`}</div>
    <div class="dialog-foot"><button class="btn" type="button" onClick=${close}>${t("action.cancel")}</button>
      <button class="btn btn-primary" type="submit" disabled=${!canAct.value || sending || !wanted || bad}>${t("promise.do")}</button></div>
  </form><//>`;
}

/** Where the dialog stands: once for the page. */
export const PromiseHost = () => subject.value && html`<${Ask} key=${subject.value.request?.id ?? ""} request=${subject.value.request} close=${() => { subject.value = null; }} />`;
