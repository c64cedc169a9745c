// A number nobody is to call back: for how long, and why. Who dials from there still rings.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { serverNow } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { whoOf } from "../names.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";

const DAY = 24 * 3600000;
const TIMES = [["ever", 0], ["day", DAY], ["week", 7 * DAY], ["month", 30 * DAY]];
const FEWEST_DIGITS = 7;
const REASON_AT_MOST = 400;
const subject = signal(null);

/** Open the dialog: for the number of a request, or for one to be typed; `done` is called once it is blocked. */
export const blockNumber = (request = null, done = () => {}) => { subject.value = { request, done }; };

function Ask({ request, done, close }) {
  const [phone, setPhone] = useState("");
  const [time, setTime] = useState("ever");
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);
  const whole = request || phone.replace(/\D/g, "").length >= FEWEST_DIGITS;
  const send = async (event) => {
    event.preventDefault();
    if (sending || !whole) return;
    setSending(true);
    const length = TIMES.find(([name]) => name === time)[1];
    const whose = request ? { request: request.id } : { phone };
    const answer = await order("block", { ...whose, reason: reason.trim(), ...(length && { until: new Date(serverNow() + length).toISOString() }) });
    setSending(false);
    if (!answer.ok) return; // the refusal has been said; what was typed stays
    toast(t("blocked.done"));
    close();
    done();
  };
  return html`<${Dialog} title=${t("blocked.ask")} onClose=${close}><form class="stack" onSubmit=${send}>
    ${request ? html`<p class="promise-whom"><${Icon} name="phone-off" /><span class="strong">${whoOf(request)}</span> <span class="quiet">${t("request.number", { number: request.number })}</span></p>`
    : html`<label class="field"><span class="field-label">${t("promise.phone")}</span><input class="field-input" type="tel" autofocus autocomplete="off" required maxlength="40" value=${phone} onInput=${(event) => setPhone(event.target.value)} /></label>`}
    <fieldset class="settings-choice"><legend class="field-label">${t("blocked.long")}</legend><div class="chips">${TIMES.map(([name]) => html`<button key=${name} class="btn btn-small" type="button"
      aria-pressed=${time === name ? "true" : "false"} onClick=${() => setTime(name)}>${t(`blocked.for_${name}`)}</button>`)}</div></fieldset>
    <label class="field"><span class="field-label">${t("blocked.reason")}</span><textarea class="field-input" rows="2" maxlength=${REASON_AT_MOST} value=${reason} onInput=${(event) => setReason(event.target.value)}></textarea></label>
    <p class="small quiet">${t("blocked.follows")}</p>
    <div class="dialog-foot"><span class="grow"></span><button class="btn" type="button" onClick=${close}>${t("action.cancel")}</button>
      <button class="btn btn-primary" type="submit" disabled=${!canAct.value || sending || !whole}>${t("blocked.do")}</button></div>
  </form><//>`;
}

/** Where the dialog stands: once for the page. */
export const BlockHost = () => subject.value && html`<${Ask} key=${subject.value.request?.id ?? ""} request=${subject.value.request} done=${subject.value.done} close=${() => { subject.value = null; }} />`;
