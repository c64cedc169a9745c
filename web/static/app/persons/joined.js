// Missed calls of one person are one piece of work: how many there were, and a call taken out again that was another matter.
import { useEffect, useState } from "preact/hooks";
import { may, me } from "../boot.js";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { cardOf, fetchCard } from "../live/queries.js";
import { row } from "../live/store.js";
import { queueTitle } from "../names.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { offlineWhy } from "../desk/leaving.js";

const OPEN = ["queued", "offered", "in_progress", "postponed"];

/** `call` is null while the card has not come: the call can be told by its place alone. */
function Line({ id, call, request, mine, reload }) {
  const [sending, setSending] = useState(false);
  const split = async () => {
    setSending(true);
    const answer = await order("split", { request: request.id, call: id, version: request.version });
    setSending(false);
    if (answer.ok) { toast(t("joined.done")); reload(); }
  };
  return html`<li class="others-line"><${Icon} name="phone-missed" /><span class="grow cut">${call ? html`<time datetime=${call.started_at}>${dayAndTime(call.started_at, serverNow())}</time>
      <span class="quiet"> · ${[queueTitle(call.queue), call.phone].filter(Boolean).join(" · ")}</span>` : t("kind.missed_call")}</span>
    ${mine && html`<button class="btn btn-small" type="button" disabled=${!canAct.value || sending} title=${offlineWhy()} onClick=${split}><${Icon} name="arrow-left-right" size="small" />${t("joined.split")}</button>`}</li>`;
}

/** Below the facts of the card; nothing unless a call joined. */
export function Joined({ request, card, reload }) {
  const joined = request.joined ?? [];
  if (!joined.length) return null;
  const calls = new Map((card?.calls ?? []).map((call) => [call.id, call]));
  const mine = OPEN.includes(request.status) && (request.owner === me.operator || may("requests.steer"));
  return html`<section class="card joined" aria-label=${t("joined.title", { count: request.missed })}>
    <h3 class="card-title">${t("joined.title", { count: request.missed })}</h3>
    <ul class="others">${joined.map((id) => html`<${Line} key=${id} id=${id} call=${calls.get(id)} request=${request} mine=${mine} reload=${reload} />`)}</ul>
    ${mine && html`<p class="small quiet">${t("joined.why")}</p>`}</section>`;
}

/** The same for a supervisor, who has no card beside him. */
export function JoinedDialog({ request, onClose }) {
  const live = row("requests", request.id);
  const load = () => fetchCard(request.id, { request: request.id });
  useEffect(() => { load(); }, [request.id]);
  useEffect(() => { if (!live?.joined?.length) onClose(); }, [live?.joined?.length]);
  return html`<${Dialog} title=${t("joined.of", { number: request.number })} onClose=${onClose}>${live && html`<${Joined} request=${live} card=${cardOf(request.id).value?.card} reload=${load} />`}<//>`;
}
