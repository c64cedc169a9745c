// The buttons of the call bar. A desk phone does hold and microphone itself: Asterisk has no safe way to press them, so
// those buttons tell where they are. Each button keeps its place in every state.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Icon } from "../parts/icon.js";
import * as device from "./device.js";
import { sending } from "./orders.js";

const offline = () => (device.here.value || canAct.value ? "" : t("refused.offline"));
const atDesk = () => (device.here.value ? "" : t(device.device.value.kind === "web" ? "phone.why.elsewhere" : "call.onDevice"));

/** Why a button is off, in words; empty when it acts. `part`: ringing, dialling, talking, held. */
export function whyNot(what, part, consult) {
  const up = part === "talking" || part === "held";
  if (what === "answer") return part !== "ringing" ? t("call.onlyRinging") : atDesk();
  if (what === "hang_up") return consult ? t("call.firstDecide") : offline();
  if (!up) return t("call.onlyTalking");
  if (what === "hold" || what === "mute") return (consult && t("call.firstDecide")) || atDesk();
  if (what === "pass") return (consult && t("call.firstDecide")) || (canAct.value ? "" : t("refused.offline"));
  return offline();
}

/** A button: a reason instead of an action is said in its title and to screen readers; it can still be reached by Tab. */
export function Act({ icon, word, name, hint, why, pressed, className = "", onClick }) {
  const off = Boolean(why) || Boolean(sending.value);
  return html`<button type="button" class=${`btn btn-small ${className}`} aria-disabled=${off ? "true" : undefined} aria-pressed=${pressed === undefined ? undefined : String(pressed)}
    title=${why || undefined} onClick=${() => !off && onClick()}><${Icon} name=${icon} size="small" /><span class="act-word">${word}</span><kbd class="key">${hint}</kbd>
    ${(name || why) && html`<span class="visually-hidden">. ${[name, why].filter(Boolean).join(". ")}</span>`}</button>`;
}

/** Answer or refuse while it rings; hold, microphone, transfer, tones and hang up while it does not. */
export function Buttons({ part, consult, act }) {
  const { held, muted } = device.line.value;
  const why = (what) => whyNot(what, part, consult);
  if (part === "ringing") {
    return html`<div class="call-acts" role="group" aria-label=${t("call.acts")}>
      <${Act} icon="phone-call" word=${t("call.answer")} hint="A" className="btn-primary" why=${why("answer")} onClick=${act.answer} />
      <${Act} icon="phone-off" word=${t("call.decline")} hint="E" className="act-last" why=${why("hang_up")} onClick=${act.hangUp} /></div>`;
  }
  const onHold = device.here.value ? held : part === "held";
  return html`<div class="call-acts" role="group" aria-label=${t("call.acts")}>
    <${Act} icon=${onHold ? "play" : "pause"} word=${t("call.hold")} hint="H" why=${why("hold")} pressed=${onHold} onClick=${act.hold} />
    <${Act} icon=${muted ? "mic-off" : "mic"} word=${t("call.mute")} name=${t("call.muteName")} hint="M" why=${why("mute")} pressed=${muted} className=${muted ? "act-muted" : ""} onClick=${act.mute} />
    <${Act} icon="phone-forwarded" word=${t("call.pass")} hint="T" why=${why("pass")} onClick=${act.pass} />
    <${Act} icon="grip" word=${t("call.tones")} hint="D" why=${why("tones")} onClick=${act.pad} />
    <${Act} icon="phone-off" word=${t("call.hangUp")} hint="E" className="act-end act-last" why=${why("hang_up")} onClick=${act.hangUp} /></div>`;
}
