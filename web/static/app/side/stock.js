// The hints of this page: fetched once, and again when the server says that their number is another one.
import { effect, signal } from "@preact/signals";
import { may } from "../boot.js";
import { ask, phase, socket } from "../live/link.js";

/** {status: loading | ready | failed, version, items}; what was there stays while it is fetched anew. */
export const stock = signal({ status: "loading", version: null, items: [] });
let asking = false;
let wanted = false;

async function fetchHints() {
  if (asking) { wanted = true; return; }
  asking = true;
  const { version, items } = stock.peek();
  try {
    const answer = await ask("hints", version === null ? {} : { after: version });
    if (answer.ok) stock.value = { status: "ready", version: answer.version, items: answer.items ?? items };
    else stock.value = { status: "failed", version, items };
  } catch {
    stock.value = { ...stock.peek(), status: "failed" };
  }
  asking = false;
  if (wanted) { wanted = false; fetchHints(); }
}

/** Ask again: after a failure, or because somebody wants to. */
export const refresh = () => { fetchHints(); };

// Whoever comes back may have missed the word that they changed: the number tells.
if (may("hints.read")) {
  effect(() => { if (phase.value === "live") fetchHints(); });
  socket.on("hints", ({ version }) => { if (version !== stock.peek().version) fetchHints(); });
}

async function change(event, body) {
  try {
    const answer = await ask(event, body);
    if (answer.ok || answer.why === "stale") fetchHints();
    return answer;
  } catch {
    return { ok: false, why: "unknown" };
  }
}

/** Write a hint: {ok, why, hint}; `stale` brings the hint as it stands now. */
export const saveHint = ({ id, version, title, text, topic, queues, lines }) => change("hint_save", { id, version, title, text, topic, queues, lines });
export const removeHint = ({ id, version }) => change("hint_remove", { id, version });
