// What each section of the directory holds: its fields in people's order, their kinds and bounds. The server's checker
// decides what is right; the bounds here only help the hand. Every section is a list here, in the administrator's order.
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const KINDS = ["call", "missed_call", "callback", "chat", "form", "email", "voicemail"];
const STRATEGIES = ["rrmemory", "ringall", "leastrecent", "fewestcalls", "random", "linear"];
const FIGURES = ["waiting", "longest_wait_s", "service_level", "free", "overdue", "abandoned", "missed_open", "missed_again"];

const int = (id, min, max, more = {}) => ({ id, kind: "int", min, max, ...more });
const title = { id: "title", kind: "title" };
const name = { id: "name", kind: "name" };
const texts = (id) => ({ id, kind: "texts" });
const empty = { ru: "", en: "" };
const callbacks = { offer: false, attempts_min: [0, 15, 60], next_opening: true, quiet_from: "21:00", quiet_to: "09:00", dial: "preview", share: 50, write_instead: true };
const CALLBACKS = [{ id: "offer", kind: "bool" }, { id: "next_opening", kind: "bool" }, { id: "attempts_min", kind: "numbers" }, { id: "dial", kind: "choice", options: ["preview", "auto"] },
  { id: "quiet_from", kind: "clock" }, { id: "quiet_to", kind: "clock" }, int("share", 0, 100), { id: "write_instead", kind: "bool" }];

/** `key` is the field an entry is known by; `plain` sections are name -> entry in the document, `whole` those whose entry is a title.
 * `elsewhere` sections belong to the same document and the same draft; another page edits them. */
export const SECTIONS = [
  { id: "operators", key: "name", columns: ["extension", "queues", "skills"], fresh: { name: "", title: empty, extension: "", queues: [], skills: {}, penalty: 0, capacity: 100, web_phone: false, pbx: null, contact: null },
    fields: [title, name, { id: "extension", kind: "text", size: 6 }, { id: "queues", kind: "many", of: "queues" }, { id: "skills", kind: "levels", of: "skills" },
      int("penalty", 0, 20), int("capacity", 25, 400), { id: "web_phone", kind: "bool" }, { id: "pbx", kind: "text", optional: true }, { id: "contact", kind: "text", optional: true }] },
  { id: "queues", key: "name", columns: ["name", "hours", "service_level_s", "ring_s"], fresh: { name: "", title: empty, strategy: "rrmemory", ring_s: 15, max_wait_s: 300, max_callers: 0, join_empty: false, service_level_s: 20,
    service_level_target: 80, wrap_up_s: 30, missed_due_s: 600, priority: 0, hours: null, skills: {}, skill_relax_s: 30, sticky_s: 30, callbacks, survey: null },
    fields: [title, name, { id: "hours", kind: "choice", of: "hours", optional: true }, int("service_level_s", 1, 600), int("service_level_target", 1, 100), { id: "strategy", kind: "choice", options: STRATEGIES },
      int("ring_s", 3, 120), int("max_wait_s", 5, 3600), int("max_callers", 0, 1000), { id: "join_empty", kind: "bool" }, int("wrap_up_s", 0, 600), int("missed_due_s", 60, 86400), int("priority", -100, 100),
      { id: "skills", kind: "levels", of: "skills" }, int("skill_relax_s", 0, 3600), int("sticky_s", 0, 600), { id: "survey", kind: "choice", of: "flows", optional: true }, { id: "callbacks", kind: "inner", fields: CALLBACKS }] },
  { id: "lines", key: "number", columns: ["source", "queue", "hours", "flow"], fresh: { number: "", source: empty, queue: "", hours: null, area_code: null, flow: null },
    fields: [{ id: "number", kind: "name" }, { id: "source", kind: "title" }, { id: "queue", kind: "choice", of: "queues" }, { id: "hours", kind: "choice", of: "hours", optional: true }, { id: "flow", kind: "choice", of: "flows", optional: true }, { id: "area_code", kind: "text", size: 6, optional: true }] },
  { id: "hours", key: "name", plain: true, columns: ["week"], fresh: { name: "", week: {} }, fields: [name, { id: "week", kind: "week" }] },
  { id: "holidays", key: "day", columns: ["title", "spans"], fresh: { day: "", title: empty, spans: [] }, fields: [{ id: "day", kind: "date" }, title, { id: "spans", kind: "spans" }] },
  { id: "skills", key: "name", plain: true, whole: true, columns: ["name"], fresh: { name: "", title: empty }, fields: [title, name] },
  { id: "pause_reasons", key: "name", plain: true, whole: true, columns: ["name"], fresh: { name: "", title: empty }, fields: [title, name] },
  { id: "outcomes", key: "name", plain: true, whole: true, columns: ["name"], fresh: { name: "", title: empty }, fields: [title, name] },
  { id: "work", key: "name", plain: true, columns: ["weight", "offer_s", "reply_s"], fresh: { name: "", weight: 50, offer_s: 20, reply_s: null, wrap_up_s: null },
    fields: [{ id: "name", kind: "kind" }, int("weight", 1, 400), int("offer_s", 5, 300), int("reply_s", 10, 604800, { optional: true }), int("wrap_up_s", 0, 600, { optional: true })] },
  { id: "alerts", key: "name", columns: ["figure", "queue", "above", "below"], fresh: { name: "", title: empty, figure: "waiting", queue: null, above: 5, below: null, for_s: 10, outside: false },
    fields: [title, name, { id: "figure", kind: "choice", options: FIGURES }, { id: "queue", kind: "choice", of: "queues", optional: true }, { id: "above", kind: "int", optional: true }, { id: "below", kind: "int", optional: true },
      int("for_s", 0, 3600), { id: "outside", kind: "bool" }] },
  { id: "chats", key: "name", plain: true, columns: ["greeting", "keywords", "idle_min"], fresh: { name: "", greeting: empty, closed: empty, emergency: empty, closing: empty, survey: empty, keywords: [], idle_min: 1440 },
    fields: [{ id: "name", kind: "choice", of: "queues" }, texts("greeting"), texts("closed"), { id: "keywords", kind: "keywords" }, texts("emergency"), int("idle_min", 0, 10080), texts("closing"), texts("survey")] },
  { id: "answers", key: "name", plain: true, columns: ["short", "queues", "text"], fresh: { name: "", title: empty, text: empty, short: "", queues: [] },
    fields: [title, name, { id: "short", kind: "text" }, texts("text"), { id: "queues", kind: "many", of: "queues" }] },
  { id: "flows", key: "name", plain: true, elsewhere: true, fields: [name, title, { id: "start", kind: "text" }, { id: "language", kind: "text" }, { id: "steps", kind: "steps" }] },
  { id: "prompts", key: "name", plain: true, elsewhere: true, fields: [name, { id: "label", kind: "title" }, { id: "text", kind: "title" }, { id: "file", kind: "file" }] },
];
export const sectionOf = (id) => SECTIONS.find((one) => one.id === id);
export const fieldOf = (section, id) => sectionOf(section)?.fields.find((one) => one.id === id);

