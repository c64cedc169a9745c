// The operator's desk: what to do (left), now (centre), what was before (right).
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { typing } from "../keys.js";
import { lists, myCall, myOffer, myOperator, myPart, myWrapUp } from "../live/selectors.js";
import { cardOf, fetchCard } from "../live/queries.js";
import { row, watch } from "../live/store.js";
import { everLive } from "../live/link.js";
import { toast } from "../parts/toast.js";
import { CallBar } from "../phone/callbar.js";
import { draftOf } from "../memory.js";
import { Emergency } from "../patient/emergency.js";
import { ChatCount } from "../chat/pane.js";
import { StartHost } from "../chat/start.js";
import { Papers } from "../patient/papers.js";
import { Patient } from "../patient/patient.js";
import { Joined } from "../persons/joined.js";
import { pane, view } from "../view.js";
import { Promised } from "../callbacks/promised.js";
import { Callback, toCallBack } from "./callback.js";
import { Card } from "./card.js";
import { closing } from "./closing.js";
import { Idle, NotResponding } from "./idle.js";
import { List } from "./list.js";
import { Side, tab } from "./side.js";
import { Note } from "./note.js";
import { OfferCard } from "./offers.js";
import { Outcome } from "./outcome.js";
import { Actions, Linking } from "./work.js";

const lastCall = signal(null);
const keyOf = (subject) => subject.request ?? subject.call;
/** The last row seen of what is in view: it stays readable when the live one leaves the world. */
const kept = signal(null);

// A ring brings its card by itself, unless hands are busy in a field of another request: the focus is never stolen.
// A ring that went elsewhere takes its card away again.
let shown = null;
effect(() => {
  const call = myCall.value;
  if (call?.id === shown?.id) { shown = call; return; }
  const left = shown;
  shown = call;
  if (left && !call && view.peek()?.call === left.id && row("requests", left.request)?.owner !== me.operator) view.value = null;
  if (!call) return;
  if (!typing() || !view.peek()) view.value = { request: call.request, call: call.id };
  pane.value = "now";
});

watch((name, id, next, before) => {
  if (name === "calls" && before && myCall.peek()?.id === id && (!next || next.phase === "ended")) lastCall.value = next ?? before;
});

// The ring's first row may come before its request is known; once it is, the view names the request too.
effect(() => {
  const subject = view.value;
  const call = subject?.call && row("calls", subject.call);
  if (call?.request && !subject.request) view.value = { ...subject, request: call.request };
});

effect(() => {
  const subject = view.value;
  const live = subject?.request && row("requests", subject.request);
  if (!subject) kept.value = null;
  else if (live) kept.value = live;
});

/** Fetch the card when the view changes, and again when the call in it has ended, the request changed hands or its patient was confirmed. */
function useCard(subject, request, call) {
  const key = subject && keyOf(subject);
  const again = `${call?.phase === "ended" || !call}-${request?.owner ?? ""}-${request?.status ?? ""}-${request?.identified ?? ""}`;
  const load = () => fetchCard(key, subject.request ? { request: subject.request } : { call: subject.call });
  useEffect(() => { if (key && everLive.value) load(); }, [key, again, everLive.value]);
  return key ? { state: cardOf(key).value, load } : { state: null, load };
}

/** What was in view has left the world: mine was closed by its timer, another's is said so. A note not saved yet stays. */
function closedMeanwhile(subject) {
  const gone = kept.peek();
  if (!gone || gone.id !== subject?.request) return;
  if (gone.owner !== me.operator) toast(t("card.goneElsewhere"), "warn");
  else if (!draftOf(gone.id).peek().note.trim()) view.value = null;
}

function next(done) {
  const own = lists.value.mine.find((request) => request.id !== done.id && request.kind !== "call" && request.status === "in_progress");
  if (view.value?.request === done.id) view.value = own ? { request: own.id } : null;
}

