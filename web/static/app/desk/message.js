// The message a caller left: fetched, and written to the audit trail as heard, when somebody presses play, not before.
import { signal } from "@preact/signals";
import { me } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "../parts/icon.js";

const shown = signal({ request: "", number: 0, failed: false });

/** What of a request is shown: another request begins anew with its newest message. */
function stateOf(request) {
  return shown.value.request === request.id ? shown.value : { request: request.id, number: 0, of: request.calls.length, failed: false };
}

const may = (request) => me.role === "supervisor" || request.owner === me.operator;

/** Nothing when nobody left a message. Who does not have the request is told that there is one. */
export function Message({ request }) {
  if (!request.message) return null;
  const { number, of, failed } = stateOf(request);
  const show = (next) => { shown.value = { request: request.id, number: next, of: request.calls.length, failed: false }; };
  const fail = () => { shown.value = { request: request.id, number, of, failed: true }; };
  return html`<section class="card message" aria-label=${t("message.title")}>
    <h3 class="card-title message-title"><${Icon} name="voicemail" />${t("message.title")}</h3>
    ${may(request) ? html`<audio class="message-player" key=${`${request.id}/${number}`} controls preload="none" controlslist="nodownload noplaybackrate" aria-label=${t("message.player")}
        src=${`/sound/message/${request.id}/${number}?of=${of}`} onError=${fail}></audio>
      ${failed && html`<p class="message-failed" role="alert"><${Icon} name="triangle-alert" size="small" />${t(number ? "message.noEarlier" : "message.failed")}</p>`}
      ${request.calls.length > 1 && html`<div class="message-do">${number > 0 && html`<button class="btn btn-small" type="button" onClick=${() => show(number - 1)}>${t("message.later")}</button>`}
        ${!(failed && number) && html`<button class="btn btn-small" type="button" onClick=${() => show(number + 1)}>${t("message.earlier")}</button>`}</div>`}
      <p class="small quiet">${t("message.audited")}</p>`
    : html`<p class="small quiet">${t("message.take")}</p>`}
  </section>`;
}
