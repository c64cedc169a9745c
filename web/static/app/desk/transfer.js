// Give a request to a colleague or a queue: live states, type to search, Enter gives.
import { useState } from "preact/hooks";
import { me, titled } from "../boot.js";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { transfer } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { rows } from "../live/store.js";
import { queues } from "../names.js";
import { Chooser, Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { stateWord } from "../parts/presence.js";
import { leave, offlineWhy } from "./leaving.js";

const RANK = ["available", "phone", "wrap_up", "ringing", "incall", "not_responding", "unreachable", "break"];

/** Whom it may be given to, who is free first; queues after them. */
function targets(request) {
  const people = [...rows("operators").values()].filter((one) => one.id !== me.operator && one.presence !== "offline")
    .map((one) => ({ id: `o-${one.id}`, to: { to_operator: one.id }, name: titled(one.title), operator: one, ...operatorState(one) }))
    .sort((a, b) => RANK.indexOf(a.key) - RANK.indexOf(b.key) || a.name.localeCompare(b.name));
  const lines = queues().map((one) => ({ id: `q-${one.id}`, to: { to_queue: one.id }, name: titled(one.title), queue: one, disabled: one.id === request.queue }));
  return [...people, ...lines];
}

function draw({ operator, queue, name, key }) {
  return operator
    ? html`<span class=${`dot tone-${OPERATOR_STATES[key].tone}`}></span><span class="grow cut">${name} <span class="quiet">· ${operator.extension}</span></span><span class="quiet small">${stateWord(operator, key)}</span>`
    : html`<${Icon} name="layers" /><span class="grow cut">${name}</span><span class="quiet small">${queue.free === undefined ? t("transfer.queue") : t("transfer.free", { count: queue.free })}</span>`;
}

function Targets({ request, note, close }) {
  const [text, setText] = useState("");
  const [, again] = useState(0);
  const query = asked(text);
  const items = targets(request).filter((one) => !text.trim() || found(folded(`${one.name} ${one.operator?.extension ?? ""}`), query))
    .map((one) => ({ ...one, run: () => { close(); leave(transfer(request, one.to, note), request, t("done.transferred", { to: one.name })); } }));
  return html`<${Dialog} title=${t("transfer.title")} onClose=${close}>
    <${Chooser} items=${items} draw=${draw} text=${text} onText=${(value, same) => (same ? again((n) => n + 1) : setText(value))} label=${t("transfer.search")} placeholder=${t("transfer.search")} listLabel=${t("transfer.title")} />
    ${!items.length && html`<p class="search-word quiet small">${t("search.nothing")}</p>`}
    ${note.trim() && html`<p class="small quiet transfer-note">${t("transfer.withNote")}</p>`}<//>`;
}

export function Transfer({ request, note, opener }) {
  const [open, setOpen] = useState(false);
  if (opener) opener.current = () => setOpen(true);
  return html`<button class="btn btn-small" type="button" disabled=${!canAct.value} title=${offlineWhy()} onClick=${() => setOpen(true)}>
      <${Icon} name="arrow-right-left" size="small" />${t("action.transfer")}<kbd class="key">T</kbd></button>
    ${open && html`<${Targets} request=${request} note=${note} close=${() => setOpen(false)} />`}`;
}
