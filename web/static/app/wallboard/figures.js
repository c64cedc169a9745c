// What a wall shows, derived from counters alone, and when a colour floods it: only when somebody should act, and only
// after ten seconds one way or the other, so that nothing flickers.
import { computed, signal } from "@preact/signals";
import { second } from "../clock.js";
import { rows } from "../live/store.js";

const HOLD = 10; // seconds a state must last before it is shown
const NEAR = 5;

const sum = (list, field) => list.reduce((total, one) => total + (one[field] ?? 0), 0);
// A wall sees nothing of the directory; where it lists a queue, the queue itself says.
export const queues = computed(() => [...rows("queues").values()].sort((a, b) => (a.place ?? 0) - (b.place ?? 0) || a.id.localeCompare(b.id)));

function level(list) {
  const known = list.filter((one) => one.service_level_now !== null && one.service_level_now !== undefined);
  const total = known.reduce((all, one) => all + 1 + one.answered, 0);
  return known.length ? Math.round(known.reduce((all, one) => all + one.service_level_now * (1 + one.answered), 0) / total) : null;
}

/** The figures, and the tone each would have by itself. */
export const now = computed(() => {
  const list = queues.value;
  const since = list.map((one) => one.longest_since).filter(Boolean).sort()[0] ?? null;
  const limit = list.length ? Math.min(...list.map((one) => one.service_level_s)) : 0;
  const waited = since ? second.value - Date.parse(since) / 1000 : 0;
  const share = level(list);
  const target = list.length ? Math.round(sum(list, "target") / list.length) : 0;
  const waiting = sum(list, "waiting");
  // An operator of several queues is counted in each: the largest of them is what one can be sure of, and it is said so.
  const most = (field) => Math.max(0, ...list.map((one) => one[field] ?? 0));
  const free = most("free");
  return {
    waiting, since, limit, level: share, target, levelS: limit, free, talking: most("talking"), pause: most("on_break"),
    atLeast: { free: sum(list, "free") > free, talking: sum(list, "talking") > most("talking"), pause: sum(list, "on_break") > most("on_break") },
    on: most("logged_in"),
    overdue: sum(list, "overdue"), digital: sum(list, "digital_waiting"),
    closed: list.length > 0 && list.every((one) => one.opens_at) ? list.map((one) => one.opens_at).sort()[0] : null,
    tones: {
      waiting: waited > 2 * limit ? "danger" : waited > limit ? "warn" : "idle",
      level: share === null || share >= target ? "idle" : share >= target - NEAR ? "warn" : "danger",
      free: waiting > 0 && free === 0 ? "warn" : "idle",
    },
  };
});

const steady = signal({});
const since = {};
/** How long each tone that changed had lasted by then, in seconds: for the tests. */
export const held = {};

/** A tone is taken when it has lasted; called each second. */
export function settle() {
  const next = { ...steady.peek() };
  for (const [name, tone] of Object.entries(now.peek().tones)) {
    if (next[name] === undefined) next[name] = tone; // the first look is no change
    if (tone === next[name]) { since[name] = null; continue; }
    since[name] ??= { tone, at: second.peek() };
    if (since[name].tone !== tone) since[name] = { tone, at: second.peek() };
    if (second.peek() - since[name].at < HOLD) continue;
    held[name] = second.peek() - since[name].at;
    next[name] = tone;
    since[name] = null;
  }
  if (JSON.stringify(next) !== JSON.stringify(steady.peek())) steady.value = next;
}

export const tones = steady;
