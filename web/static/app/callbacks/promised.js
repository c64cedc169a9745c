// The promise on the card: when he is called next, how each try ended, and what only a person can tell of the last one.
import { me } from "../boot.js";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { myCall } from "../live/selectors.js";
import { operatorTitle } from "../names.js";
import { Icon, Pill } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { offlineWhy } from "../desk/leaving.js";
import { view } from "../view.js";
import { promiseCall } from "./ask.js";
import { countOf, lastTry, nextTry, TRIES } from "./words.js";

const TOLD = [["machine", "voicemail"], ["wrong_number", "triangle-alert"], ["reached", "check"]];
// Answered and hung up on so soon that it may have been a machine: that is asked first.
const ASKED = [["machine", "voicemail", "tell.yes"], ["reached", "check", "tell.no"], ["wrong_number", "triangle-alert"]];

async function tell(request, outcome) {
  const answer = await order("tried", { request: request.id, outcome, version: request.version });
  if (!answer.ok) return;
  toast(t(`told.${outcome}`));
  if (outcome !== "reached" && view.value?.request === request.id) view.value = null;
}

const Try = ({ one }) => html`<li class="try"><time class="progress-time" datetime=${one.at}>${dayAndTime(one.at, serverNow())}</time>
  <${Pill} tone=${TRIES[one.outcome].tone} icon=${TRIES[one.outcome].icon}>${t(`try.${one.outcome}`)}<//><span class="quiet small cut">${operatorTitle(one.operator)}</span></li>`;

/** What I can say of the last try while the request is in my hands and nobody is on the line. */
function Tell({ request }) {
  const last = lastTry(request.callback);
  const mine = request.owner === me.operator && ["in_progress", "wrap_up"].includes(request.status);
  if (!mine || !last || last.outcome === "dialling" || myCall.value) return null;
  const asked = last.outcome === "suspected";
  const title = t(asked ? "told.suspected" : "told.title");
  return html`<div class="promise-tell" role="group" aria-label=${title}><span class=${asked ? "small" : "small quiet"}>${title}</span>
    ${(asked ? ASKED : TOLD).filter(([outcome]) => outcome !== last.outcome).map(([outcome, icon, word = `tell.${outcome}`]) => html`<button key=${outcome} class="btn btn-small" type="button" disabled=${!canAct.value} title=${offlineWhy()} onClick=${() => tell(request, outcome)}>
      <${Icon} name=${icon} size="small" />${t(word)}</button>`)}</div>`;
}

export function Promised({ request }) {
  const callback = request.callback;
  if (!callback) return null;
  const free = request.owner === null || request.owner === me.operator;
  const waits = callback.state === "waiting" && request.status !== "wrap_up" && request.status !== "done";
  const about = [t(`promise.origin.${callback.origin}`), callback.wanted_at && t("promise.wanted", { time: dayAndTime(callback.wanted_at, serverNow()) })].filter(Boolean);
  return html`<section class="card promised" aria-label=${t("promise.name")}>
    <div class="card-head"><h3 class="card-title">${t("promise.name")}</h3>${callback.state === "dialling" && html`<${Pill} tone="ok" icon="phone-outgoing">${t("try.dialling")}<//>`}</div>
    <p class="small quiet">${about.join(" · ")}</p>
    ${waits && html`<p class="promise-next"><${Icon} name="calendar-clock" size="small" /><span>${t("promise.next")} <b>${nextTry(callback)}</b>${countOf(callback) && html` <span class="quiet">· ${countOf(callback)}</span>`}</span>
      ${free && html`<button class="btn btn-small" type="button" disabled=${!canAct.value || Boolean(myCall.value)} title=${offlineWhy()} onClick=${() => promiseCall(request)}>${t("promise.otherTime")}</button>`}</p>`}
    ${lastTry(callback)?.outcome === "unknown" && html`<p class="promise-said tone-danger toned" role="status"><${Icon} name="triangle-alert" size="small" /><span>${t("promise.unknownWhy")}</span></p>`}
    ${callback.tries?.length > 0 && html`<ol class="tries" aria-label=${t("promise.tries")}>${callback.tries.map((one, at) => html`<${Try} key=${at} one=${one} />`)}</ol>`}
    <${Tell} request=${request} />
  </section>`;
}
