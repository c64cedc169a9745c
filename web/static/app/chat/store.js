// Conversations as this page knows them. What happens is told by number («chat»), without a word of it; whatever changed
// after the number one has is asked for. One question at a time per conversation, so that answers never overtake. Each
// question carries the word the server gave when it showed the conversation: it may be read on when its request is over.
import { effect, signal } from "@preact/signals";
import { ask, everLive, phase, socket } from "../live/link.js";
import { forget } from "../live/queries.js";

const EMPTY = { status: "empty", why: "", head: null, messages: [], more: false, seq: 0, typing: false, templates: [] };
const PAGE = 50; // messages of a page
const KEPT = 40; // conversations in memory; more would keep people's words for no use
const TYPES_FOR = 7000; // ms a word «he types» holds without another
const known = new Map(); // conversation -> {state, ref, wanted, asking, opening, reopen, timer, shown, marked}
/** Refusals that pass: the same may be asked again. */
export const PASSING = new Set(["chat_down", "engine_down", "too_fast", "failed"]);

/** The state of one: {status: empty | loading | ready | failed, why, head, messages, more, seq, typing, templates}. */
export const stateOf = (id) => entryOf(id).state;

function entryOf(id) {
  if (!known.has(id)) {
    known.set(id, { state: signal(EMPTY), ref: { conversation: id }, wanted: Infinity, asking: null, opening: false, reopen: false, timer: 0, shown: 0, marked: 0 });
    for (const [old, one] of known) {
      if (known.size <= KEPT) break;
      if (!one.shown && old !== id) drop(old);
    }
  }
  return known.get(id);
}

function drop(id) {
  known.delete(id);
  if (socket.connected) ask("chat_close", { conversation: id }).catch(() => {});
}

const digits = /^\d+$/;
const step = (a = "", b = "") => ((digits.test(a) && digits.test(b) && a.length - b.length) || (a < b ? -1 : a > b ? 1 : 0));
/** Messages stand by their place: when, in the channel's own order, in ours. */
const order = (a, b) => step(a.place[0], b.place[0]) || step(a.place[1], b.place[1]) || step(a.place[2], b.place[2]) || a.seq - b.seq;

/** Put rows among those there are; a later word about a message never gives way to an earlier one. */
function merged(messages, rows) {
  const all = new Map(messages.map((one) => [one.id, one]));
  for (const one of rows) {
    const before = all.get(one.id);
    if (!before || before.changed <= one.changed) all.set(one.id, one);
  }
  return [...all.values()].sort(order);
}

function take(id, rows, more = {}) {
  const { state } = entryOf(id);
  const now = state.peek();
  const seq = rows.reduce((most, one) => Math.max(most, one.changed), now.seq);
  state.value = { ...now, ...more, messages: merged(now.messages, rows), seq };
}

/** Take a row that came with an answer of its own (a message just sent); what is missing before it is asked for. */
export function takeRow(id, row) {
  const { state } = entryOf(id);
  const before = state.peek();
  if (before.status !== "ready") return;
  state.value = { ...before, messages: merged(before.messages, [row]) };
  want(id, before.seq);
}

/** Show a conversation: `ref` is {conversation, request?, key?}. Asked again, it brings what was missed. */
export async function openConversation(ref) {
  const id = ref.conversation;
  const entry = refer(ref);
  if (entry.opening) { entry.reopen = true; return; }
  entry.opening = true;
  try {
    do { entry.reopen = false; await opened(id, entry); } while (entry.reopen);
  } finally {
    entry.opening = false;
  }
}

/** Learn for which request a conversation is written in, without showing it. */
export function refer(ref) {
  const entry = entryOf(ref.conversation);
  entry.ref = { ...entry.ref, ...ref };
  return entry;
}

async function opened(id, entry) {
  const before = entry.state.peek();
  entry.state.value = { ...before, status: before.status === "ready" ? "ready" : "loading" };
  try {
    const answer = await ask("chat_open", entry.ref);
    if (!answer.ok) { entry.state.value = { ...entry.state.peek(), status: before.status === "ready" ? "ready" : "failed", why: answer.why }; return; }
    const { messages, more, ...head } = answer.conversation;
    entry.ref = { ...entry.ref, key: head.key };
    const had = entry.state.peek();
    const joins = had.seq > 0 && had.messages.length > 0;
    // What came between the last one here and the first one there is asked for by number.
    if (joins) { take(id, messages.filter((one) => one.changed <= had.seq), { head, templates: answer.templates, status: "ready", why: "" }); want(id, had.seq); }
    else take(id, messages, { head, more, templates: answer.templates, status: "ready", why: "", seq: head.last_seq });
  } catch {
    entry.state.value = { ...entry.state.peek(), status: before.status === "ready" ? "ready" : "failed", why: "chat_down" };
  }
}