/** The document as lists of entries, each with its name inside. */
export function listed(document) {
  return Object.fromEntries(SECTIONS.map(({ id, key, plain, whole }) => [id, !plain ? document[id] ?? []
    : Object.entries(document[id] ?? {}).map(([one, entry]) => (whole ? { [key]: one, title: entry } : { [key]: one, ...entry }))]));
}

/** The way back: what the server takes. */
export function documented(lists) {
  return Object.fromEntries(SECTIONS.map(({ id, key, plain, whole }) => [id, !plain ? lists[id].map(tidy)
    : Object.fromEntries(lists[id].map(({ [key]: one, ...entry }) => [one, whole ? tidy(entry).title : tidy(entry)]))]));
}

const WORDED = new Set(["title", "source", "label", "text", "greeting", "closed", "emergency", "closing"]);
const worded = (field, value) => WORDED.has(field) || (field === "survey" && value && typeof value === "object");

/** Titles nobody wrote in a language are not sent: a missing one is shown in the other. */
function tidy(entry) {
  return Object.fromEntries(Object.entries(entry).map(([field, value]) => [field, worded(field, value) && value
    ? Object.fromEntries(Object.entries(value).filter(([, text]) => text.trim())) : value]));
}

/** Where the server's checker says that a field is: `operators[3].extension`, `skills.english`, `hours.day.week.mon`. */
export function pathOf(section, at, entry, field) {
  const { plain, whole, key } = sectionOf(section);
  if (!plain) return field ? `${section}[${at}].${field}` : `${section}[${at}]`;
  return field && !whole && field !== key ? `${section}.${entry[key]}.${field}` : `${section}.${entry[key]}`;
}
