// Names of what the directory defines, and of what the engine itself gives as an outcome or a source. They are live: the
// tables `rules`, `queues` and `lines` change while people work; what the page was made with is only the first paint.
import { computed } from "@preact/signals";
import { boot, titled } from "./boot.js";
import { has, t } from "./i18n.js";
import { row, rows } from "./live/store.js";

const rules = () => row("rules", "rules");
/** Outcomes, reasons of a break and queues as they are now, in the directory's order: [{id, title}]. */
export const outcomes = () => rules()?.outcomes ?? boot.outcomes;
export const reasons = () => rules()?.pause_reasons ?? boot.pause_reasons;
const place = computed(() => new Map((rules()?.queues ?? boot.queues).map((queue, at) => [queue.id, at])));
const LAST = 999; // a queue that is being removed has no place any more
/** Rows or entries of queues in the directory's order, not in that of their arrival. */
export const inOrder = (list) => [...list].sort((a, b) => (place.value.get(a.id) ?? LAST) - (place.value.get(b.id) ?? LAST) || a.id.localeCompare(b.id));
export const queues = () => (rows("queues").size ? inOrder(rows("queues").values()) : boot.queues);

const titleIn = (list, id) => titled(list.find((one) => one.id === id)?.title);
const own = (prefix, id) => (has(`${prefix}.${id}`) ? t(`${prefix}.${id}`) : "");
const line = (key) => row("lines", key)?.source ?? row("lines", `+${key}`)?.source ?? boot.lines?.[key] ?? boot.lines?.[`+${key}`];

export const queueTitle = (id) => titled(row("queues", id)?.title) || titleIn(boot.queues, id) || id || "";
export const reasonTitle = (id) => titleIn(reasons(), id) || titleIn(boot.pause_reasons, id) || id || "";
/** An outcome of the directory, or one the engine gave by itself: `not_reached`, `no_number`. */
export const outcomeTitle = (id) => titleIn(outcomes(), id) || titleIn(boot.outcomes, id) || own("ended", id) || id || "";
const composed = (key = "") => { // `form:clinic`: a word of ours and a name
  const [kind, ...rest] = key.split(":");
  const word = rest.length ? own("source", kind) : "";
  return word && `${word} · ${rest.join(":")}`;
};
/** A source is {ru, en}; one the engine has no name for is a key in both: a word of ours, or the number of a line. */
export const sourceTitle = (source) => own("source", source?.en) || composed(source?.en) || titled(line(source?.en)) || titled(source);
/** The name of the line a number dialled stands for. */
export const lineTitle = (dialled) => titled(line(dialled));
export const operatorTitle = (id) => titled(row("operators", id)?.title) || id || "";

/** Whom a request is from, as far as a list may say: a number, else which conversation, else nobody's. */
export const whoOf = (request) => request.phone || (request.conversation ? t("row.conversation", { kind: t(`kind.${request.kind}`), number: request.number.slice(-4) }) : t("phone.hidden"));