/** Ask for what is new or changed after `seq`; questions of a moment become one. */
function want(id, seq) {
  const entry = entryOf(id);
  entry.wanted = Math.min(entry.wanted, seq);
  entry.asking ??= pull(id, entry).finally(() => { entry.asking = null; });
}

async function pull(id, entry) {
  await null;
  let pause = 500;
  while (entry.wanted < Infinity && known.get(id) === entry) {
    const since = entry.wanted;
    entry.wanted = Infinity;
    try {
      const answer = await ask("chat_messages", { ...entry.ref, since });
      if ((!answer.ok && !PASSING.has(answer.why)) || entry.state.peek().status !== "ready") { entry.wanted = Infinity; return; }
      if (!answer.ok) throw new Error(answer.why);
      take(id, answer.items);
      // Who he is, and whether he can be reached, is told with the head alone.
      if (answer.items.some((one) => one.side === "system" || one.attachments.some((file) => file.kind === "contact"))) openConversation(entry.ref);
      const last = answer.items.reduce((most, one) => Math.max(most, one.changed), since);
      if (answer.items.length >= PAGE && last > since) entry.wanted = Math.min(entry.wanted, last); // there may be more
      pause = 500;
    } catch {
      entry.wanted = Math.min(entry.wanted, since);
      if (!socket.connected) { entry.wanted = Infinity; return; } // a new connection opens it anew
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, 10000);
    }
  }
}

/** A page of older messages. */
export async function older(id) {
  const entry = entryOf(id);
  const { messages, more } = entry.state.peek();
  if (!more || entry.older) return;
  entry.older = true;
  try {
    const before = Math.min(...messages.map((one) => one.seq));
    const answer = await ask("chat_messages", { ...entry.ref, before });
    const now = entry.state.peek();
    // An old message may have changed after what is known here: that says nothing of what came between.
    if (answer.ok && now.status === "ready") entry.state.value = { ...now, messages: merged(now.messages, answer.items), more: answer.items.length >= PAGE };
  } catch {
    // no answer: whoever scrolls up again asks again
  } finally {
    entry.older = false;
  }
}

function types(entry, on) {
  clearTimeout(entry.timer);
  entry.state.value = { ...entry.state.peek(), typing: on };
  if (on) entry.timer = setTimeout(types, TYPES_FOR, entry, false);
}

/** What is on the screen is opened again, and brings what was missed; the others are when they are shown. */
function again() {
  for (const one of known.values()) if (one.shown && one.state.peek().status !== "empty") openConversation(one.ref);
}

socket.on("chat", (said) => {
  if (said.what === "begun") { again(); return; }
  const entry = known.get(said.conversation);
  if (!entry) return;
  if (entry.state.peek().status !== "ready") { entry.reopen = said.what !== "typing"; return; } // the answer on its way may not have it
  if (said.what === "typing") { types(entry, Boolean(said.on)); return; }
  if (said.what === "message") types(entry, false);
  if (said.only === "read") return; // the marks of messages are told with the messages
  if (said.what === "conversation") openConversation(entry.ref);
  else if (said.seq > entry.state.peek().seq) want(said.conversation, entry.state.peek().seq);
});

// A new connection is in no room.
effect(() => { if (phase.value === "live" && everLive.value) again(); });
effect(() => { if (forget.value) { for (const one of known.values()) one.state.value = EMPTY; } });
// What a page nobody looked at has forgotten is there again when somebody does.
document.addEventListener("visibilitychange", () => {
  if (document.hidden || phase.peek() !== "live") return;
  for (const one of known.values()) if (one.shown && one.state.peek().status === "empty") openConversation(one.ref);
});

/** A part of the screen shows it, until the function returned is called: only what nobody shows is forgotten. */
export function hold(id) {
  const entry = entryOf(id);
  entry.shown += 1;
  return () => { entry.shown -= 1; };
}

/** Tell that its operator has read up to his person's last message; once per message. */
export function seen(id) {
  const entry = entryOf(id);
  const { head, messages } = entry.state.peek();
  const seq = messages.reduce((most, one) => (one.side === "in" ? Math.max(most, one.seq) : most), 0);
  if (!head || seq <= Math.max(entry.marked, head.seen_seq) || !entry.ref.request) return;
  entry.marked = seq;
  ask("chat_tell", { ...entry.ref, what: "seen", seq }).catch(() => { entry.marked = 0; });
}

/** Tell something of a conversation, or do something with a message of it. The answer is {ok, why}. */
export const tellOf = (id, body) => ask("chat_tell", { ...entryOf(id).ref, ...body }).catch(() => ({ ok: false, why: "chat_down" }));
export async function changeOf(id, body) {
  const answer = await ask("chat_change", { ...entryOf(id).ref, ...body }).catch(() => ({ ok: false, why: "chat_down" }));
  if (answer.ok) takeRow(id, answer.message);
  return answer;
}
export const refOf = (id) => entryOf(id).ref;
