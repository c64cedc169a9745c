// Which booking panel is open, and what was asked for in it: one at a time, for the request in hand.
import { effect, signal } from "@preact/signals";
import { serverNow } from "../clock.js";
import { isoDay } from "../format.js";
import { forget } from "../live/queries.js";

/** {request, visit?, query: {specialty, doctor, branch, service, part}, from (2026-11-23), key, slot}; null when shut. */
export const panel = signal(null);
const ANY = { specialty: "", doctor: "", branch: "", service: "", part: "any" };
export const WEEK = 7; // days shown at once
const DAY = 86400000;

/** The day so many days after one (2026-11-23). */
export const dayAfter = (day, days) => new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
export const today = () => isoDay(serverNow());

/** Open it: to book, or, with a visit, to move it to another time of the same doctor first. */
export function openPanel(request, visit = null, query = {}) {
  const near = visit ? { doctor: visit.doctor.id, specialty: visit.specialty?.id ?? "", branch: visit.branch?.id ?? "" } : {};
  panel.value = { request, visit, query: { ...ANY, ...near, ...query }, from: today(), key: "", slot: null };
}
export const closePanel = () => { panel.value = null; };
export const turn = (more) => { if (panel.peek()) panel.value = { ...panel.peek(), ...more }; };

/** Whether enough is said to ask the MIS for times. */
export const enough = ({ specialty, doctor, service }) => Boolean(specialty || doctor || service);

effect(() => { if (forget.value) panel.value = null; });
