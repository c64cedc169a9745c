// What this browser remembers of its user's taste, and drafts of notes. Nothing of a patient is kept that can be read
// without the session: a draft is sealed with a key the server gives to this log-in only, and thrown away after a day.
import { effect, signal } from "@preact/signals";
import { boot } from "./boot.js";

const read = (name, fallback) => localStorage.getItem(`okno.${name}`) ?? fallback;
const kept = [];

/** A signal that this browser remembers; a change in one tab is seen by the others. */
function remembered(name, fallback, parse = (text) => text) {
  const made = signal(parse(read(name, fallback)));
  effect(() => localStorage.setItem(`okno.${name}`, String(made.value)));
  kept.push([`okno.${name}`, (text) => { made.value = parse(text ?? fallback); }]);
  return made;
}

const flag = (text) => text === "on" || text === "true";
/** A number from `low` to `high`; what was edited by hand into something else is `usual`. */
const within = (low, high, usual) => (text) => (text !== "" && Number(text) >= low && Number(text) <= high ? Number(text) : usual);

/** Whether single-letter keys act (WCAG 2.1.4: they can be switched off). */
export const lettersOn = remembered("letters", "true", flag);
export const density = remembered("density", "comfortable", (text) => (text === "compact" ? text : "comfortable"));
/** Percent of the usual size: 90 to 125. */
export const textSize = remembered("text", "100", within(90, 125, 100));
/** Mutes everything but my own ringing call. */
export const quiet = remembered("quiet", "false", flag);
/** 0 to 100. */
export const volume = remembered("volume", "60", within(0, 100, 60));
/** The device sounds come out of, by its id; empty is the system's. */
export const sink = remembered("sink", "");
/** Whether the person has answered our question about notifications, however he did. */
export const askedToNotify = remembered("notify", "false", flag);

addEventListener("storage", (event) => { for (const [key, take] of kept) if (key === event.key) take(event.newValue); });

effect(() => { document.documentElement.dataset.density = density.value; });
effect(() => { document.documentElement.style.setProperty("--zoom", String(textSize.value / 100)); });

/** The language's and theme's choice is the account's; the server sets it and the page follows. */
export const theme = signal(document.documentElement.dataset.theme || "system");
effect(() => { document.documentElement.dataset.theme = theme.value; });

/** Drafts of notes and outcomes by request; of conversations what is typed, and what was sent and is not there yet. */
const EMPTY = { note: "", outcome: "", unsent: [] };
const DRAFT_LIVES = 24 * 3600 * 1000;
const SAVE_AFTER = 400;
const drafts = new Map();
const nameOf = (request) => `okno.draft.${request}`;
const key = boot.draft_key && globalThis.crypto?.subtle
  ? crypto.subtle.importKey("raw", Uint8Array.fromHex?.(boot.draft_key) ?? new Uint8Array(boot.draft_key.match(/../g).map((pair) => parseInt(pair, 16))),
    "AES-GCM", false, ["encrypt", "decrypt"]) : null;

const text64 = (bytes) => btoa(String.fromCharCode(...bytes));
const bytes64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

async function keep(request, draft) {
  if (!draft.note.trim() && !draft.outcome && !draft.unsent?.length) { localStorage.removeItem(nameOf(request)); return; }
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(JSON.stringify(draft)));
  if (drafts.get(request)?.peek() === draft) localStorage.setItem(nameOf(request), JSON.stringify({ at: Date.now(), iv: text64(iv), sealed: text64(new Uint8Array(sealed)) }));
}

/** What is kept under a name: {at, iv, sealed}, or null for nothing and for what no version of ours would write so. */
function sealedAt(name) {
  try {
    const found = JSON.parse(localStorage.getItem(name));
    return [found?.iv, found?.sealed].every((one) => typeof one === "string") && Number.isFinite(found.at) ? found : null;
  } catch {
    return null; // half written, or edited by hand
  }
}

async function restore(request, draft) {
  const found = sealedAt(nameOf(request));
  if (!found) return;
  try {
    const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes64(found.iv) }, await key, bytes64(found.sealed));
    const { note, outcome, unsent = [] } = JSON.parse(new TextDecoder().decode(opened));
    if (typeof note !== "string" || typeof outcome !== "string" || !Array.isArray(unsent)) throw new TypeError("a draft of another version");
    if (draft.peek() === EMPTY) draft.value = { note, outcome, unsent, restored: true };
  } catch {
    localStorage.removeItem(nameOf(request)); // of another log-in or another version: nobody can read it any more
  }
}

/** The draft of a request: {note, outcome, restored}; written to this browser, sealed, a moment after each change. */
export function draftOf(request) {
  if (drafts.has(request)) return drafts.get(request);
  const draft = signal(EMPTY);
  drafts.set(request, draft);
  if (key) {
    let timer = 0;
    const ready = restore(request, draft);
    draft.subscribe((value) => {
      if (value === EMPTY) return;
      clearTimeout(timer);
      timer = setTimeout(() => ready.then(() => drafts.get(request) === draft && keep(request, draft.peek())), SAVE_AFTER);
    });
  }
  return draft;
}

export const dropDraft = (request) => { drafts.delete(request); localStorage.removeItem(nameOf(request)); };
/** Whether drafts outlive a reload: the server gave a key to seal them with. */
export const draftsKept = key !== null;
/** Drafts that a reload would lose. */
export const unsavedDrafts = () => [...drafts.values()].some((draft) => draft.value.note.trim() !== "" || draft.value.unsent?.length > 0);

/** Throw away what is too old or broken, and at the end of a shift everything. */
export function forgetDrafts(all = false) {
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith("okno.draft."))) {
    if (all || !(Date.now() - sealedAt(name)?.at < DRAFT_LIVES)) localStorage.removeItem(name);
  }
  if (all) drafts.clear();
}
forgetDrafts();
