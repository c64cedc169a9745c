// What is asked for and not pushed: cards (each display is written to the audit trail before it comes), history, search.
import { signal } from "@preact/signals";
import { ask } from "./link.js";

const KEPT = 30; // cards in memory; more would keep people's data for no use
const HIDE_AFTER = 5 * 60 * 1000; // a page nobody looks at forgets the cards it fetched
const cards = new Map();

/** The state of one card: {status: loading | ready | failed, card, why}. */
export function cardOf(key) {
  if (!cards.has(key)) {
    cards.set(key, signal({ status: "empty", card: null, why: "" }));
    if (cards.size > KEPT) cards.delete(cards.keys().next().value);
  }
  return cards.get(key);
}

/** Fetch the card of a request or a call into `cardOf(key)`; what was there stays until the answer. */
export async function fetchCard(key, subject) {
  const state = cardOf(key);
  if (state.peek().status === "loading") return;
  state.value = { ...state.peek(), status: "loading" };
  try {
    const answer = await ask("card", subject);
    state.value = answer.ok ? { status: "ready", card: answer.card, why: "" } : { status: "failed", card: null, why: answer.why };
  } catch {
    state.value = { ...state.peek(), status: "failed", why: "unknown" };
  }
}

/** A page of calls or requests, newest first: {ok, items, cursor}. */
export const history = (kind, cursor, filters, limit = 50) => ask("history", { kind, cursor, limit, filters });

/** Calls of a full number or its last four digits. */
export const search = (text) => ask("search", { text });

export const forget = signal(0);
let hiding = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (!document.hidden) return;
  hiding = setTimeout(() => { cards.clear(); forget.value += 1; }, HIDE_AFTER);
});
