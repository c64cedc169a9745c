// The panel in which a flow is walked: what would be heard, keys to press, who is tried and when.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { lists } from "../admin/draft.js";
import { typing } from "../keys.js";
import { flow, stepName } from "./edits.js";
import { again, follow, give, given, pretended, takeBack, trying, walked } from "./walk.js";
import { stepTitle } from "./words.js";

const PAD = [..."123456789*0#"];
const buffer = signal(""); // keys of an answer of several digits, until it is whole

const wants = () => walked.value?.wants;

/** A key of the pad or the keyboard. */
function press(key) {
  const now = wants();
  if (!now || now.what !== "keys") return;
  const keys = buffer.peek() + key;
  if (keys.length < now.most && key !== now.end_on) { buffer.value = keys; return; }
  buffer.value = "";
  give(keys);
}
const silence = () => { const keys = buffer.peek(); buffer.value = ""; give(keys); };

function said(line) {
  const { what, answer } = line;
  if (what === "lookup") return answer.known.length ? answer.known.map((one) => t(`ivr.try.${one}`)).join(", ") : t("ivr.try.nobody");
  if (what === "ahead") return `${t("ivr.try.ahead", { count: answer.waiting })}${answer.wait_s === null ? "" : `, ${t("ivr.try.waits", { s: Math.round(answer.wait_s) })}`}${answer.open ? "" : `, ${t("ivr.try.empty")}`}`;
  return answer === null ? "" : t(answer ? "admin.yes" : "admin.no");
}

function Line({ line }) {
  const step = flow.value.steps[line.step];
  switch (line.what) {
    case "step": return html`<li class="ivr-try-step"><button type="button" class="link" onClick=${() => { stepName.value = line.step; trying.value = false; }}>${step ? stepTitle(line.step, step) : line.step}</button></li>`;
    case "heard": return html`<li class="ivr-try-heard"><${Icon} name="volume-2" size="small" /><span>${line.heard.map((one) => one.text || t("ivr.try.noWords", { name: one.sound.split("/").at(-1) })).join(" ")}</span></li>`;
    case "pressed": return html`<li class="ivr-try-pressed"><${Icon} name="keyboard" size="small" /><span>${line.keys ? [...line.keys].map((key, at) => html`<kbd class="key key-kept" key=${at}>${key}</kbd>`) : html`<i>${t("ivr.try.silent")}</i>`}</span></li>`;
    default: return html`<li class="ivr-try-asked"><${Icon} name="search" size="small" /><span>${has(`ivr.try.asked.${line.what}`) ? t(`ivr.try.asked.${line.what}`) : line.what}: ${said(line)}</span></li>`;
  }
}

function Pad() {
  const now = wants();
  if (!now) return null;
  if (now.what === "record") {
    return html`<div class="ivr-pad-row"><button type="button" class="btn btn-primary" onClick=${() => give("8")}><${Icon} name="mic" size="small" />${t("ivr.try.record")}</button>
      <button type="button" class="btn" onClick=${() => give("0")}>${t("ivr.try.silent")}</button></div>`;
  }
  return html`<p class="small quiet" role="status">${now.most === 1 ? t("ivr.try.key") : now.end_on ? t("ivr.try.digits", { count: now.most, key: now.end_on }) : t("ivr.try.only", { count: now.most })}${buffer.value && html` <b>${buffer.value}</b>`}</p>
    <div class="ivr-pad">${PAD.map((key) => html`<button type="button" class="btn" key=${key} onClick=${() => press(key)}>${key}</button>`)}</div>
    <button type="button" class="btn btn-small" onClick=${silence}>${buffer.value ? t("ivr.try.enough") : t("ivr.try.silence", { s: now.wait_s })}</button>`;
}

