// The call at my phone. At the ring only the call's own facts (they need no audit); the rest comes with the card.
import { useEffect, useRef, useState } from "preact/hooks";
import { computed, effect, signal } from "@preact/signals";
import { Clock, serverNow } from "../clock.js";
import { duration } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { myCall, myLeg, myPart } from "../live/selectors.js";
import { REQUEST_STATES } from "../live/states.js";
import { rows } from "../live/store.js";
import { lineTitle, queueTitle, sourceTitle } from "../names.js";
import { me } from "../boot.js";
import { cry } from "../parts/announce.js";
import { Icon, Pill } from "../parts/icon.js";
import { view } from "../view.js";
import { Broken, Trouble } from "./beside.js";
import { Buttons, whyNot } from "./buttons.js";
import { Consult, Passing } from "./consult.js";
import * as device from "./device.js";
import { broken, consult, doubt, hangUp, sending, steer } from "./orders.js";
import { Pad } from "./pad.js";
import { Pass } from "./pass.js";

const LEADS = new Set(["ringing", "dialling"]);

/** Since when the call is on hold here: Asterisk tells that it is, not since when; our own clock does. */
const heldSince = signal(null);
const held = computed(() => Boolean(myCall.value) && (device.here.value ? device.line.value.held : myPart(myCall.value) === "held"));
effect(() => { heldSince.value = held.value ? new Date(serverNow()).toISOString() : null; });

/** The line's name, if the directory gives the dialled number one. */
const lineOf = (call) => lineTitle(call.dialled) || sourceTitle(call.source) || call.dialled;

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

/** From when the big clock runs: the hold, my talk, or the ring of my phone. */
function clockFrom(call, part) {
  const leg = myLeg(call);
  if (part === "held" && heldSince.value) return heldSince.value;
  if (LEADS.has(part)) return leg?.rang_at ?? call.queued_at ?? call.started_at;
  return leg?.answered_at ?? call.answered_at ?? call.started_at;
}

/** One line of what is to be known just now; its place is kept when there is nothing. */
function Hint({ call, part }) {
  const second = [...rows("calls").values()].find((one) => one.id !== call.id && one.phase !== "ended" && one.ringing?.includes(me.operator));
  const [icon, text] = sending.value ? ["timer", t("call.sending")] : doubt.value ? ["triangle-alert", t("call.doubt")]
    : part === "ringing" ? ["phone-call", t(device.device.value.kind === "web" ? "call.answerHere" : "call.lift")]
      : second ? ["phone-incoming", t("call.second", { queue: queueTitle(second.queue) || t("direction.internal") })]
        : device.line.value.muted ? ["mic-off", t("call.muted")] : part === "held" && device.here.value ? ["pause", t("call.heldHint")] : device.device.value.kind === "desk" ? ["phone", t("call.onDeskPhone")] : ["", ""];
  return html`<p class=${`call-hint ${doubt.value ? "tone-danger" : ""}`} role="status">${icon && html`<${Icon} name=${icon} size="small" />`}<span class="cut">${text}</span></p>`;
}

/** What the keys and the buttons do to this call. */
function doing(call, open) {
  return {
    answer: () => device.answer(), hangUp: () => hangUp(call), pass: () => open("pass"), pad: () => open("pad"),
    hold: () => device.hold(!device.line.peek().held), mute: () => device.mute(!device.line.peek().muted),
  };
}

function useCallKeys(call, part, moved, act, show) {
  const free = (what) => () => Boolean(myCall.peek()) && !whyNot(what, part, moved);
  const talks = () => part === "talking" || part === "held";
  const of = (action) => ({ label: `call.${action}`, when: () => moved?.kind === "consult", run: () => steer(call, action) });
  useKeys({
    KeyC: { label: "call.show", run: show },
    KeyA: { label: "call.answer", when: free("answer"), run: act.answer }, KeyH: { label: "call.hold", when: free("hold"), run: act.hold },
    KeyM: { label: "call.mute", when: free("mute"), run: act.mute }, KeyT: { label: "call.pass", when: free("pass"), run: act.pass },
    KeyD: { label: "call.tones", when: free("tones"), run: act.pad },
    KeyE: { label: talks() ? "call.hangUp" : "call.decline", when: free("hang_up"), once: talks(), run: act.hangUp },
    "Shift+KeyT": of("complete"), "Shift+KeyH": of("swap"), "Shift+KeyJ": of("join"), "Shift+KeyE": of("abort"),
  });
}

function Bar({ call, number }) {
  const [dialog, open] = useState("");
  const bar = useRef();
  const told = myPart(call);
  const part = told === "talking" && held.value ? "held" : told;
  const moved = consult.value;
  const { tone, icon } = REQUEST_STATES[part];
  const show = () => { view.value = { request: call.request, call: call.id }; };
  const act = doing(call, open);
  useCallKeys(call, part, moved, act, show);
  useEffect(() => { if (part === "ringing") cry(t("call.announce", { queue: queueTitle(call.queue), source: lineOf(call) })); }, [call.id, part]);
  useEffect(() => { if (LEADS.has(part)) open(""); }, [part]);
  const elsewhere = view.value?.call !== call.id && view.value?.request !== call.request;
  const name = number || call.phone || t("phone.hidden");
  return html`<section class=${`call-bar tone-${tone}`} data-part=${part} aria-label=${t("call.mine")} ref=${bar}>
    <div class="call-line">
      <${Pill} tone=${tone} icon=${icon}>${t(`call.${part}`)}<//>
      <span class="call-number cut">${name}</span>
      <span class="grow"></span>
      ${elsewhere && html`<button class="btn btn-small" type="button" onClick=${show}>${t("call.show")}<kbd class="key">C</kbd></button>`}
      <${Clock} className="call-clock" since=${clockFrom(call, part)} label=${t(`call.${part}`)} />
    </div>
    <${Facts} call=${call} />
    ${moved?.kind === "blind" ? html`<${Passing} moved=${moved} />` : (!moved || sending.value || doubt.value) && html`<${Hint} call=${call} part=${part} />`}
    ${moved?.kind === "consult" ? html`<${Consult} call=${call} moved=${moved} number=${name} />` : html`<${Buttons} part=${part} consult=${moved} act=${act} />`}
    ${dialog === "pass" && html`<${Pass} call=${call} close=${() => open("")} />`}${dialog === "pad" && html`<${Pad} call=${call} close=${() => open("")} />`}
  </section>`;
}

/** `call`: mine, or null; `number`: the whole one, once its display was audited. Without a call: what became of the last
 * one, when it ended badly, and what is wrong with the phone in the page; nothing when all is well. */
export function CallBar({ call, number }) {
  if (call) return html`<${Bar} key=${call.id} call=${call} number=${number} />`;
  if (broken.value) return html`<${Broken} />`;
  return html`<${Trouble} />`;
}
