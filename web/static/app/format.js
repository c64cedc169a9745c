// Dates, times and durations as people here read them: the clinic's zone, the chosen language.
import { boot } from "./boot.js";
import { t } from "./i18n.js";

const zone = boot.clinic.timezone;
const locale = boot.lang === "ru" ? "ru-RU" : "en-GB";
const clockFormat = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit" });
const secondFormat = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "long" });
const yearFormat = new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "long", year: "numeric" });
const weekFormat = new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "long", day: "numeric", month: "long" });
const partFormat = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });

const two = (n) => String(n).padStart(2, "0");

/** Seconds as 03:20, or 1:03:20 from an hour on. */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const tail = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s < 3600 ? tail : `${Math.floor(s / 3600)}:${tail}`;
}

export const time = (at) => clockFormat.format(new Date(at));
export const timeToSecond = (at) => secondFormat.format(new Date(at));
/** The clinic's date as 2026-11-21. */
export const isoDay = (at) => partFormat.format(new Date(at));
export const longDay = (at) => weekFormat.format(new Date(at));

/** Today, yesterday, or the date; in lower case, headings raise it. */
export function day(at, now) {
  const then = isoDay(at);
  if (then === isoDay(now)) return t("day.today");
  if (then === isoDay(now - 86400000)) return t("day.yesterday");
  return then.slice(0, 4) === isoDay(now).slice(0, 4) ? dayFormat.format(new Date(at)) : yearFormat.format(new Date(at));
}

export const dayAndTime = (at, now) => (isoDay(at) === isoDay(now) ? time(at) : `${day(at, now)}, ${time(at)}`);

/** The moment of `hour` o'clock of a day (2026-11-21) in the clinic's zone, in ms. Reads the zone's offset from Intl. */
export function hourOf(date, hour) {
  const utc = Date.parse(`${date}T${two(hour)}:00:00Z`);
  const shown = new Date(new Date(utc).toLocaleString("en-US", { timeZone: zone }));
  const plain = new Date(new Date(utc).toLocaleString("en-US", { timeZone: "UTC" }));
  return utc - (shown - plain);
}

/** The moment of `hour` o'clock in the clinic, `days` after today, in ms. */
export const clinicHour = (now, days, hour) => hourOf(isoDay(now + days * 86400000), hour);