function End() {
  const { leave } = walked.value;
  if (!leave) return null;
  const name = leave.to === "queue" && (lists.value.queues.find((one) => one.name === leave.value) ? leave.value : t("ivr.lineQueue"));
  return html`<p class=${`strip ivr-strip tone-${leave.to === "hangup" ? "warn" : "ok"}`} role="status"><${Icon} name="circle-check" size="small" />${t(`ivr.try.leave.${leave.to}`, { name: name || leave.value })}</p>`;
}

function Who() {
  const now = pretended.value;
  const set = (change) => { pretended.value = { ...pretended.peek(), ...change }; };
  const check = (field) => html`<label class="admin-check" key=${field}><input type="checkbox" checked=${now[field]} onChange=${(event) => set({ [field]: event.target.checked })} /><span>${t(`ivr.try.is.${field}`)}</span></label>`;
  return html`<details class="ivr-who"><summary>${t("ivr.try.who")}</summary><div class="ivr-group">
    <label class="field"><span class="field-label">${t("ivr.try.at")}</span><input class="field-input field-small" type="datetime-local" value=${now.at} onChange=${(event) => set({ at: event.target.value })} /></label>
    <label class="field"><span class="field-label">${t("admin.one.lines")}</span><select class="field-input field-small" onChange=${(event) => set({ line: event.target.value })}><option value="" selected=${!now.line}>${t("admin.unset")}</option>
      ${lists.value.lines.map(({ number }) => html`<option key=${number} value=${number} selected=${number === now.line}>${number}</option>`)}</select></label>
    <label class="field"><span class="field-label">${t("ivr.try.waiting")}</span><input class="field-input field-small" type="number" min="0" max="500" value=${now.waiting} onChange=${(event) => set({ waiting: Number(event.target.value) })} /></label>
    <label class="field"><span class="field-label">${t("ivr.try.wait")}</span><input class="field-input field-small" type="number" min="0" max="7200" value=${now.wait_s ?? ""} onChange=${(event) => set({ wait_s: event.target.value === "" ? null : Number(event.target.value) })} /></label></div>
    ${["hidden", "patient", "visit", "promised", "blocked", "staffed", "http"].map(check)}</details>`;
}

/** The panel. */
export function TryOut() {
  const log = useRef();
  useEffect(follow, []);
  useEffect(() => { log.current?.scrollTo(0, log.current.scrollHeight); }, [walked.value]);
  const onKeyDown = (event) => {
    if (typing(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[0-9*#]$/.test(event.key)) { event.preventDefault(); press(event.key); }
    else if (event.key === "Backspace") { event.preventDefault(); buffer.value ? (buffer.value = buffer.peek().slice(0, -1)) : takeBack(); }
  };
  const now = walked.value;
  return html`<section class="card admin-form ivr-panel ivr-try" aria-label=${t("ivr.try")} onKeyDown=${onKeyDown}><div class="admin-form-head"><h2 class="card-title grow">${t("ivr.try")}</h2>
      <button type="button" class="btn btn-small" disabled=${!given.value.length} onClick=${takeBack}><${Icon} name="undo-2" size="small" />${t("ivr.try.back")}</button>
      <button type="button" class="btn btn-small" onClick=${() => { buffer.value = ""; again(); }}>${t("ivr.try.again")}</button>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => { trying.value = false; }}><${Icon} name="x" size="small" /></button></div>
    <${Who} />
    ${!now && html`<div class="skeleton skeleton-late"></div>`}
    ${now?.failed && html`<p class="strip ivr-strip tone-danger" role="alert">${t("ivr.try.failed")}</p>`}
    ${now?.broken > 0 && html`<p class="strip ivr-strip tone-danger" role="alert">${t("ivr.try.broken")}</p>`}
    ${now?.lines && html`<div class="ivr-log grow" ref=${log} tabindex="0" role="log" aria-label=${t("ivr.try.heard")}><ol>${now.lines.map((line, at) => html`<${Line} key=${at} line=${line} />`)}</ol></div><${End} />`}
    ${now?.wants && html`<${Pad} />`}</section>`;
}
