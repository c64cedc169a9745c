// Names of what the settings define, and of what the engine itself gives as an outcome or a source.
import { boot, titled } from "./boot.js";
import { has, t } from "./i18n.js";

const titles = (list) => new Map(list.map((one) => [one.id, one.title]));
const queues = titles(boot.queues);
const outcomes = titles(boot.outcomes);
const reasons = titles(boot.pause_reasons);

const own = (prefix, id) => (has(`${prefix}.${id}`) ? t(`${prefix}.${id}`) : "");

export const queueTitle = (id) => titled(queues.get(id)) || id || "";
export const reasonTitle = (id) => titled(reasons.get(id)) || id || "";
/** An outcome of the settings, or one the engine gave by itself: `not_reached`, `no_number`. */
export const outcomeTitle = (id) => titled(outcomes.get(id)) || own("ended", id);
/** A source is {ru, en}; one the engine has no name for is a key in both: a word of ours, or the number of a line. */
export const sourceTitle = (source) => own("source", source?.en) || titled(boot.lines?.[source?.en] ?? boot.lines?.[`+${source?.en}`]) || titled(source);
