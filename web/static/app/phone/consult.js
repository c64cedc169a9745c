// Two lines: the patient (A) and whom I asked (B). Talk with one at a time, or all together; then hand over or come back.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { operatorTitle } from "../names.js";
import { Icon, Pill } from "../parts/icon.js";
import { Act } from "./buttons.js";
import { steer } from "./orders.js";

function Line({ letter, name, tone, icon, word }) {
  return html`<div class="consult-line"><span class="consult-letter" aria-hidden="true">${letter}</span><span class="strong cut">${name}</span><${Pill} tone=${tone} icon=${icon}>${word}<//></div>`;
}

const heard = (on) => (on ? ["talk", "phone", "call.talking"] : ["warn", "pause", "call.held"]);

/** `moved`: what `orders.consult` says. Keys: 2 complete, 1 come back, 4 swap, 3 all together, as phones have them. */
export function Consult({ call, moved, number }) {
  const [toneA, iconA, wordA] = heard(moved.stage === "back");
  const [toneB, iconB, wordB] = moved.met ? heard(moved.stage !== "back") : ["ok", "phone-call", "call.rings"];
  const act = (action) => () => steer(call, action);
  const early = moved.met ? "" : t("call.notLifted");
  const asking = moved.stage === "asking" ? t("call.notLifted") : "";
  return html`<div class="consult" role="group" aria-label=${t("call.consult")}>
    <${Line} letter="A" name=${number} tone=${toneA} icon=${iconA} word=${t(wordA)} />
    <${Line} letter="B" name=${moved.title || operatorTitle(moved.operator) || t("call.consulted")} tone=${toneB} icon=${iconB} word=${t(wordB)} />
    <div class="call-acts">
      <${Act} icon="check" word=${t("call.complete")} hint=${"\u21e7T"} className="btn-primary" why=${asking} onClick=${act("complete")} />
      <${Act} icon="arrow-left-right" word=${t("call.swap")} hint=${"\u21e7H"} why=${early} onClick=${act("swap")} />
      <${Act} icon="users" word=${t("call.join")} hint=${"\u21e7J"} why=${early} onClick=${act("join")} />
      <${Act} icon="undo-2" className="act-last" word=${t("call.abort")} hint=${"\u21e7E"} why=${asking} onClick=${act("abort")} /></div>
  </div>`;
}

/** It was passed on and is about to leave this phone. */
export const Passing = ({ moved }) => html`<p class="call-hint tone-warn" role="status"><${Icon} name="phone-forwarded" size="small" />${t("call.passing", { to: moved.title })}</p>`;
