// What this browser remembers of its user's taste. Never anything of a patient: not a number, not a note.
import { effect, signal } from "@preact/signals";

const read = (name, fallback) => localStorage.getItem(`okno.${name}`) ?? fallback;

/** Whether single-letter keys act (WCAG 2.1.4: they can be switched off). */
export const lettersOn = signal(read("letters", "on") === "on");
effect(() => localStorage.setItem("okno.letters", lettersOn.value ? "on" : "off"));

/** The language's and theme's choice is the account's; the server sets it and the page follows. */
export const theme = signal(document.documentElement.dataset.theme || "system");
effect(() => { document.documentElement.dataset.theme = theme.value; });

/** Drafts of notes and outcomes, by request: in memory only, for they are about patients. */
const drafts = new Map();
export const draftOf = (request) => {
  if (!drafts.has(request)) drafts.set(request, signal({ note: "", outcome: "" }));
  return drafts.get(request);
};
export const dropDraft = (request) => drafts.delete(request);
export const unsavedDrafts = () => [...drafts.values()].some((draft) => draft.value.note.trim() !== "");
