// The operator's phone as the page sees it: on the desk, where the page only watches and orders, or the page itself.
// The library loads, and the microphone is asked for, only when he chose the page as today's phone.
import { computed, effect, signal } from "@preact/signals";
import { may } from "../boot.js";
import { ask, farewell, phase } from "../live/link.js";
import { myOperator } from "../live/selectors.js";
import { closeMic, mic, openMic } from "./audio.js";
import { busy, claim, leave, tab } from "./tab.js";

const FREE = { ringing: false, talking: false, held: false, muted: false, dialling: false };
const AGAIN = 5000; // ms between two tries of what did not work for a reason that may pass

const page = signal({ state: "off", reason: "" });
/** What the phone in the page does: {ringing, talking, held, muted, dialling}. For a desk phone Asterisk tells instead. */
export const line = signal(FREE);
/** How the last call of the page ended, by JsSIP's word; null since the next one. */
export const ended = signal(null);

let phone = null;
let starting = false;
let timer = 0;

/** {kind: "desk" | "web", state: "off" | "registering" | "ready" | "elsewhere" | "blocked" | "failed", reason}. */
export const device = computed(() => {
  const operator = myOperator.value;
  if (!operator) return { kind: "desk", state: "off", reason: "" };
  if (operator.phone === "web") return { kind: "web", ...page.value };
  return operator.reachable ? { kind: "desk", state: "ready", reason: "" } : { kind: "desk", state: "failed", reason: "unreachable" };
});

const say = (state, reason = "") => { page.value = { state, reason }; };
const wanted = computed(() => myOperator.value?.phone === "web" && may("phone.use") && !farewell.value);

busy.here = () => Boolean(phone?.busy());

/** What the phone registers with; null when the server has none for us. */
async function secret() {
  const answer = await ask("phone", {}).catch(() => ({ ok: false, why: "offline" }));
  if (answer.ok) return answer;
  say("failed", answer.why === "no_phone" ? "no_phone" : "server");
  return null;
}

const host = {
  openMic, state: say, renew: secret,
  line: (facts) => {
    if (facts.ringing || facts.dialling) ended.value = null;
    line.value = facts;
    if (!phone?.busy() && (!wanted.peek() || tab.peek() !== "mine")) stop();
  },
  ended: (cause, originator) => { ended.value = { cause, originator }; },
};

async function start() {
  if (phone || starting) return;
  starting = true;
  clearTimeout(timer);
  say("registering");
  try {
    closeMic(await openMic()); // asked now, so that nobody finds it blocked when a patient is on the line
    const given = await secret();
    if (!given) throw Object.assign(new Error(), { reason: page.peek().reason });
    const { open } = await import("./sip.js");
    if (wanted.peek() && tab.peek() === "mine") phone = open(given, host);
  } catch (error) {
    const reason = error.reason ?? "failed";
    say(reason.startsWith("mic_") || reason === "insecure" ? "blocked" : "failed", reason);
    timer = setTimeout(retry, AGAIN);
  } finally {
    starting = false;
  }
}

function stop() {
  clearTimeout(timer);
  phone?.close();
  phone = null;
  line.value = FREE;
}

/** Take the phone back from another computer. */
export function reclaim() {
  stop();
  start();
}

/** Try again what did not work: after a device was plugged in, the microphone allowed, the server back. */
export function retry() {
  if (!wanted.peek() || tab.peek() !== "mine") return;
  if (!phone) start();
  else if (page.peek().state === "blocked") say("ready");
}

effect(() => {
  if (wanted.value) claim();
  else if (!busy.here()) { leave(); stop(); say("off"); }
});
effect(() => {
  if (tab.value === "mine" && wanted.value) start();
  if (tab.value === "elsewhere") { say("elsewhere"); if (!busy.here()) stop(); }
});
effect(() => { if (phase.value === "live" && ["failed", "off"].includes(page.peek().state)) retry(); });
let through = mic.peek();
effect(() => { if (mic.value !== through) { through = mic.value; phone?.through(); } });
navigator.mediaDevices?.addEventListener?.("devicechange", () => { if (page.peek().state === "blocked") retry(); });
navigator.permissions?.query({ name: "microphone" }).then((right) => {
  right.onchange = () => { if (page.peek().state === "blocked") retry(); };
}, () => {}); // a browser that tells nothing of it: the retry button stays

// A reload ends a call of this page: the browser asks first. When the tab goes all the same, Asterisk is told at once.
addEventListener("beforeunload", (event) => { if (busy.here()) event.preventDefault(); });
addEventListener("pagehide", (event) => { if (!event.persisted) phone?.close(); });

/** What the page does with its own call; without one nothing happens. */
export const answer = () => phone?.answer();
export const hangUp = () => phone?.hangUp();
export const hold = (on) => phone?.hold(on);
export const mute = (on) => phone?.mute(on);
export const tones = (digits) => phone?.tones(digits);
/** Whether the call at hand is held by this page, so that its buttons act here and not through the server. */
export const here = computed(() => device.value.kind === "web" && (line.value.ringing || line.value.talking || line.value.dialling));

// For the tests of the phone: they read its state and what the browser counts. Nothing secret is here.
window.oknoPhone = { device: () => device.value, line: () => line.value, stats: () => phone?.stats() };
