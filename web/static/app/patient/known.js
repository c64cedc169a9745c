// What is known of whom a request is about: who it may be, then his card. In memory only, forgotten with the page's cards.
import { effect, signal } from "@preact/signals";
import { serverNow } from "../clock.js";
import { forget } from "../live/queries.js";
import { askCandidates, askCard, askSearch, askWishes } from "./asks.js";
import { mis } from "./mis.js";

const KEPT = 30;
const BLANK = { status: "empty", lookup: null, meant: "", why: "", since: 0, chosen: null, found: null, card: null, stale: false, error: "", cardStatus: "empty", cardSince: 0, wishes: [] };
const kept = new Map();

/** The state of a request: {status, lookup, why, since, chosen, found, card, cardStatus, …}. */
export function knownOf(request) {
  if (!kept.has(request)) {
    kept.set(request, signal(BLANK));
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(request);
}

export const change = (request, more) => { const state = knownOf(request); state.value = { ...state.peek(), ...more }; };
effect(() => { if (forget.value) for (const state of kept.values()) state.value = BLANK; });

/** Ask who the number may be. */
export async function findCandidates(request) {
  const state = knownOf(request);
  if (state.peek().status === "loading") return;
  change(request, { status: "loading", since: serverNow() });
  const answer = await askCandidates({ request });
  if (answer.ok) change(request, { status: "ready", lookup: answer.lookup, meant: answer.meant ?? "", why: answer.lookup.error });
  else change(request, { status: "failed", why: answer.why });
}

/** Look for a patient by name, birth date, card number: all that is given must fit. */
export async function search(request, query) {
  change(request, { found: { status: "loading", people: [], query } });
  const answer = await askSearch({ request, ...query });
  if (knownOf(request).peek().found?.query !== query) return;
  if (answer.ok) change(request, { found: { status: answer.lookup.error ? "failed" : "ready", why: answer.lookup.error, people: answer.lookup.people, complete: answer.lookup.complete, query } });
  else change(request, { found: { status: "failed", why: answer.why, people: [], query } });
}

/** Fetch the card of whom was confirmed; of a restricted one only with a reason. What was there stays until the answer. */
export async function loadCard(request, reason = "") {
  const state = knownOf(request);
  if (state.peek().cardStatus === "loading") return;
  change(request, { cardStatus: "loading", cardSince: serverNow(), reason: reason || state.peek().reason || "" });
  const answer = await askCard(knownOf(request).peek().reason ? { request, reason: knownOf(request).peek().reason } : { request });
  if (!answer.ok) { change(request, { cardStatus: "failed", error: answer.why }); return; }
  const { card, stale, error } = answer;
  change(request, { cardStatus: card ? "ready" : "failed", card: card ?? state.peek().card, stale: stale || (!card && Boolean(state.peek().card)), error });
  if (card && mis.peek()?.capabilities?.includes("slots")) loadWishes(request);
}

export async function loadWishes(request) {
  const answer = await askWishes({ request });
  if (answer.ok) change(request, { wishes: answer.wishes.filter((one) => one.status === "waiting" || one.status === "offered") });
}

/** Somebody else is meant now: nothing of the one before stays. */
export const unlearn = (request) => change(request, { card: null, cardStatus: "empty", stale: false, error: "", chosen: null, found: null, reason: "", wishes: [], others: false });
