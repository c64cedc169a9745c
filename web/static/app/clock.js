// Time is the server's: its clock minus ours, measured at each sync. One ticker serves every clock on the screen.
import { useMemo } from "preact/hooks";
import { computed, signal } from "@preact/signals";
import { html } from "./html.js";
import { duration } from "./format.js";

let offset = 0;
const local = () => performance.timeOrigin + performance.now();

/** The server's time now, in milliseconds. */
export const serverNow = () => local() + offset;

/** Whole seconds of the server's clock; everything that shows passing time reads it. */
export const second = signal(Math.floor(serverNow() / 1000));

/** Learn the server's clock from an answer stamped `now` (RFC 3339) that took `roundTrip` ms. */
export function setServerTime(now, roundTrip) {
  offset = Date.parse(now) + roundTrip / 2 - local();
  second.value = Math.floor(serverNow() / 1000);
}

// A machine that slept, or whose clock was set: the two clocks of the browser part, and the offset is measured anew.
const PARTED = 2000; // ms
const listeners = [];
let apart = Date.now() - local();
/** Call `listener` when the browser's time has jumped. */
export const onJump = (listener) => { listeners.push(listener); };

function watchJump() {
  const now = Date.now() - local();
  if (Math.abs(now - apart) < PARTED) return;
  apart = now;
  for (const listener of listeners) listener();
}

function beat() {
  watchJump();
  second.value = Math.floor(serverNow() / 1000);
  setTimeout(beat, 1000 - (serverNow() % 1000) + 5);
}
beat();

const passed = (since) => Math.max(0, second.value - Math.floor(Date.parse(since) / 1000));
export const secondsSince = passed;
export const secondsUntil = (at) => Math.floor(Date.parse(at) / 1000) - second.value;

/** A running clock from `since` (RFC 3339); silent for screen readers, repainted without rendering its parent. */
export function Clock({ since, label, className = "clock" }) {
  const text = useMemo(() => computed(() => duration(passed(since))), [since]);
  return html`<span class=${className} role="timer" aria-label=${label}>${text}</span>`;
}

/** A clock running down to `at`; stays at 00:00. */
export function Countdown({ at, label, className = "clock" }) {
  const text = useMemo(() => computed(() => duration(Math.max(0, secondsUntil(at)))), [at]);
  return html`<span class=${className} role="timer" aria-label=${label}>${text}</span>`;
}
