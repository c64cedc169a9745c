// How a list and its people stand, in words and colours; the order is that of the bar.
import { has, t } from "../i18n.js";
import { outcomeTitle } from "../names.js";

export const STATES = ["reached", "replied", "heard", "asked", "dialling", "waiting", "not_reached", "unknown", "refused", "blocked", "withdrawn", "skipped", "not_tried"];
export const TONES = { reached: "ok", replied: "ok", heard: "warn", asked: "talk", dialling: "talk", waiting: "idle", not_reached: "danger", unknown: "danger", refused: "wrap", blocked: "wrap", withdrawn: "wrap", skipped: "wrap", not_tried: "warn" };
export const LIST_TONES = { running: "ok", paused: "warn", stopped: "danger", done: "idle" };
export const LIST_ICONS = { running: "phone-outgoing", paused: "pause", stopped: "x", done: "check" };
const OPEN = ["waiting", "asked", "dialling"];

export const total = (counts) => Object.values(counts).reduce((sum, one) => sum + one, 0);
export const open = (counts) => OPEN.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
export const stateWord = (state) => t(`lists.state.${state}`);
/** What more there is to say: a code of ours, an outcome of the directory, or nothing. */
export const outcomeWord = (code) => (!code ? "" : has(`lists.outcome.${code}`) ? t(`lists.outcome.${code}`) : outcomeTitle(code));
export const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
