// What the engine says of the draft's flows, and how many callers are in each step.
import { effect, signal } from "@preact/signals";
import { api } from "../admin/api.js";
import { lists } from "../admin/draft.js";
import { documented } from "../admin/schema.js";
import { flow, kinds } from "./edits.js";
import { kindsOf } from "./shape.js";

const CHECK_AFTER = 300; // ms after the last change
const COUNT_EVERY = 2000; // ms

/** loading, ready or failed: without the kinds of steps nothing can be drawn. */
export const kindsState = signal("loading");
export const addresses = signal([]);
/** Flow -> its flaws; `fresh` when they are about this very draft. */
export const flaws = signal({ of: {}, fresh: false });
/** Callers by flow and step, as the engine last said; null while it says nothing. */
export const counts = signal(null);

/** Ask for the kinds of steps, once. */
export async function loadKinds() {
  if (kindsState.peek() === "ready") return;
  const answer = await api("GET", "/ivr/kinds");
  if (!answer.ok) { kindsState.value = "failed"; return; }
  kinds.value = kindsOf(answer.data.kinds);
  addresses.value = answer.data.addresses;
  kindsState.value = "ready";
}

let last = 0;
async function check() {
  const mine = ++last;
  const answer = await api("POST", "/ivr/check", { document: documented(lists.peek()) });
  if (mine === last) flaws.value = answer.ok ? { of: answer.data.flaws, fresh: true } : { ...flaws.peek(), fresh: false };
}

/** Watch the draft while the page is shown. Returns how to stop. */
export function watch() {
  let waiting = 0;
  const stop = effect(() => {
    if (!lists.value) return;
    last += 1;
    flaws.value = { ...flaws.peek(), fresh: false };
    clearTimeout(waiting);
    waiting = setTimeout(check, CHECK_AFTER);
  });
  return () => { clearTimeout(waiting); stop(); };
}

/** Ask for the counts while the page is shown and seen. Returns how to stop. */
export function follow() {
  let stopped = false;
  const ask = async () => {
    if (!document.hidden) {
      const answer = await api("GET", "/ivr/counts");
      if (!stopped) counts.value = answer.ok ? answer.data : null;
    }
    if (!stopped) setTimeout(ask, COUNT_EVERY);
  };
  ask();
  return () => { stopped = true; };
}

export const flawsOfFlow = (name) => flaws.value.of[name] ?? [];
/** The flaws of a step of the open flow; of one field of it, and of what is inside that. */
export function flawsAt(step, field) {
  const inside = (at) => at === field || at.startsWith(`${field}.`) || at.startsWith(`${field}[`);
  return flawsOfFlow(flow.value?.name).filter((one) => one.step === step && (field === undefined || inside(one.field)));
}
export const countOf = (step) => counts.value?.flows[flow.value?.name]?.steps[step];
