// The call at my phone. At the ring only the call's own facts (they need no audit); the rest comes with the card.
import { useEffect } from "preact/hooks";
import { boot, titled } from "../boot.js";
import { Clock } from "../clock.js";
import { duration } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { queueTitle, sourceTitle } from "../names.js";
import { useKeys } from "../keys.js";
import { myLeg, myPart } from "../live/selectors.js";
import { REQUEST_STATES } from "../live/states.js";
import { cry } from "../parts/announce.js";
import { Icon, Pill } from "../parts/icon.js";
import { view } from "../view.js";

const LEADS = new Set(["ringing", "dialling"]);

/** The line's name, if the settings give the dialled number one. */
const lineOf = (call) => titled(boot.lines?.[call.dialled]) || sourceTitle(call.source) || call.dialled;

function Facts({ call }) {
  const wait = call.queued_at && (call.answered_at
    ? t("call.waited", { time: duration((Date.parse(call.answered_at) - Date.parse(call.queued_at)) / 1000) })
    : html`${t("call.waits")} <${Clock} since=${call.queued_at} label=${t("call.waits")} />`);
  const facts = [
    call.direction === "inbound" ? lineOf(call) : t(`direction.${call.direction}`), queueTitle(call.queue),
    call.direction === "inbound" && call.dialled && lineOf(call) !== call.dialled && t("call.dialled", { number: call.dialled }), wait,
  ].filter(Boolean);
  return html`<p class="call-facts">${facts.map((fact, at) => html`<span key=${at}>${fact}</span>`)}</p>`;
}

/** From when the big clock runs: my talk, or the ring of my phone. */
function clockFrom(call, part) {
  const leg = myLeg(call);
  if (LEADS.has(part)) return leg?.rang_at ?? call.queued_at ?? call.started_at;
  return leg?.answered_at ?? call.answered_at ?? call.started_at;
}

export function CallBar({ call, number }) {
  const part = myPart(call);
  const { tone, icon } = REQUEST_STATES[part];
  const show = () => { view.value = { request: call.request, call: call.id }; };
  useEffect(() => { if (part === "ringing") cry(t("call.announce", { queue: queueTitle(call.queue), source: lineOf(call) })); }, [call.id, part]);
  useKeys({ KeyC: show });
  const elsewhere = view.value?.call !== call.id && view.value?.request !== call.request;
  return html`<section class=${`call-bar tone-${tone}`} data-part=${part} aria-label=${t("call.mine")}>
    <div class="call-line">
      <${Pill} tone=${tone} icon=${icon}>${t(`call.${part}`)}<//>
      <span class="call-number">${number || call.phone || t("phone.hidden")}</span>
      <span class="grow"></span>
      ${elsewhere && html`<button class="btn btn-small" type="button" onClick=${show}>${t("call.show")}<kbd class="key">C</kbd></button>`}
      <${Clock} className="call-clock" since=${clockFrom(call, part)} label=${t(`call.${part}`)} />
    </div>
    <${Facts} call=${call} />
    ${part === "ringing" && html`<p class="call-hint"><${Icon} name="phone-call" size="small" />${t("call.lift")}</p>`}
  </section>`;
}
