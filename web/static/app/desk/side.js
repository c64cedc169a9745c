// The right pane: what was before (the contact's history), what to say (hints), and who else works now.
import { effect, signal } from "@preact/signals";
import { may, me, titled } from "../boot.js";
import { Clock } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { fetchCard } from "../live/queries.js";
import { row, rows } from "../live/store.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { Icon, Pill } from "../parts/icon.js";
import { stateWord } from "../parts/presence.js";
import { Inform } from "../patient/inform.js";
import { connected } from "../patient/patient.js";
import { ChatCount, ChatPane } from "../chat/pane.js";
import { Hints } from "../side/hints.js";
import { Timeline } from "../side/timeline.js";
import { Who } from "../side/who.js";
import { pane, view } from "../view.js";

const NARROW = 1200; // px below which the side is a pane of its own
export const tab = signal("history");

// A conversation that comes into view is shown beside it; what is no conversation shows what was before with its person.
let followed = null;
effect(() => {
  const subject = view.value;
  const talk = Boolean(subject?.request && row("requests", subject.request)?.conversation);
  const key = subject ? `${subject.request ?? subject.call}-${talk}` : null;
  if (key === followed) return;
  followed = key;
  if (talk && may("chats.read")) { tab.value = "chat"; queueMicrotask(() => { if (innerWidth < NARROW && me.operator) pane.value = "side"; }); } else if (subject && tab.peek() === "chat") tab.value = "history";
});
const RANK = ["available", "phone", "ringing", "incall", "wrap_up", "break", "not_responding", "unreachable", "offline"];

function Colleagues() {
  const people = [...rows("operators").values()].filter((one) => one.id !== me.operator).map((one) => ({ one, ...operatorState(one) }))
    .sort((a, b) => RANK.indexOf(a.key) - RANK.indexOf(b.key) || titled(a.one.title).localeCompare(titled(b.one.title)));
  if (!people.length) return html`<div class="empty"><${Icon} name="users" size="large" /><p>${t("side.alone")}</p></div>`;
  return html`<ul class="people">${people.map(({ one, key, since }) => html`<li class="person" key=${one.id}><span class="grow cut">${titled(one.title)} <span class="quiet small">· ${one.extension}</span></span>
    <${Pill} tone=${OPERATOR_STATES[key].tone} icon=${OPERATOR_STATES[key].icon}>${stateWord(one, key)}<//>${since && key !== "offline" && html`<${Clock} className="person-time" since=${since} label=${t("presence.since")} />`}</li>`)}</ul>`;
}

const SHOWN = { chat: () => may("chats.read"), hints: () => may("hints.read"), prices: () => connected() };
const ALL = [["chat", "message-square"], ["history", "history"], ["hints", "sticky-note"], ["prices", "file-text"], ["people", "users"]];

/** What is in hand: what the desk shows, else whose card it has fetched. */
const inHand = (fetched) => view.value ?? (fetched?.card?.request ? { request: fetched.card.request.id } : null);

/** Where a hint is to fit: the queue and the number dialled of what is in hand. */
function placeOf(subject, card) {
  const request = row("requests", subject?.request) ?? card?.request;
  const call = row("calls", subject?.call ?? request?.calls?.at(-1)) ?? card?.call;
  return { queue: call?.queue || request?.queue, dialled: call?.direction === "inbound" ? call.dialled : "" };
}

function Past({ fetched, subject }) {
  const card = fetched?.card;
  const live = row("requests", subject?.request);
  const version = `${live?.version ?? ""}-${card?.request?.contact ?? card?.contact?.id ?? ""}-${card?.call?.ended_at ?? ""}`;
  const named = () => subject && fetchCard(subject.request ?? subject.call, subject.request ? { request: subject.request } : { call: subject.call });
  return html`${card && html`<${Who} card=${card} named=${named} />`}<${Timeline} subject=${subject} version=${version} />`;
}

export function Side({ fetched }) {
  const tabs = ALL.filter(([name]) => SHOWN[name]?.() ?? true);
  const step = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const names = tabs.map(([name]) => name);
    tab.value = names.at((names.indexOf(tab.value) + by) % names.length);
    event.currentTarget.querySelector(`#side-${tab.value}`).focus();
  };
  const subject = inHand(fetched);
  useKeys({ Slash: { label: "keys.hints", when: () => may("hints.read") && tab.peek() !== "hints", run: () => { tab.value = "hints"; requestAnimationFrame(() => document.querySelector(".hints-search input")?.focus()); } } });
  const panel = { chat: () => html`<${ChatPane} />`, history: () => html`<${Past} fetched=${fetched} subject=${subject} />`, hints: () => html`<${Hints} place=${placeOf(subject, fetched?.card)} />`, prices: () => html`<${Inform} />`, people: () => html`<${Colleagues} />` };
  return html`<section class="desk-right" aria-label=${t("side.name")} data-tabs=${tabs.length} data-tab=${tab.value}>
    <div class="tabs" role="tablist" aria-label=${t("side.name")} onKeyDown=${step}>${tabs.map(([name, icon]) => html`<button key=${name} id=${`side-${name}`} class="tab" type="button" title=${t(`side.${name}`)} role="tab"
      aria-selected=${tab.value === name ? "true" : "false"} aria-controls="side-panel" tabindex=${tab.value === name ? 0 : -1} onClick=${() => { tab.value = name; }}><${Icon} name=${icon} /><span class="tab-word">${t(`side.${name}`)}</span>${name === "chat" && html`<${ChatCount} />`}</button>`)}</div>
    <div class="side-panel" id="side-panel" role="tabpanel" tabindex=${tab.value === "chat" ? undefined : "0"} aria-labelledby=${`side-${tab.value}`}>${panel[tab.value]()}</div>
  </section>`;
}
