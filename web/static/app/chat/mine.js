// Which conversations stand on this desk: those whose requests are mine, and the one that is looked at.
import { computed, effect, signal } from "@preact/signals";
import { me } from "../boot.js";
import { rows, watch } from "../live/store.js";
import { view } from "../view.js";

const WORKING = new Set(["in_progress", "wrap_up"]);
const text = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** The open request of a conversation, as it is now. */
export const requestOf = (id) => ofConversations.value.get(id);
const ofConversations = computed(() => new Map([...rows("requests").values()].filter((one) => one.conversation).map((one) => [one.conversation.id, one])));

/** My conversations, the first begun first: tabs keep their places. */
export const mine = computed(() => (!me.operator ? [] : [...ofConversations.value.values()]
  .filter((one) => one.owner === me.operator && WORKING.has(one.status)).sort((a, b) => text(a.created_at, b.created_at) || text(a.id, b.id))));

/** The conversation the pane shows, by id; null: the first of mine. */
export const chosen = signal(null);

/** What comes into view belongs to a conversation: the pane follows, once; what is chosen by hand stays chosen. */
let followed = null;
effect(() => {
  const subject = view.value;
  const id = (subject?.request && rows("requests").get(subject.request)?.conversation?.id) ?? null;
  if (id === followed) return;
  followed = id;
  if (id) chosen.value = id;
});

/** The conversation shown now: {id, request}; null when there is none. */
export const active = computed(() => {
  const id = chosen.value;
  const request = id && requestOf(id);
  if (request) return { id, request };
  const first = mine.value[0];
  return first ? { id: first.conversation.id, request: first } : null;
});

/** Whether I may write in it. */
export const isMine = (request) => Boolean(request && me.operator && request.owner === me.operator && WORKING.has(request.status));

/** Whether the pane is on the screen now; the pane says so. */
export const paneShown = signal(false);
/** What nobody has answered in my conversations that I do not look at. */
export const unanswered = computed(() => mine.value.reduce((sum, one) => sum + (paneShown.value && active.value?.id === one.conversation.id ? 0 : one.conversation.unheard), 0));

const listeners = [];
/** Called with the request when its person has written something new to me. */
export const onWritten = (listener) => { listeners.push(listener); };
watch((name, id, next, before) => {
  if (name !== "requests") return;
  // What has left my hands leaves the pane too, unless it is what is looked at.
  if (before?.conversation && isMine(before) && !isMine(next) && chosen.peek() === before.conversation.id && view.peek()?.request !== id) chosen.value = null;
  if (!next?.conversation || !isMine(next)) return;
  if (before?.conversation && next.conversation.seq > before.conversation.seq && next.conversation.unheard > 0) for (const one of listeners) one(next);
});
