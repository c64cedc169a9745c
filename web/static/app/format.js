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

// The same keys on both layouts: a word typed with the wrong one is found too.
const CYRILLIC = "\u0451\u0439\u0446\u0443\u043a\u0435\u043d\u0433\u0448\u0449\u0437\u0445\u044a\u0444\u044b\u0432\u0430\u043f\u0440\u043e\u043b\u0434\u0436\u044d\u044f\u0447\u0441\u043c\u0438\u0442\u044c\u0431\u044e";
const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.";
const other = (text) => [...text].map((sign) => LATIN[CYRILLIC.indexOf(sign)] ?? CYRILLIC[LATIN.indexOf(sign)] ?? sign).join("");

/** A text as searches compare it: small letters, one letter e. */
export const folded = (text) => text.toLowerCase().replaceAll("\u0451", "\u0435");
/** A query as `found` wants it: folded, and the same typed on the other layout. */
export const asked = (query) => { const plain = query.trim().toLowerCase(); return [folded(plain), folded(other(plain))]; };
/** Whether each word of the query is in the folded text, on either layout. */
export const found = (text, [plain, swapped]) => [plain, swapped].some((query) => query.split(/\s+/).every((word) => text.includes(word)));

/** The moment of a day (2026-11-21) and time (14:30) in the clinic's zone, in ms; NaN when one is missing. */
export const momentOf = (date, clock) => {
  const [hours, minutes] = clock.split(":").map(Number);
  return hourOf(date, hours) + minutes * 60000;
};
