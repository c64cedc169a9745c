// Cancel a visit: asked once, with the reason the MIS wants.
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Dialog } from "../parts/dialog.js";
import { sendCancel } from "./asks.js";
import { order } from "./deals.js";
import { directory } from "./mis.js";
import { said } from "./words.js";

export function Cancel({ request, visit, onClose }) {
  const [reason, setReason] = useState("");
  const reasons = directory("cancel_reasons").items;
  const ready = canAct.value && (reason || !reasons.length);
  const send = (event) => {
    event.preventDefault();
    if (!ready) return;
    const key = crypto.randomUUID();
    order(request.id, { key, action: "cancel", visit }, () => sendCancel({ request: request.id, key, visit, reason }));
    onClose();
  };
  return html`<${Dialog} title=${t("appointment.cancelTitle")} onClose=${onClose}><form class="stack" onSubmit=${send}><p class="strong">${said(visit)}</p>
    ${reasons.length > 0 && html`<fieldset class="settings-choice"><legend class="field-label">${t("appointment.reason")}</legend><div class="reasons">${reasons.map((one) => html`<label key=${one.id} class="reason">
      <input type="radio" name="reason" value=${one.id} checked=${reason === one.id} onChange=${() => setReason(one.id)} />${one.name}</label>`)}</div></fieldset>`}
    <div class="dialog-foot"><button class="btn" type="button" onClick=${onClose}>${t("appointment.keep")}</button><button class="btn btn-danger" type="submit" disabled=${!ready}>${t("appointment.cancelIt")}</button></div></form><//>`;
}
