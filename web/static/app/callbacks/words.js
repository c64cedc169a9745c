// A promise to call in words: how a try ended, when the next one is, where the promise came from.
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { t } from "../i18n.js";

/** How a dialling ended: tone and icon; the words are `try.<outcome>`. */
export const TRIES = {
  dialling: { tone: "ok", icon: "phone-outgoing" }, reached: { tone: "talk", icon: "phone" }, no_answer: { tone: "idle", icon: "phone-off" },
  busy: { tone: "warn", icon: "phone" }, rejected: { tone: "warn", icon: "x" }, unreachable: { tone: "idle", icon: "wifi-off" },
  machine: { tone: "idle", icon: "voicemail" }, suspected: { tone: "warn", icon: "voicemail" }, wrong_number: { tone: "danger", icon: "triangle-alert" },
  operator_silent: { tone: "idle", icon: "headset" }, called_off: { tone: "idle", icon: "undo-2" }, unknown: { tone: "danger", icon: "triangle-alert" },
};

export const lastTry = (callback) => callback?.tries?.at(-1);

/** Whether it is to be tried now, by whoever is free. */
export const isDue = (request, now = serverNow()) => Boolean(request.callback) && (!request.callback.next_at || Date.parse(request.callback.next_at) <= now);

/** When the next try is: a time, or «as soon as somebody is free». */
export function nextTry(callback, now = serverNow()) {
  return callback.next_at && Date.parse(callback.next_at) > now ? dayAndTime(callback.next_at, now) : t("promise.asap");
}

/** The plan's try that comes next, of how many. */
export const countOf = (callback) => (callback.of ? t("promise.count", { n: Math.min(callback.attempt + 1, callback.of), of: callback.of }) : "");
