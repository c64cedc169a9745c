// What a supervisor does to others: each order is answered by the engine, and what hurts is asked once before.
import { signal } from "@preact/signals";
import { me, titled } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { row } from "../live/store.js";
import { operatorState } from "../live/states.js";
import { Dialog } from "../parts/dialog.js";
import { toast } from "../parts/toast.js";

/** Which dialog is open: {kind, ...}, or null. One at a time, whoever opened it. */
export const dialog = signal(null);
export const closeDialog = () => { dialog.value = null; };

/** Order, and say that it was done; a refusal has been said by `order`. */
export async function done(promise, words) {
  const answer = await promise;
  if (answer.ok) toast(words);
  return answer;
}

const named = (operator) => titled(operator.title);

function presence(operator, value, reason, words) {
  return done(order("steer_presence", { target: operator.id, presence: value, reason }), t(words, { who: named(operator) }));
}

export const bringBack = (operator) => presence(operator, "available", "", "steer.broughtBack");
export const pause = (operator, reason) => presence(operator, "break", reason, "steer.paused");

/** Log off, after a question: whoever talks goes on talking, but gets nothing more. */
export function logOff(operator) {
  const talks = ["ringing", "incall"].includes(operatorState(operator).key);
  dialog.value = {
    kind: "ask", title: t("steer.logOffTitle", { who: named(operator) }), text: t(talks ? "steer.logOffTalks" : "steer.logOffWhy"),
    action: t("steer.logOff"), run: () => presence(operator, "offline", "", "steer.loggedOff"),
  };
}

/** Why I cannot listen: no phone of my own, or he does not talk; empty when I can. */
export function whyNotSpy(operator) {
  if (!me.operator || !row("operators", me.operator)) return t("spy.noPhone");
  if (me.operator === operator.id) return t("spy.self");
  return operator.voice === "incall" ? "" : t("spy.silent");
}

/** Listen, whisper or join. Joining is heard by the patient, so it is asked first. */
export function spy(operator, how) {
  const run = () => done(order("spy", { target: operator.id, how }), t("spy.rings"));
  if (how !== "barge") return run();
  dialog.value = { kind: "ask", title: t("spy.bargeTitle", { who: named(operator) }), text: t("spy.bargeWhy"), action: t("spy.barge"), run };
  return undefined;
}

export const setQueues = (operator, queues) =>
  done(order("steer_queues", { target: operator.id, queues }), t(queues ? "steer.queuesSet" : "steer.home", { who: named(operator) }));
export const setSkills = (operator, skills) =>
  done(order("steer_skills", { target: operator.id, skills }), t(skills ? "steer.skillsSet" : "steer.home", { who: named(operator) }));

const STEP = 10;
const BOUND = 100;
export const raise = (request, by) => done(order("prioritise", { request: request.id, version: request.version,
  priority: by === 0 ? 0 : Math.max(-BOUND, Math.min(BOUND, request.priority + by * STEP)) }), t("steer.prioritised", { number: request.number }));
export const give = (request, to, name) =>
  done(order("transfer", { request: request.id, version: request.version, ...to, note: "" }), t("steer.given", { number: request.number, to: name }));
export const message = (text, to) => done(order("message", { text, ...to }), t("message.sent"));

/** A question with one dangerous answer; Escape and «Cancel» do nothing. */
export function Ask({ title, text, action, run }) {
  return html`<${Dialog} title=${title} onClose=${closeDialog}><p>${text}</p>
    <div class="dialog-foot"><button class="btn" type="button" onClick=${closeDialog}>${t("action.cancel")}</button>
      <button class="btn btn-danger" type="button" disabled=${!canAct.value} onClick=${() => { closeDialog(); run(); }}>${action}</button></div><//>`;
}
