// Pass a call on: type a name, an extension, a queue or a number; colleagues are live. First a word with them, or at once.
import { useState } from "preact/hooks";
import { me, titled } from "../boot.js";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { rows } from "../live/store.js";
import { queues } from "../names.js";
import { Chooser, Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { stateWord } from "../parts/presence.js";
import { pass } from "./orders.js";

const RANK = ["available", "phone", "wrap_up", "ringing", "incall", "not_responding", "break", "unreachable", "offline"];
const NUMBER = /^\+?[\d\s()-]{2,20}$/;
const WAYS = ["attended", "blind"];

/** Whom a call may go to, who is free first; a typed number before the rest. */
function targets(text) {
  const people = [...rows("operators").values()].filter((one) => one.id !== me.operator)
    .map((one) => ({ id: `o-${one.id}`, to: { to: one.extension }, name: titled(one.title), operator: one, ...operatorState(one) }))
    .map((one) => ({ ...one, disabled: one.key === "unreachable" || (one.key === "offline" && !one.operator.reachable) }))
    .sort((a, b) => RANK.indexOf(a.key) - RANK.indexOf(b.key) || a.name.localeCompare(b.name));
  const lines = queues().map((one) => ({ id: `q-${one.id}`, to: { to_queue: one.id }, name: titled(one.title), queue: one }));
  if (!text.trim()) return [...people, ...lines];
  const query = asked(text);
  const hits = [...people, ...lines].filter((one) => found(folded(`${one.name} ${one.operator?.extension ?? ""}`), query));
  const digits = text.replace(/[\s()-]/g, "");
  const typed = NUMBER.test(text.trim()) && !hits.some((one) => one.operator?.extension === digits);
  return typed ? [{ id: "number", to: { to: digits }, name: digits, number: true }, ...hits] : hits;
}

function draw({ operator, queue, number, name, key }) {
  if (number) return html`<${Icon} name="phone-outgoing" /><span class="grow cut">${t("phone.passNumber", { number: name })}</span>`;
  return operator
    ? html`<span class=${`dot tone-${OPERATOR_STATES[key].tone}`}></span><span class="grow cut">${name} <span class="quiet">· ${operator.extension}</span></span><span class="quiet small">${stateWord(operator, key)}</span>`
    : html`<${Icon} name="layers" /><span class="grow cut">${name}</span><span class="quiet small">${t("phone.passQueue", { count: queue.free ?? 0 })}</span>`;
}

export function Pass({ call, close }) {
  const [text, setText] = useState("");
  const [how, setHow] = useState("attended");
  const [, again] = useState(0);
  const run = (one) => { close(); pass(call, one.queue ? "blind" : how, one.to, one.name, one.operator?.id); };
  const items = targets(text).map((one) => ({ ...one, run: () => run(one) }));
  const onKeyDown = (event) => {
    if (event.altKey && (event.code === "Digit1" || event.code === "Digit2")) { event.preventDefault(); setHow(WAYS[Number(event.code.at(-1)) - 1]); }
  };
  return html`<${Dialog} title=${t("phone.pass")} onClose=${close}><div class="pass" onKeyDown=${onKeyDown}>
    <div class="pass-ways" role="radiogroup" aria-label=${t("phone.passHow")}>${WAYS.map((way, at) => html`<label key=${way} class="pass-way"><input type="radio" name="pass-way" checked=${how === way}
      onChange=${() => setHow(way)} /><span>${t(`phone.way.${way}`)} <kbd class="key key-kept">Alt ${at + 1}</kbd></span></label>`)}</div>
    <${Chooser} items=${items} draw=${draw} text=${text} onText=${(value, same) => (same ? again((n) => n + 1) : setText(value))} label=${t("phone.passSearch")}
      placeholder=${t("phone.passSearch")} listLabel=${t("phone.pass")} />
    ${!items.length && html`<p class="search-word quiet small">${t("search.nothing")}</p>`}</div><//>`;
}
