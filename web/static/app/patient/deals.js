// What is being done about visits: each order has a key of ours, and is followed until it is known how it ended. Booked is
// what was read back, nothing else (P7); what was not answered is looked for, never sent again by itself (P2).
import { effect, signal } from "@preact/signals";
import { serverNow } from "../clock.js";
import { outcomes } from "../names.js";
import { draftOf } from "../memory.js";
import { forget } from "../live/queries.js";
import { askBooking, askBookings, sendRelease } from "./asks.js";
import { loadCard } from "./known.js";

export const OPEN = new Set(["sending", "pending", "unknown"]);
const OUTCOMES = { book: "booked", move: "moved", cancel: "cancelled" };
const UNANSWERED = new Set(["unanswered", "mis_down", "engine_down", "unknown"]);
const SOON = 1000;
const LATER = 4000;
const SOON_TIMES = 10;

const kept = new Map(); // request -> signal of the deals, the newest first
/** The deals of a request: [Booking + {visit, lost}], the newest first. */
export function dealsOf(request) {
  if (!kept.has(request)) kept.set(request, signal([]));
  return kept.get(request);
}
effect(() => { if (forget.value) for (const one of kept.values()) one.value = []; });

export const dealOf = (request, key) => dealsOf(request).value.find((one) => one.key === key);

export function put(request, deal) {
  const state = dealsOf(request);
  const before = state.peek().find((one) => one.key === deal.key);
  const next = { at: serverNow(), ...before, lost: false, ...deal };
  state.value = before ? state.peek().map((one) => (one.key === deal.key ? next : one)) : [next, ...state.peek()];
}

/** Take it from the screen; in the MIS and in the request's history it stays. */
export const dismiss = (request, key) => { const state = dealsOf(request); state.value = state.peek().filter((one) => one.key !== key); };

/** What came of it fits an outcome of this clinic: it is chosen, unless the operator chose already. */
function suggest(request, deal) {
  const outcome = OUTCOMES[deal.action];
  const draft = draftOf(request);
  if (!draft.peek().outcome && outcomes().some((one) => one.id === outcome)) draft.value = { ...draft.peek(), outcome };
}

function ended(request, deal, before) {
  if (!before || !OPEN.has(before.status)) return;
  if (deal.status === "booked" || (deal.action === "cancel" && deal.status === "cancelled")) suggest(request, deal);
  if (deal.status !== "held" && deal.status !== "refused") loadCard(request);
}

function take(request, booking) {
  const before = dealsOf(request).peek().find((one) => one.key === booking.key);
  put(request, booking);
  if (OPEN.has(booking.status)) follow(request, booking.key, 0);
  else ended(request, booking, before);
}

const following = new Set();
function follow(request, key, times) {
  if (following.has(key)) return;
  following.add(key);
  setTimeout(async () => {
    following.delete(key);
    const known = dealsOf(request).peek().find((one) => one.key === key);
    if (!known || !OPEN.has(known.status)) return;
    const answer = document.hidden ? null : await askBooking({ request, key });
    if (answer?.ok) take(request, answer.booking);
    else if (answer?.why === "not_found") put(request, { key, status: "refused", error: "not_sent", lost: true });
    if (OPEN.has(dealsOf(request).peek().find((one) => one.key === key)?.status)) follow(request, key, times + 1);
  }, times < SOON_TIMES ? SOON : LATER);
}

/** Give an order: `deal` is {key, action, slot?, visit?}, `send()` sends it. Returns how it stands. */
export async function order(request, deal, send) {
  put(request, { alternatives: [], error: "", ...deal, status: "sending" });
  const answer = await send();
  if (answer.ok) take(request, answer.booking);
  else if (UNANSWERED.has(answer.why)) { put(request, { key: deal.key, status: "unknown", error: answer.why }); follow(request, deal.key, 0); }
  else put(request, { key: deal.key, status: "refused", error: answer.why });
  return dealsOf(request).peek().find((one) => one.key === deal.key);
}

/** Give a kept time back. */
export const release = (request, key) => order(request, { key, action: "book" }, () => sendRelease({ request, key }));

/** Whom it was kept for is not meant any more. */
export function releaseAll(request) {
  for (const deal of dealsOf(request).peek()) if (deal.status === "held") release(request, deal.key);
}

/** What a reload forgot: the deals of a request that are still open, or were held. */
export async function recall(request) {
  const answer = await askBookings({ request });
  if (!answer.ok) return;
  for (const booking of answer.bookings.toReversed()) {
    if (dealsOf(request).peek().some((one) => one.key === booking.key)) continue;
    if (OPEN.has(booking.status) || booking.status === "held") take(request, booking);
  }
}
