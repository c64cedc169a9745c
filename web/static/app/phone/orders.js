// What is ordered about a call. Nothing is shown as done before the answer: «sending» until then; of an order whose
// outcome nobody knows it is said so, and it is not sent again.
import { computed, effect, signal } from "@preact/signals";
import { me } from "../boot.js";
import { order } from "../live/commands.js";
import { myCall, myLeg } from "../live/selectors.js";
import { row } from "../live/store.js";
import * as device from "./device.js";

const TRANSFER_SHOWN = 15000; // ms: a call passed on leaves the bar by itself; after so long it stayed with us

/** The order on its way ("hold", "pass", "complete" …), or empty. */
export const sending = signal("");
/** The order whose outcome is not known, or empty; forgotten when the call moves on. */
export const doubt = signal("");
/** What this page ordered about my call: {call, blind, title, operator}: whom it was, for the row tells only how it stands. */
const moving = signal(null);

let timer = 0;
async function send(what, name, args) {
  if (sending.peek()) return { ok: false, why: "busy" };
  sending.value = what;
  doubt.value = "";
  const answer = await order(name, args);
  sending.value = "";
  if (answer.why === "unknown") doubt.value = what;
  return answer;
}

const other = (call) => call?.legs?.findLast((leg) => leg.operator !== me.operator && !leg.left_at && ["ringing", "answered"].includes(leg.result));

/** What becomes of my call: {kind: "blind", title}, or {kind: "consult", title, operator, stage, met}; null when nothing does.
 * `stage` is the row's: asking (on the way), away (with the colleague), back (with the patient again). */
export const consult = computed(() => {
  const call = myCall.value;
  const known = moving.value?.call === call?.id ? moving.value : null;
  const leg = call && other(call);
  if (call?.consult) {
    const mine = myLeg(call);
    if (leg && mine && leg.rang_at < mine.rang_at) return null; // it is I who am asked
    return { kind: "consult", title: known?.title, operator: known?.operator ?? leg?.operator, stage: call.consult, met: call.consult !== "asking" && leg?.result !== "ringing" };
  }
  return known?.blind ? { kind: "blind", title: known.title } : null;
});

effect(() => { if (moving.value && !myCall.value) moving.value = null; });
let doubted = "";
effect(() => {
  const call = myCall.value;
  const now = call ? `${call.id} ${call.phase} ${call.legs?.length}` : "";
  if (now !== doubted) doubt.value = "";
  doubted = now;
});

/** Pass the call on: at once, or after a word with whoever answers. `to`: {to} digits or {to_queue}. */
export async function pass(call, how, to, title, operator) {
  const answer = await send("pass", "pass", { call: call.id, how, ...to });
  if (!answer.ok) return answer;
  moving.value = { call: call.id, blind: how === "blind", title, operator };
  clearTimeout(timer);
  if (how === "blind") timer = setTimeout(() => { if (moving.peek()?.call === call.id) moving.value = null; }, TRANSFER_SHOWN);
  return answer;
}

/** During a consultation: `complete`, `abort`, `swap`, `join`. */
export async function steer(call, action) {
  const answer = await send(action, "consult", { call: call.id, action });
  if (!answer.ok) return;
  if (action === "complete") moving.value = { call: call.id, title: "", ...moving.peek(), blind: true };
}

export const hangUp = (call) => (device.here.peek() ? device.hangUp() : send("hang_up", "hang_up", { call: call.id }));
export const tones = (call, digits) => (device.here.peek() ? device.tones(digits) : send("tones", "tones", { call: call.id, digits }));
/** Call the number of a request again: the engine knows it whole. */
export const redial = (request) => send("dial", "dial", { to: "", request });
export const call = (to) => send("dial", "dial", { to });

/** The last call of mine that ended badly: {call, word}, until the next call or until it is put away. */
export const broken = signal(null);
const BAD = { busy: "busy", failed: "failed", unanswered: "unanswered", lost_by_pbx: "dropped" };
let last = null;
effect(() => {
  const now = myCall.value;
  if (now) { last = now; broken.value = null; return; }
  const gone = last && (row("calls", last.id) ?? last);
  if (!gone || gone.phase !== "ended") return;
  last = null;
  const mine = gone.legs?.findLast((leg) => leg.operator === me.operator);
  const dropped = gone.result === "lost_by_pbx" || mine?.left_by === "pbx";
  const word = dropped ? "dropped" : gone.direction === "outbound" ? BAD[gone.result] : "";
  if (word) broken.value = { call: gone, word };
});
