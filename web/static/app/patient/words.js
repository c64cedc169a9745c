// Times of a branch in its own zone, ages, and the words for what the MIS says.
import { boot } from "../boot.js";
import { serverNow } from "../clock.js";
import { isoDay } from "../format.js";
import { has, t } from "../i18n.js";

const locale = boot.lang === "ru" ? "ru-RU" : "en-GB";
const zones = new Map();

function formats(zone) {
  if (zones.has(zone)) return zones.get(zone);
  const make = (options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
  const made = {
    time: make({ hour: "numeric", minute: "2-digit" }), weekday: make({ weekday: "short" }), whole: make({ weekday: "long", day: "numeric", month: "long" }),
    brief: make({ day: "numeric", month: "long" }), old: make({ day: "numeric", month: "long", year: "numeric" }), iso: new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }),
    name: make({ timeZoneName: "shortGeneric" }),
  };
  zones.set(zone, made);
  return made;
}

const known = (zone) => zone || boot.clinic.timezone;
export const timeAt = (at, zone) => formats(known(zone)).time.format(new Date(at));
export const isoAt = (at, zone) => formats(known(zone)).iso.format(new Date(at));
export const longAt = (at, zone) => formats(known(zone)).whole.format(new Date(at));
export const dateAt = (at, zone) => {
  const form = isoAt(at, zone).slice(0, 4) === isoDay(serverNow()).slice(0, 4) ? "brief" : "old";
  return formats(known(zone))[form].format(new Date(at));
};
/** A column's head: a day (2026-11-23) needs no zone. */
export const columnOf = (day) => `${formats("UTC").weekday.format(new Date(`${day}T12:00:00Z`))} ${Number(day.slice(8))}`;
export const dayName = (day) => formats("UTC").whole.format(new Date(`${day}T12:00:00Z`));
export const bornOn = (born) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date(`${born}T12:00:00Z`));

/** The zone's name when a branch has another clock than ours just now, else nothing. */
export function zoneNote(at, zone) {
  if (!zone || timeAt(at, zone) === timeAt(at, boot.clinic.timezone)) return "";
  const part = formats(zone).name.formatToParts(new Date(at)).find((one) => one.type === "timeZoneName");
  return t("slots.zone", { zone: part?.value ?? zone });
}

/** Whole years from a birth date (1986-03-14) to today. */
export function age(born) {
  const [year, month, day] = born.split("-").map(Number);
  const [nowYear, nowMonth, nowDay] = isoDay(serverNow()).split("-").map(Number);
  return nowYear - year - (nowMonth < month || (nowMonth === month && nowDay < day) ? 1 : 0);
}

export const money = (amount, currency) => new Intl.NumberFormat(locale, { style: "currency", currency: currency || "RUB", maximumFractionDigits: Number(amount) % 1 ? 2 : 0 }).format(Number(amount));

/** What went wrong, in words an operator understands. `code` is of the closed error set or a refusal of the server. */
export function wrong(code) {
  if (has(`mis.error.${code}`)) return t(`mis.error.${code}`);
  return t(has(`refused.${code}`) ? `refused.${code}` : "mis.error.other");
}

/** A visit or a time in one line: doctor, day, hour. */
export const said = (one) => t("slots.said", { doctor: one.doctor.name, day: longAt(one.start, one.zone), time: timeAt(one.start, one.zone) });
