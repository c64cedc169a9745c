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
  if (section === "chats") return named("queues", entry[key]);
  if (section === "work") return t(`kind.${entry[key]}`);
  if (section === "holidays" || section === "lines") return entry[key];
  const title = section === "prompts" ? entry.label : entry.title;
  return titled(title) || title?.ru || title?.en || entry[key];
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

/** A value nobody has a word for: texts of languages, lists of plain values, else as it is written. */
function plainly(value) {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.every((one) => typeof one !== "object") ? value.join(", ") || NONE : JSON.stringify(value);
  return Object.keys(value).every((one) => one === "ru" || one === "en") ? [value.ru, value.en].filter(Boolean).join(" / ") || NONE : JSON.stringify(value);
}

/** A field's value as people read it; of one that has fields itself, those that differ from `other`. */
export function shown(section, field, value, other, spec = fieldOf(section, field) ?? {}) {
  if (value === null || value === undefined || value === "") return NONE;
  switch (spec.kind) {
    case "bool": return t(value ? "admin.yes" : "admin.no");
    case "texts": case "title": return [value.ru, value.en].filter(Boolean).join(" / ") || NONE;
    case "many": return value.map((one) => named(spec.of, one)).join(", ") || NONE;
    case "levels": return Object.entries(value).map(([one, level]) => `${named(spec.of, one)} ${level}`).join(", ") || NONE;
    case "choice": return spec.of ? named(spec.of, value) : t(`admin.option.${value}`);
    case "week": return week(value);
    case "keywords": return value.map((one) => one.words.join(", ")).filter(Boolean).join("; ") || NONE;
    case "inner": return spec.fields.filter(({ id }) => !other || plainly(value[id]) !== plainly(other[id])).map((one) => `${t(`admin.field.${one.id}`)}: ${shown(section, "", value[one.id], null, one)}`).join("; ") || NONE;
    case "numbers": return value.join(", ") || NONE;
    case "file": return t("admin.file", { sum: value.slice(0, 8) });
    case "spans": return value.map(hours).join(", ") || t("admin.closed");
    default: return plainly(value);
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