/** What is reserved for what comes by itself: the call at my phone, an offer, the word that I did not answer, the script of an emergency. */
function Reserved({ mine, request, card, open }) {
  const offer = myOffer.value;
  const missed = myOperator.value?.presence === "not_responding";
  const known = mine && myPart(mine) !== "ringing" && mine.request === request?.id;
  return html`<div class="desk-call">
    <${CallBar} call=${mine ?? null} number=${known ? card.state?.card?.contact?.pretty : ""} />
    ${open && html`<${Emergency} request=${request.id} /><${Papers} request=${request.id} />`}
    ${missed && html`<${NotResponding} />`}
    ${offer && html`<${OfferCard} key=${offer.id} offer=${offer} />`}</div>`;
}

function Centre({ live, request, call, card, mine }) {
  const own = live && request.owner === me.operator && ["in_progress", "wrap_up"].includes(request.status);
  const talking = own && mine && mine.request === request.id;
  const leaving = closing.value?.request.id === request?.id;
  const open = own && !leaving;
  const ringing = live && mine && mine.request === request.id && myPart(mine) === "ringing";
  // A caller's patient stands above his call's facts; who is to be called back has his button first.
  const patient = (open || ringing) && html`<${Patient} key=${request.id} request=${request} open=${Boolean(open)} contact=${card.state?.card?.contact} />`;
  return html`<div class="desk-centre" id="centre">
    <${Reserved} mine=${mine} request=${request} card=${card} open=${open} />
    <div class="desk-scroll">
      ${request?.kind === "call" && patient}
      ${request && html`<${Card} key=${request.id} request=${request} call=${call} fetched=${card.state} retry=${card.load}
          actions=${!leaving && html`${open && toCallBack(request) && html`<${Callback} request=${request} card=${card.state?.card} />`}<${Actions} request=${request} />`}>
        ${live && !leaving && html`<${Promised} request=${request} /><${Joined} request=${request} card=${card.state?.card} reload=${card.load} />`}
        ${request.kind !== "call" && patient}
        ${(open || draftOf(request.id).value.note.trim()) && !leaving && html`<${Note} key=${request.id} request=${request} />`}<//>`}
      ${!request && !mine && html`<${Idle} last=${lastCall} />`}
    </div>
    ${open && html`<${Outcome} key=${request.id} request=${request} talking=${talking} next=${next} />`}<${Linking} />
  </div>`;
}

const VIEWS = ["list", "now", "side"];

export function Desk() {
  const mine = myCall.value;
  const wrapUp = myWrapUp.value;
  const finishing = wrapUp && !mine && closing.value?.request.id !== wrapUp.id;
  const subject = view.value ?? (finishing ? { request: wrapUp.id } : null);
  const live = subject?.request ? row("requests", subject.request) : null;
  const call = row("calls", subject?.call ?? live?.calls?.at(-1)) ?? (mine && mine.id === subject?.call ? mine : null);
  const card = useCard(subject, live, call);
  const request = live ?? card.state?.card?.request ?? (kept.value?.id === subject?.request ? kept.value : null);
  useEffect(() => { if (!live && everLive.value) closedMeanwhile(subject); }, [Boolean(live), subject?.request]);
  return html`<main class="desk" data-view=${pane.value} data-side=${tab.value}><h1 class="visually-hidden">${t("title.desk")}</h1>
    <${List} />
    <nav class="desk-views" aria-label=${t("desk.views")}>${VIEWS.map((name) => html`<button key=${name} class="tab" type="button" aria-pressed=${pane.value === name ? "true" : "false"}
      data-name=${name} onClick=${() => { pane.value = name; }}>${t(name === "side" && tab.value === "chat" ? "side.chat" : `desk.${name}`)}${name === "side" && html`<${ChatCount} />`}</button>`)}</nav>
    <${Centre} live=${live} request=${request} call=${call} card=${card} mine=${mine} />
    <${Side} fetched=${card.state} /><${StartHost} />
  </main>`;
}
