// Answers written beforehand: a slash and some letters find one, its variables become names. They are the directory's.
import { signal } from "@preact/signals";
import { boot, me, titled } from "../boot.js";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { ask } from "../live/link.js";
import { row } from "../live/store.js";
import { operatorTitle, queueTitle } from "../names.js";

const SHOWN = 8;
/** {version, items: [{id, title, text, short, queues}]}. */
export const answers = signal({ version: null, items: [] });
let asking = false;

/** Bring those of the directory in force, unless they are here. */
export async function refreshAnswers() {
  const wanted = row("rules", "rules")?.version;
  if (asking || (answers.peek().version !== null && answers.peek().version === wanted)) return;
  asking = true;
  try {
    const answer = await ask("chat_answers", { after: answers.peek().version });
    if (answer.ok) answers.value = { version: answer.version, items: answer.items ?? answers.peek().items };
  } catch {
    // no answer: the next look at the pane asks again
  } finally {
    asking = false;
  }
}

/** What of a text is the beginning of a canned answer: the letters after a slash at its very start, else null. */
export const slashed = (text) => (/^\/[^\n]{0,40}$/.test(text) ? text.slice(1) : null);

/** Those that fit a queue and what was typed: by their short name first, then by the words of title and text. */
export function fitting(items, queue, typed) {
  const own = items.filter((one) => !one.queues.length || one.queues.includes(queue));
  const text = typed.trim().toLowerCase();
  if (!text) return own.slice(0, SHOWN);
  const query = asked(text);
  const short = own.filter((one) => one.short && query.some((word) => folded(one.short).startsWith(word)));
  const words = own.filter((one) => !short.includes(one) && found(folded(`${titled(one.title)} ${titled(one.text)}`), query));
  return [...short, ...words].slice(0, SHOWN);
}

/** The text with names in it; what is not known leaves no hole and no brace. */
export function filled(answer, { patient = "", queue = "" }) {
  const values = { patient, operator: operatorTitle(me.operator), clinic: boot.clinic.name, queue: queueTitle(queue) };
  return titled(answer.text).replace(/\{(patient|operator|clinic|queue)\}/g, (_, name) => values[name]).replace(/ +([,.!?])/g, "$1").replace(/^[ ,]+/, "").replace(/  +/g, " ");
}

/** The list over the composer; `at` is the chosen one. */
export const Canned = ({ items, at, pick }) => html`<ul class="canned" id="canned" role="listbox" aria-label=${t("chat.canned")}>${items.map((one, place) => html`<li key=${one.id} id=${`canned-${place}`} class="canned-item" role="option"
    aria-selected=${place === at ? "true" : "false"} onMouseDown=${(event) => { event.preventDefault(); pick(one); }}><span class="strong cut">${titled(one.title)}</span>${one.short && html`<span class="small quiet">/${one.short}</span>`}<span class="small quiet cut canned-text">${titled(one.text)}</span></li>`)}
  ${!items.length && html`<li class="canned-none small quiet" role="option" aria-selected="false" aria-disabled="true">${t("chat.cannedNone")}</li>`}</ul>`;
