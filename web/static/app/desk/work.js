// What may be done with the request in hand: take it, put it aside, give it away, tie it to somebody. Only what works is drawn.
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { may, me } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { promiseCall } from "../callbacks/ask.js";
import { useKeys } from "../keys.js";
import { take } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { myCall } from "../live/selectors.js";
import { draftOf } from "../memory.js";
import { Icon } from "../parts/icon.js";
import { has, Part } from "../parts/optional.js";
import { blockNumber } from "../persons/block.js";
import { offlineWhy } from "./leaving.js";
import { takeable } from "./list.js";
import { Postpone } from "./postpone.js";
import { Transfer } from "./transfer.js";

const LINK = "side/link.js";
const linking = signal(null);

/** The dialog in which a request is tied to another contact; the people's own module. */
export const Linking = () => linking.value && html`<${Part} path=${LINK} name="LinkDialog" request=${linking.value} onClose=${() => { linking.value = null; }} />`;

/** Take it, or, when it is mine, put it aside or give it away. */
export function Actions({ request }) {
  const mine = request.owner === me.operator && request.kind !== "call" && request.status === "in_progress";
  const postponing = useRef();
  const handing = useRef();
  useKeys({
    KeyS: { label: "keys.postpone", when: () => mine && canAct.peek(), run: () => postponing.current?.() },
    KeyT: { label: "keys.transfer", when: () => mine && canAct.peek() && !myCall.peek(), run: () => handing.current?.() },
    Enter: { when: () => takeable(request) && canAct.peek(), run: () => take(request) },
  });
  if (takeable(request)) {
    return html`<div class="actions"><button class="btn btn-primary" type="button" disabled=${!canAct.value} title=${offlineWhy()} onClick=${() => take(request)}>
      <${Icon} name="check" />${t("action.take")}<kbd class="key">Enter</kbd></button></div>`;
  }
  const mayPromise = may("requests.open") && request.phone && !request.callback && request.owner === me.operator && ["in_progress", "wrap_up"].includes(request.status);
  const promise = mayPromise && html`<button class="btn btn-small" type="button" disabled=${!canAct.value || (request.kind !== "call" && Boolean(myCall.value))} title=${offlineWhy()} onClick=${() => promiseCall(request)}><${Icon} name="undo-2" size="small" />${t("promise.title")}…</button>`;
  const tie = has(LINK) && request.owner === me.operator && html`<button class="btn btn-small" type="button" disabled=${!canAct.value} title=${offlineWhy()} onClick=${() => { linking.value = request; }}><${Icon} name="link" size="small" />${t("action.link")}</button>`;
  const mayBlock = may("numbers.block") && request.phone && request.owner === me.operator && ["in_progress", "wrap_up"].includes(request.status);
  const block = mayBlock && html`<button class="btn btn-small btn-quiet" type="button" disabled=${!canAct.value} title=${offlineWhy()} onClick=${() => blockNumber(request)}><${Icon} name="phone-off" size="small" />${t("blocked.action")}</button>`;
  if (!mine) return tie || promise || block ? html`<div class="actions">${promise}${tie}${block}</div>` : null;
  const note = draftOf(request.id).value.note;
  return html`<div class="actions"><${Postpone} request=${request} note=${note} opener=${postponing} /><${Transfer} request=${request} note=${note} opener=${handing} />${promise}${tie}${block}</div>`;
}
