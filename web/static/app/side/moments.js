// What was before with whose card is open: pages of the server, the newest first. Each page is in the audit trail before it comes.
import { effect, signal } from "@preact/signals";
import { forget } from "../live/queries.js";
import { ask } from "../live/link.js";

const NOTHING = { key: "", status: "empty", items: [], cursor: null, missing: [], why: "" };
/** {key, status: empty | loading | more | ready | failed, items, cursor, missing, why}. */
export const moments = signal(NOTHING);
let asked = 0;

const keyOf = (subject) => subject?.request ?? subject?.call ?? "";

/** The first page anew, or the one behind the cursor; a newer question makes an older answer void. */
export async function load(subject, older = false) {
  const key = keyOf(subject);
  const mine = ++asked;
  if (!key) { moments.value = NOTHING; return; }
  const old = moments.peek().key === key ? moments.peek() : { ...NOTHING, key };
  if (!older && old.status === "ready" && old.items.length > 0) moments.value = { ...old };
  else moments.value = { ...old, status: older ? "more" : "loading" };
  try {
    const whose = subject.request ? { request: subject.request } : { call: subject.call };
    const answer = await ask("timeline", older ? { ...whose, cursor: old.cursor } : whose);
    if (mine !== asked) return;
    if (!answer.ok) { moments.value = { ...old, status: "failed", why: answer.why }; return; }
    const told = new Set(answer.items.map((one) => one.id));
    const items = older ? [...old.items.filter((one) => !told.has(one.id)), ...answer.items] : answer.items;
    moments.value = { key, status: "ready", items, cursor: answer.cursor, missing: answer.missing, why: "" };
  } catch {
    if (mine === asked) moments.value = { ...old, status: "failed", why: "unknown" };
  }
}

effect(() => { if (forget.value) { asked += 1; moments.value = NOTHING; } });
