// Which MIS is connected, how it is and what it can do; its directories, which are about nobody.
import { effect, signal } from "@preact/signals";
import { may } from "../boot.js";
import { t } from "../i18n.js";
import { phase, services } from "../live/link.js";
import { askDirectory, askStatus } from "./asks.js";

const SLOW = 0.8; // seconds, until the server has told its own
const FRESH = 10 * 60 * 1000;
const AGAIN = 15 * 1000;
const SOON = 2 * 1000;

/** {state, capabilities, connector, error}; null until it is known: then nothing of the MIS is drawn. */
export const mis = signal(null);
export const slowAfter = signal(SLOW);
/** Words of an emergency: the settings' own, or the usual ones. */
const USUAL = t("emergency.words").split(", ");
export const emergencyWords = signal(USUAL);

/** Whether the connected MIS offers something. */
export const can = (what) => Boolean(mis.value?.capabilities?.includes(what));

let timer = 0;
export async function refreshStatus() {
  clearTimeout(timer);
  const answer = await askStatus();
  slowAfter.value = answer.soft_s ?? slowAfter.peek();
  if (answer.emergency_words) emergencyWords.value = answer.emergency_words.length ? answer.emergency_words : USUAL;
  if (answer.ok) mis.value = answer.status;
  else if (mis.peek()) mis.value = { ...mis.peek(), state: "down" };
  // Not answered at all, as at a start: nothing is drawn meanwhile, so it is asked again soon.
  if (!answer.ok || mis.peek()?.state === "down") timer = setTimeout(refreshStatus, mis.peek() ? AGAIN : SOON);
}

if (may("card.read")) effect(() => { if (phase.value === "live" && services.value.mis !== null) refreshStatus(); });

const directories = new Map();

/** A directory as it is known: {status: loading | ready | failed, items, stale, at}. Reading it asks for it. */
export function directory(kind) {
  if (!directories.has(kind)) {
    directories.set(kind, signal({ status: "empty", items: [], stale: false, at: 0 }));
    queueMicrotask(() => loadDirectory(kind)); // not while something is being drawn
  }
  return directories.get(kind).value;
}

export async function loadDirectory(kind) {
  const kept = directories.get(kind);
  if (kept.peek().status === "loading" || Date.now() - kept.peek().at < FRESH) return;
  kept.value = { ...kept.peek(), status: "loading" };
  const answer = await askDirectory({ kind });
  if (answer.ok && (answer.items.length || !answer.error)) kept.value = { status: "ready", items: answer.items, stale: answer.stale, at: Date.now() };
  else kept.value = { ...kept.peek(), status: "failed" };
}

/** The name of an entry, by its id. */
export const entryName = (kind, id) => directory(kind).items.find((one) => one.id === id)?.name ?? "";

export const retryDirectories = () => { for (const kind of directories.keys()) loadDirectory(kind); };
effect(() => { if (mis.value?.state === "ready") retryDirectories(); });
