// Messages of mine on their way. Each has its id from the moment it was written: sent again it is the same message, so a
// line that breaks, a closed page and a slow server never make two of one. They go one after another, and stay in the
// sealed draft of their conversation until the server has them.
import { effect } from "@preact/signals";
import { t } from "../i18n.js";
import { ask, phase } from "../live/link.js";
import { draftOf } from "../memory.js";
import { toast } from "../parts/toast.js";
import { active, mine, paneShown } from "./mine.js";
import { refusal } from "./refusal.js";
import { PASSING, refer, refOf, stateOf, takeRow } from "./store.js";

const PAUSES = [700, 1500, 3000, 6000, 10000];
const running = new Set();

export const draftKey = (conversation) => `chat-${conversation}`;
/** The draft of a conversation: {note: what is typed, unsent: [...]}. */
export const chatDraft = (conversation) => draftOf(draftKey(conversation));

const unsentOf = (conversation) => chatDraft(conversation).value.unsent ?? [];
/** What is typed as a note of a conversation. */
export const noteDraft = (conversation) => draftOf(`${draftKey(conversation)}-note`);
/** What the server does not have yet: {id, what, text, reply_to, attachments, files, template, at, why}. */
export const unsent = (conversation) => {
  const there = new Set(stateOf(conversation).value.messages.map((one) => one.id));
  return unsentOf(conversation).filter((one) => !there.has(one.id));
};

function change(conversation, make) {
  const draft = chatDraft(conversation);
  draft.value = { ...draft.peek(), unsent: make(draft.peek().unsent ?? []) };
}

/** Send a message (`what`: send or note); `files` are the rows of its attachments, for the eyes. */
export function send(conversation, message) {
  const one = { id: crypto.randomUUID(), what: "send", text: "", reply_to: null, attachments: [], template: null, ...message, at: new Date().toISOString(), why: "" };
  change(conversation, (all) => [...all, one]);
  run(conversation);
  return one.id;
}

/** Try again what was refused. */
export function again(conversation, id) {
  change(conversation, (all) => all.map((one) => (one.id === id ? { ...one, why: "" } : one)));
  run(conversation);
}

export const withdraw = (conversation, id) => change(conversation, (all) => all.filter((one) => one.id !== id));

const bodyOf = (one) => (one.what === "note" ? { id: one.id, text: one.text }
  : { id: one.id, text: one.text, reply_to: one.reply_to, attachments: one.attachments, template: one.template });

async function attempt(conversation, one) {
  try {
    const ref = refOf(conversation);
    return await ask(one.what === "note" ? "chat_note" : "chat_send", { ...ref, ...bodyOf(one) });
  } catch {
    return { ok: false, why: "chat_down" }; // it may have come: the same id asks
  }
}

/** Send what waits, in order; what was refused stops nobody behind it. */
export async function run(conversation) {
  if (running.has(conversation)) return;
  running.add(conversation);
  let tries = 0;
  try {
    for (;;) {
      const one = unsentOf(conversation).find((other) => !other.why);
      if (!one) return;
      const answer = phase.peek() === "live" ? await attempt(conversation, one) : { ok: false, why: "chat_down" };
      if (answer.ok) {
        takeRow(conversation, answer.message);
        withdraw(conversation, one.id);
        tries = 0;
      } else if (PASSING.has(answer.why)) {
        await new Promise((done) => setTimeout(done, PAUSES[Math.min(tries, PAUSES.length - 1)]));
        tries += 1;
      } else {
        change(conversation, (all) => all.map((other) => (other.id === one.id ? { ...other, why: answer.why } : other)));
        if (!paneShown.peek() || active.peek()?.id !== conversation) toast(`${t("chat.notSent")}: ${refusal(answer.why)}`, "warn");
      }
    }
  } finally {
    running.delete(conversation);
  }
}

// What a page that was closed had not sent goes when its conversation is mine, whichever is looked at.
effect(() => {
  if (phase.value !== "live") return;
  for (const { id, conversation } of mine.value) {
    if (!unsentOf(conversation.id).some((one) => !one.why)) continue;
    refer({ conversation: conversation.id, request: id });
    run(conversation.id);
  }
});
