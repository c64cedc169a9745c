// What the directory's values and the server's remarks are in people's words.
import { titled } from "../boot.js";
import { has, t } from "../i18n.js";
import { base, lists } from "./draft.js";
import { DAYS, fieldOf, sectionOf } from "./schema.js";

const NONE = "\u2014";
const TO = "\u2013";
const hours = (span) => span.replace("-", TO);

/** What an entry of a section is called: its title, else its name. */
export function entryTitle(section, entry) {
  const { key } = sectionOf(section);
  if (section === "work") return t(`kind.${entry[key]}`);
  if (section === "holidays" || section === "lines") return entry[key];
  return titled(entry.title) || entry.title?.ru || entry.title?.en || entry[key];
}

/** What a name of a section is called: in the draft, else as it was; one nobody knows by itself. */
export function named(section, name) {
  const { key } = sectionOf(section);
  const find = (all) => all?.[section].find((one) => one[key] === name);
  const entry = find(lists.value) ?? find(base.value?.lists);
  return entry ? entryTitle(section, entry) : name;
}

const week = (value) => {
  const groups = [];
  for (const day of DAYS) {
    const spans = (value?.[day] ?? []).map(hours).join(", ");
    const before = groups.at(-1);
    if (before && before.spans === spans) before.to = day;
    else groups.push({ from: day, to: day, spans });
  }
  return groups.filter((one) => one.spans).map(({ from, to, spans }) => `${t(`admin.day.${from}`)}${from === to ? "" : `${TO}${t(`admin.day.${to}`)}`} ${spans}`).join("; ") || t("admin.closed");
};

/** A field's value as people read it. */
export function shown(section, field, value) {
  const spec = fieldOf(section, field) ?? {};
  if (value === null || value === undefined || value === "") return NONE;
  switch (spec.kind) {
    case "bool": return t(value ? "admin.yes" : "admin.no");
    case "title": return [value.ru, value.en].filter(Boolean).join(" / ") || NONE;
    case "many": return value.map((one) => named(spec.of, one)).join(", ") || NONE;
    case "levels": return Object.entries(value).map(([one, level]) => `${named(spec.of, one)} ${level}`).join(", ") || NONE;
    case "choice": return spec.of ? named(spec.of, value) : t(`admin.option.${value}`);
    case "week": return week(value);
    case "spans": return value.map(hours).join(", ") || t("admin.closed");
    default: return String(value);
  }
}

// The server's checker speaks the words of okno.yaml's; here they are in the reader's language.
const FLAWS = [
  [/^must be given$/, "missing"], [/^is given twice$/, "twice"], [/^must be a whole number$/, "int"], [/^must be a number$/, "number"],
  [/^must be (-?\d+) or more$/, "least"], [/^must be (-?\d+) or less$/, "most"], [/^there (?:is|are) no (\w+) named '(.*)'$/, "unknown"],
  [/a short name/, "name"], [/an extension/, "extension"], [/a number: three/, "phone"], [/area code/, "area"], [/a span of hours/, "span"],
  [/^must have a name in ru or en$/, "title"], [/^give exactly one/, "oneOf"], [/valid date|date/, "date"], [/neither a password nor a contact/, "contact"],
];
/** A mistake in the reader's language; one we have no words for stands as the server said it. */
export function flaw(message) {
  const [found] = FLAWS.map(([pattern, key]) => [message.match(pattern), key]).filter(([match]) => match);
  return found ? t(`admin.flaw.${found[1]}`, { n: found[0][1] ?? "", name: found[0][2] ?? "" }) : message;
}

/** Whom a change would hurt, or what in it is odd. */
export function remark({ word, message, more, path }) {
  const section = path.split(/[[.]/)[0];
  return has(`admin.remark.${word}`) ? t(`admin.remark.${word}`, { ...more, name: more.name ? named(section, more.name) : "" }) : message;
}
