// An offer waits for my answer: at the head of the list, and in the reserved place of the centre. It never takes the
// focus; its time is the server's; when it goes by itself the page says why.
import { effect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { me } from "../boot.js";
import { Clock, Countdown, serverNow } from "../clock.js";
import { html } from "../html.js";
import { Channel, channelTitle } from "../chat/channel.js";
import { has, t } from "../i18n.js";
import { register } from "../keys.js";
import { accept, refuse } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { myCall, myOffer } from "../live/selectors.js";
import { REQUEST_ICONS } from "../live/states.js";
import { row, watch } from "../live/store.js";
import { queueTitle, sourceTitle, whoOf } from "../names.js";
import { say } from "../parts/announce.js";
import { Icon, Pill } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { openView } from "../view.js";

const SEEN_FOR = 400; // ms an offer must have been drawn before a key or a click answers it: nobody accepts what he has not seen
let drawnAt = 0;
const answered = new Set();

const seen = () => performance.now() - drawnAt > SEEN_FOR;

async function take(offer) {
  if (!seen()) return;
  answered.add(offer.id);
  openView({ request: offer.request });
  if (!(await accept(offer)).ok) answered.delete(offer.id);
}

async function leave(offer) {
  if (!seen()) return;
  answered.add(offer.id);
  if (!(await refuse(offer)).ok) answered.delete(offer.id);
}

const ready = () => Boolean(myOffer.peek()) && canAct.peek() && seen();
for (const code of ["KeyA", "Enter"]) register(code, { label: "keys.accept", when: ready, run: () => take(myOffer.peek()) });
register("KeyX", { label: "keys.refuse", when: ready, run: () => leave(myOffer.peek()) });

// One that has just come is told, politely; one that went by itself is explained.
let told = "";
effect(() => {
  const offer = myOffer.value;
  if (!offer || offer.id === told) return;
  told = offer.id;
  drawnAt = performance.now();
  const request = row("requests", offer.request);
  if (request) say(t("offer.announce", { kind: t(`kind.${request.kind}`), queue: queueTitle(request.queue) }));
});

/** Why an offer was taken back, once the whole patch is in: only what this page can see is said. */
function whyTakenBack(offer) {
  const owner = row("requests", offer.request)?.owner;
  return owner && owner !== me.operator ? "taken" : myCall.peek() ? "call" : "rescinded";
}

watch((name, id, next, before) => {
  if (name !== "offers" || before?.operator !== me.operator || before.state !== "pending" || answered.has(id)) return;
  if (next && ["pending", "accepted", "rejected"].includes(next.state)) return; // said by me, here or in another tab
  const why = next?.state ?? (Date.parse(before.expires_at) - 500 <= serverNow() ? "timeout" : "rescinded");
  queueMicrotask(() => toast(t(`offer.ended.${why === "rescinded" ? whyTakenBack(before) : has(`offer.ended.${why}`) ? why : "rescinded"}`), "warn"));
});

/** The time left as a ring; its animation is the browser's, its start the server's. */
function Ring({ offer }) {
  const [total, gone] = useMemo(() => {
    const from = Date.parse(offer.at);
    return [Math.max(1, Date.parse(offer.expires_at) - from), Math.max(0, serverNow() - from)];
  }, [offer.id, offer.expires_at]);
  return html`<span class="ring"><svg viewBox="0 0 40 40" aria-hidden="true"><circle class="ring-ground" cx="20" cy="20" r="17" />
    <circle class="ring-left" cx="20" cy="20" r="17" pathLength="100" style=${{ animationDuration: `${total}ms`, animationDelay: `-${gone}ms` }} /></svg>
    <${Countdown} className="ring-clock" at=${offer.expires_at} label=${t("offer.left")} /></span>`;
}

const Buttons = ({ offer, small }) => html`<span class="offer-buttons">
  <button class=${`btn btn-primary ${small ? "btn-small" : ""}`} type="button" disabled=${!canAct.value} onClick=${() => take(offer)}><${Icon} name="check" />${t("offer.accept")}<kbd class="key">A</kbd></button>
  <button class=${`btn ${small ? "btn-small" : ""}`} type="button" disabled=${!canAct.value} onClick=${() => leave(offer)}>${t("offer.refuse")}<kbd class="key">X</kbd></button></span>`;

const facts = (request) => [request.conversation ? channelTitle(request.conversation.channel) : t(`kind.${request.kind}`), queueTitle(request.queue), !request.conversation && sourceTitle(request.source)].filter(Boolean).join(" · ");
const Waited = ({ request }) => html`<span class="quiet">${t("offer.waited")} <${Clock} since=${request.queued_at ?? request.created_at} label=${t("offer.waited")} /></span>`;

/** In the centre. */
export function OfferCard({ offer }) {
  const request = row("requests", offer.request);
  if (!request) return null;
  return html`<section class="offer" aria-label=${t("offer.name")} data-offer=${offer.id}>
    <${Ring} offer=${offer} />
    <div class="grow offer-what"><p class="offer-line"><${Pill} tone="ok" icon=${REQUEST_ICONS[request.kind]}>${t("offer.name")}<//>
      ${offer.sticky && html`<${Pill} tone="accent" icon="user">${t("offer.sticky")}<//>`}</p>
      <p class="offer-line"><span class="offer-who">${whoOf(request)}</span><${Waited} request=${request} /></p>
      <p class="small cut">${facts(request)}</p></div>
    <${Buttons} offer=${offer} /></section>`;
}

/** At the head of the list: the same offer, where the eyes may be. */
export function OfferRow({ offer }) {
  const request = row("requests", offer.request);
  if (!request) return null;
  return html`<div class="offer-row" role="group" aria-label=${t("offer.name")}>${request.conversation ? html`<${Channel} name=${request.conversation.channel} />` : html`<${Icon} name=${REQUEST_ICONS[request.kind]} />`}
    <span class="grow cut"><b>${whoOf(request)}</b><br /><span class="quiet small">${facts(request)}</span></span>
    <${Countdown} at=${offer.expires_at} label=${t("offer.left")} />
    <button class="btn btn-primary btn-small btn-icon" type="button" aria-label=${t("offer.accept")} title=${t("offer.accept")} disabled=${!canAct.value} onClick=${() => take(offer)}><${Icon} name="check" size="small" /></button>
    <button class="btn btn-small btn-icon" type="button" aria-label=${t("offer.refuse")} title=${t("offer.refuse")} disabled=${!canAct.value} onClick=${() => leave(offer)}><${Icon} name="x" size="small" /></button></div>`;
}
