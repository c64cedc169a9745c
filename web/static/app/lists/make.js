// A new list: whom (a file, or the MIS's calls to confirm), by whom (operators, a flow), when, how fast.
import { signal } from "@preact/signals";
import { titled } from "../boot.js";
import { serverNow } from "../clock.js";
import { hourOf, isoDay } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { queues } from "../names.js";
import { Dialog } from "../parts/dialog.js";
import { toast } from "../parts/toast.js";
import { ask, choose, flows, lists, load, loadFlows, refusal } from "./asks.js";
import { columnsBody, File, source } from "./file.js";

const DAYS = ["1", "2", "3", "4", "5", "6", "7"];
export const making = signal(null);
const trouble = signal("");
const sending = signal(false);

export function begin() {
  source.value = { status: "none" };
  trouble.value = "";
  loadFlows();
  making.value = {
    key: crypto.randomUUID(), from: "file", title: "", mode: "operator", queue: queues()[0]?.id ?? "", flow: "", opens: "10:00", closes: "20:00",
    days: "123456", until: "", at_once: 5, per_minute: 10, attempts: 3, again_min: 60, running: true,
  };
}

const set = (change) => { making.value = { ...making.peek(), ...change }; trouble.value = ""; };

/** What is missing yet, as a key; empty when it may be made. */
function lacking(now) {
  if (now.from === "file" && source.value.status !== "ready") return "lists.need.file";
  if (now.from === "file" && source.value.reading.good - source.value.reading.unwanted - source.value.reading.blocked <= 0) return "lists.need.people";
  if (now.from === "mis" && !lists.value.toConfirm) return "lists.need.mis";
  if (!now.title.trim()) return "lists.need.title";
  if (now.mode === "ivr" && !now.flow) return "lists.need.flow";
  if (!now.days) return "lists.need.days";
  return now.opens >= now.closes ? "lists.need.hours" : "";
}

async function make(event) {
  event.preventDefault();
  const now = making.peek();
  const why = lacking(now);
  if (why || sending.peek()) { trouble.value = why ? t(why) : ""; return; }
  sending.value = true;
  const day = now.until || (now.from === "mis" ? isoDay(serverNow()) : "");
  const answer = await ask("POST", "/lists", {
    title: now.title, mode: now.mode, queue: now.mode === "operator" ? now.queue : "", flow: now.mode === "ivr" ? now.flow : "", opens: now.opens, closes: now.closes, days: now.days,
    at_once: now.at_once, per_minute: now.per_minute, attempts: now.attempts, again_min: now.again_min, running: now.running,
    ends_at: day ? new Date(hourOf(day, 23) + 3599000).toISOString() : null,
    ...(now.from === "mis" ? { mis: true } : { file: source.peek().file, columns: columnsBody() }),
  }, now.key);
  sending.value = false;
  if (!answer.ok) { trouble.value = refusal(answer); return; }
  making.value = null;
  source.value = { status: "none" };
  toast(t("lists.made"));
  await load();
  choose(answer.data.id);
}

const Number_ = ({ name, now, min, max }) => html`<label class="field"><span class="field-label">${t(`lists.field.${name}`)}</span><input class="field-input field-small" type="number" required min=${min} max=${max} value=${now[name]}
  onInput=${(event) => set({ [name]: Math.max(min, Math.min(max, Number(event.target.value) || min)) })} /></label>`;

const Pick = ({ name, value, checked, label, hint }) => html`<label class="lists-pick" data-on=${checked ? "" : undefined}><input type="radio" name=${name} value=${value} checked=${checked} onChange=${() => set({ [name]: value })} /><span><b>${label}</b>
  <span class="small quiet">${hint}</span></span></label>`;

