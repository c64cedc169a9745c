// What stands in the call bar's place without a call: a call that ended badly, a phone that cannot ring.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { useKeys } from "../keys.js";
import { Icon, Pill } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { Act } from "./buttons.js";
import { device, reclaim, retry } from "./device.js";
import { broken, redial, sending } from "./orders.js";
import { takeOver } from "./tab.js";

/** The last call ended badly: busy, nobody lifted, could not be placed, broken off; one key calls again. */
export function Broken() {
  const { call, word } = broken.value;
  const again = () => redial(call.request);
  const why = !call.request ? t("refused.no_number") : canAct.value ? "" : t("refused.offline");
  useKeys({ KeyD: { label: "call.redial", when: () => !why && !sending.peek(), run: again } });
  return html`<section class="call-bar tone-danger" data-part=${word} aria-label=${t("call.last")}>
    <div class="call-line"><${Pill} tone="danger" icon="phone-off">${t(`call.${word}`)}<//><span class="call-number cut">${call.phone || t("phone.hidden")}</span><span class="grow"></span>
      <button class="btn btn-quiet btn-icon" type="button" aria-label=${t("action.close")} onClick=${() => { broken.value = null; }}><${Icon} name="x" /></button></div>
    <p class="call-hint" role="status"><span class="cut">${t(`call.${word}Why`)}</span></p>
    <div class="call-acts"><${Act} icon="phone-outgoing" word=${t("call.redial")} hint="D" className="btn-primary" why=${why} onClick=${again} /></div></section>`;
}

export async function take() {
  if (device.peek().reason === "machine") reclaim();
  else if (!(await takeOver())) toast(t("phone.busyElsewhere"), "warn");
}

const SHOWN = new Set(["failed", "blocked", "elsewhere"]);

/** The phone in the page cannot ring, and what to do about it. */
export function Trouble() {
  const { kind, state, reason } = device.value;
  if (kind !== "web" || !SHOWN.has(state)) return null;
  return html`<section class="call-bar call-trouble tone-warn" data-part="trouble" aria-label=${t("phone.name")}>
    <div class="call-line"><${Icon} name=${state === "blocked" ? "mic-off" : "plug-zap"} /><span class="grow" role="status">${t(`phone.why.${reason || state}`)}</span>
      ${state === "elsewhere" ? html`<button class="btn btn-small" type="button" onClick=${take}>${t("phone.takeOver")}</button>`
    : html`<button class="btn btn-small" type="button" onClick=${retry}>${t("action.retry")}</button>`}</div></section>`;
}
