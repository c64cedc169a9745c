// What the screens ask of the world, computed once for all of them.
import { computed, signal } from "@preact/signals";
import { me } from "../boot.js";
import { socket } from "./link.js";
import { row, rows, watch } from "./store.js";

const RING_HINT_FOR = 5000; // the numbered patch follows within milliseconds; a ring without one must not stay
/** The states of a request nobody works on yet. */
export const WAITING = new Set(["new", "queued", "offered"]);

export const myOperator = computed(() => row("operators", me.operator));
const myQueues = computed(() => myOperator.value?.queues ?? []);

/** My open leg in a call: ringing or talking. */
export const myLeg = (call) =>
  call?.legs?.findLast((leg) => leg.operator === me.operator && !leg.left_at && (leg.result === "ringing" || leg.result === "answered"));

// A ring comes at once and unnumbered; the row it brings is shown until a patch tells of the same call.
const ringHint = signal(null);
let hintTimer = 0;
socket.on("ring", ({ call }) => {
  clearTimeout(hintTimer);
  ringHint.value = call;
  hintTimer = setTimeout(() => { ringHint.value = null; }, RING_HINT_FOR);
});
watch((name, id) => {
  if (name === "calls" && ringHint.peek()?.id === id) ringHint.value = null;
});

/** The call at my phone: the one I talk in, else the one that rings. */
export const myCall = computed(() => {
  if (!me.operator) return null;
  let ringing = null;
  for (const call of rows("calls").values()) {
    const leg = call.phase === "ended" ? null : myLeg(call);
    if (leg?.result === "answered") return call;
    if (leg || call.ringing?.includes(me.operator)) ringing = call;
  }
  return ringing ?? ringHint.value;
});

/** What my phone does in that call: `ringing`, `talking` or `held`; an outbound one is `dialling` until it is answered. */
export function myPart(call) {
  const leg = myLeg(call);
  if (leg?.answered_at || (leg?.result === "answered" && call.phase !== "ringing")) return call.phase === "held" ? "held" : "talking";
  return call.direction === "inbound" ? "ringing" : "dialling";
}

/** The request I am finishing after a call, if any. */
export const myWrapUp = computed(() => (!me.operator ? null : row("requests", myOperator.value?.wrap_up)
  ?? [...rows("requests").values()].find((request) => request.status === "wrap_up" && request.owner === me.operator) ?? null));

// Priority, then deadline, then age; people on the line before everything else (nothing of this moves with the clock).
const live = (request) => (request.kind === "call" ? 0 : 1);
const text = (a, b) => (a < b ? -1 : a > b ? 1 : 0); // of ISO times and ids; a locale's comparison costs fifty times as much
const order = (a, b) => live(a) - live(b) || b.priority - a.priority || text(a.due_at ?? "9", b.due_at ?? "9")
  || text(a.created_at, b.created_at) || text(a.id, b.id);

/** What the list has cost so far, counted for the tests: whole sorts, and rows drawn. */
export const work = { sorts: 0, rows: 0 };

const open = computed(() => {
  work.sorts += 1;
  return [...rows("requests").values()].filter((request) => request.status !== "done" && request.status !== "cancelled").sort(order);
});
const served = (request, mine) => mine.length === 0 || !request.queue || mine.includes(request.queue);

/** The lists of the left pane, each in order, made in one pass. */
export const lists = computed(() => {
  const own = myQueues.value;
  const made = { mine: [], queue: [], missed: [], callbacks: [], postponed: [], all: open.value };
  const planned = []; // calls promised for later stand after those that are due
  for (const request of open.value) {
    const mine = request.owner === me.operator && Boolean(me.operator);
    const later = request.status === "postponed";
    if (mine && !later) made.mine.push(request);
    if (!mine && !served(request, own)) continue;
    if (later) made.postponed.push(request);
    if (WAITING.has(request.status)) made.queue.push(request);
    if (request.kind === "missed_call" && !later) made.missed.push(request);
    if (request.kind === "callback") (later ? planned : made.callbacks).push(request);
  }
  made.due = made.callbacks.length;
  made.callbacks = [...made.callbacks, ...planned.sort((a, b) => text(a.postponed_until ?? "", b.postponed_until ?? ""))];
  return made;
});

/** The offer that waits for my answer: the first that came, and how many there are. */
export const myOffer = computed(() => {
  let first = null;
  for (const offer of rows("offers").values()) {
    if (offer.operator === me.operator && offer.state === "pending" && (!first || offer.at < first.at)) first = offer;
  }
  return first;
});

/** My live offer of a request, if there is one: whether I may dial is written in it. */
export const offerOf = (request) => [...rows("offers").values()].find((offer) => offer.request === request && offer.operator === me.operator);

/** Callers waiting in my queues (all queues for a supervisor) since when the first of them waits,
 * and within how many seconds he should have been answered. */
export const waiting = computed(() => {
  let count = 0;
  let since = null;
  let level = Infinity;
  for (const queue of rows("queues").values()) {
    if (myQueues.value.length && !myQueues.value.includes(queue.id)) continue;
    count += queue.waiting;
    if (queue.waiting) level = Math.min(level, queue.service_level_s);
    if (queue.longest_since && (!since || queue.longest_since < since)) since = queue.longest_since;
  }
  return { count, since, level };
});

/** The call a request is about now: its last one. */
export const callOf = (request) => row("calls", request?.calls?.[request.calls.length - 1]);

/** PBXs whose link is not live: their part of the picture is old. */
export const darkPbxes = computed(() => [...rows("pbxes").values()].filter((pbx) => pbx.link !== "live"));
