// A flow walked without a phone: what was given so far, and what the engine says comes of it in the draft as it stands.
import { effect, signal } from "@preact/signals";
import { api } from "../admin/api.js";
import { lists } from "../admin/draft.js";
import { documented } from "../admin/schema.js";
import { flow } from "./edits.js";

const ASK_AFTER = 150; // ms

/** Whether the panel is open. */
export const trying = signal(false);
/** One text for each time the caller was waited for. */
export const given = signal([]);
/** Who is tried, and what others answer. */
export const pretended = signal({ at: "", line: "", hidden: false, patient: true, visit: true, blocked: false, promised: false, waiting: 2, wait_s: 120, staffed: true, http: true });
/** {lines, wants, leave, step, broken}; null until the first answer; `failed` when none came. */
export const walked = signal(null);

/** Press keys: they answer whatever is waited for now. */
export const give = (text) => { given.value = [...given.peek(), text]; };
export const takeBack = () => { given.value = given.peek().slice(0, -1); };
export const again = () => { given.value = []; };

let last = 0;
async function ask(body) {
  const mine = ++last;
  const answer = await api("POST", "/ivr/try", body);
  if (mine === last) walked.value = answer.ok ? answer.data : { failed: true };
}

/** Walk anew whenever the draft, the caller or what he pressed changes. Returns how to stop. */
export function follow() {
  let waiting = 0;
  let name = "";
  const stop = effect(() => {
    if (!trying.value || !flow.value || !lists.value) return;
    if (name && name !== flow.value.name) given.value = [];
    name = flow.value.name;
    const { at, ...rest } = pretended.value;
    const body = { document: documented(lists.value), flow: name, given: given.value, at: at || null, ...rest };
    clearTimeout(waiting);
    waiting = setTimeout(ask, ASK_AFTER, body);
  });
  return () => { clearTimeout(waiting); last += 1; stop(); };
}

/** The steps gone through, the last one is where he is. */
export const wayOf = () => (trying.value && walked.value?.lines ? walked.value.lines.filter((one) => one.what === "step").map((one) => one.step) : []);
