// One row of the list: who, since when, what, whose, in which state. It renders again only when its own facts change.
import { Component } from "preact";
import { useMemo } from "preact/hooks";
import { computed } from "@preact/signals";
import { me } from "../boot.js";
import { Clock, second } from "../clock.js";
import { time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { operatorTitle, queueTitle, sourceTitle, whoOf } from "../names.js";
import { Channel, channelTitle } from "../chat/channel.js";
import { departed } from "../live/departed.js";
import { work } from "../live/selectors.js";
import { REQUEST_ICONS, REQUEST_STATES, requestState } from "../live/states.js";
import { Icon, Pill } from "../parts/icon.js";
import { closing } from "./closing.js";

const EDGES = new Set(["overdue", "ringing", "talking", "held", "wrap_up"]);

/** From when the row's clock runs: the wait, the talk, or the age. */
function since(request, call, state) {
  if (request.conversation?.waits_since) return request.conversation.waits_since;
  if (state === "talking" || state === "held") return call.answered_at ?? call.started_at;
  if (state === "wrap_up" || state === "in_progress") return request.since;
  return request.queued_at ?? request.created_at;
}

function about(request, call) { // the kind is the icon and, for screen readers, a hidden word
  const owner = request.owner && request.owner !== me.operator ? operatorTitle(request.owner) : "";
  const again = request.missed > 1 ? t("row.again", { count: request.missed }) : "";
  const unheard = request.conversation?.unheard > 1 ? t("row.unheard", { count: request.conversation.unheard }) : "";
  const alarm = request.conversation?.emergency ? t("row.emergency") : "";
  return [again, alarm, unheard, request.conversation && channelTitle(request.conversation.channel), queueTitle(request.queue), owner || (!request.conversation && (sourceTitle(request.source) || sourceTitle(call?.source)))].filter(Boolean).join(" · ");
}

function word(request, state) {
  if (state === "taken") return t("state.takenBy", { by: operatorTitle(request.owner) });
  if (state === "postponed" && request.callback?.tries?.length) return t("state.nextTry", { time: time(request.postponed_until), n: request.callback.tries.length + 1 });
  if (state === "postponed" && request.postponed_until) return t("state.postponedUntil", { time: time(request.postponed_until) });
  if (state === "due_soon") return t("state.dueAt", { time: time(request.due_at) });
  return t(`state.${state}`);
}

function stateNow(request, call, ghost) {
  if (ghost) return "gone";
  if (departed.value.get(request.id)?.why === "taken") return "taken";
  if (closing.value?.request.id === request.id) return "closing";
  return requestState(request, call, second.value);
}

function State({ request, call, ghost }) {
  const state = useMemo(() => computed(() => stateNow(request, call, ghost)), [request, call, ghost]).value;
  const { tone, icon } = REQUEST_STATES[state];
  return html`<span class=${`row-edge tone-${tone}`} data-on=${EDGES.has(state) ? "" : undefined}></span>
    <span class=${`row-icon tone-${EDGES.has(state) ? tone : "none"}`}>${request.conversation ? html`<${Channel} name=${request.conversation.channel} />` : html`<${Icon} name=${REQUEST_ICONS[request.kind] ?? "inbox"} />`}</span>
    <span class="row-who cut">${whoOf(request)}</span>
    <span class="row-age">${ghost ? "" : html`<${Clock} since=${since(request, call, state)} label=${t("row.age")} />`}</span>
    <span class="row-about cut"><span class="visually-hidden">${t(`kind.${request.kind}`)}</span> ${about(request, call)}</span>
    <span class="row-state"><${Pill} tone=${tone} icon=${icon}>${word(request, state)}<//></span>`;
}

export class Row extends Component {
  shouldComponentUpdate(next) {
    const now = this.props;
    return next.request !== now.request || next.call !== now.call || next.active !== now.active || next.open !== now.open
      || next.at !== now.at || next.size !== now.size;
  }

  render({ request, call, active, open, at, size, onPick }) {
    work.rows += 1;
    return html`<div class="row" id=${`row-${request.id}`} role="option" aria-selected=${open ? "true" : "false"} aria-posinset=${at + 1} aria-setsize=${size}
      data-active=${active ? "" : undefined} data-ghost=${request.ghost ? "" : undefined} data-farewell=${request.farewell} data-hoped=${request.hoped ? "" : undefined} data-alarm=${request.conversation?.emergency ? "" : undefined}
      style=${{ transform: `translateY(calc(${at} * var(--row)))` }} onClick=${() => onPick(request)} title=${request.phone || request.conversation ? undefined : t("phone.hidden")}>
      <${State} request=${request} call=${call} ghost=${request.ghost} /></div>`;
  }
}