function When({ now }) {
  return html`<fieldset class="admin-group"><legend class="lists-legend">${t("lists.when")}</legend><div class="lists-fields">
    <label class="field"><span class="field-label">${t("lists.field.opens")}</span><input class="field-input field-small" type="time" required value=${now.opens} onInput=${(event) => set({ opens: event.target.value })} /></label>
    <label class="field"><span class="field-label">${t("lists.field.closes")}</span><input class="field-input field-small" type="time" required value=${now.closes} onInput=${(event) => set({ closes: event.target.value })} /></label>
    <label class="field"><span class="field-label">${t("lists.field.until")}</span><input class="field-input field-small" type="date" min=${isoDay(serverNow())} value=${now.until} onInput=${(event) => set({ until: event.target.value })} /></label></div>
    <div class="lists-days" role="group" aria-label=${t("lists.field.days")}>${DAYS.map((day) => html`<label key=${day} class="admin-check"><input type="checkbox" checked=${now.days.includes(day)}
      onChange=${(event) => set({ days: DAYS.filter((one) => (one === day ? event.target.checked : now.days.includes(one))).join("") })} /><span>${t(`lists.day.${day}`)}</span></label>`)}</div>
    <p class="small quiet">${t("lists.ownDay")}</p></fieldset>`;
}

export function Make() {
  const now = making.value;
  if (!now) return null;
  return html`<${Dialog} wide title=${t("lists.new")} onClose=${() => { making.value = null; }}><form class="lists-make" onSubmit=${make} noValidate>
    <fieldset class="admin-group"><legend class="lists-legend">${t("lists.whom")}</legend><div class="lists-picks">
      <${Pick} name="from" value="file" checked=${now.from === "file"} label=${t("lists.from.file")} hint=${t("lists.from.fileHint")} />
      <${Pick} name="from" value="mis" checked=${now.from === "mis"} label=${t("lists.from.mis", { count: lists.value.toConfirm })} hint=${t("lists.from.misHint")} /></div>
      ${now.from === "file" && html`<${File} />`}</fieldset>
    <label class="field"><span class="field-label">${t("lists.field.title")}</span><input class="field-input" required maxlength="80" value=${now.title} onInput=${(event) => set({ title: event.target.value })} /></label>
    <fieldset class="admin-group"><legend class="lists-legend">${t("lists.byWhom")}</legend><div class="lists-picks">
      <${Pick} name="mode" value="operator" checked=${now.mode === "operator"} label=${t("lists.mode.operator")} hint=${t("lists.mode.operatorHint")} />
      <${Pick} name="mode" value="ivr" checked=${now.mode === "ivr"} label=${t("lists.mode.ivr")} hint=${t("lists.mode.ivrHint")} /></div>
      <div class="lists-fields">${now.mode === "operator" ? html`<label class="field"><span class="field-label">${t("lists.field.queue")}</span><select class="field-input field-small" onChange=${(event) => set({ queue: event.target.value })}>
          ${queues().map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === now.queue}>${titled(one.title)}</option>`)}</select></label>`
        : html`<label class="field"><span class="field-label">${t("lists.field.flow")}</span><select class="field-input field-small" onChange=${(event) => set({ flow: event.target.value })}><option value="" selected=${!now.flow}>${t("lists.column.none")}</option>
          ${flows.value.map((one) => html`<option key=${one.name} value=${one.name} selected=${one.name === now.flow}>${titled(one.title) || one.name}</option>`)}</select></label>
          <${Number_} name="attempts" now=${now} min=${1} max=${10} /><${Number_} name="again_min" now=${now} min=${1} max=${10080} />`}
        <${Number_} name="at_once" now=${now} min=${1} max=${100} /><${Number_} name="per_minute" now=${now} min=${1} max=${600} /></div></fieldset>
    <${When} now=${now} />
    <label class="admin-check"><input type="checkbox" checked=${now.running} onChange=${(event) => set({ running: event.target.checked })} /><span>${t("lists.field.running")}</span></label>
    ${trouble.value && html`<p class="strip tone-danger" role="alert">${trouble.value}</p>`}
    <div class="admin-actions"><button type="button" class="btn" onClick=${() => { making.value = null; }}>${t("action.cancel")}</button><button type="submit" class="btn btn-primary" disabled=${sending.value}>${t(sending.value ? "lists.sending" : "lists.make")}</button></div></form><//>`;
}
