// Somebody to be called back: who, why, how often we tried; call, give back, or put aside. The number is dialled only when
// the engine knows that my phone is quiet: until then it is being prepared.
import { me } from "../boot.js";
import { Clock, serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { dial, transfer } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { myCall, offerOf } from "../live/selectors.js";
import { queueTitle, sourceTitle } from "../names.js";
import { Icon } from "../parts/icon.js";
import { leave, offlineWhy } from "./leaving.js";

const DIALLED = new Set(["missed_call", "callback", "voicemail"]);

/** Whether this request is one to call back, and mine. */
export const toCallBack = (request) => DIALLED.has(request.kind) && request.owner === me.operator && request.status === "in_progress";

/** `card` tells how many calls of ours this request has had, once it has come. */
export function Callback({ request, card }) {
  const tried = request.callback?.tries?.length ?? card?.calls?.filter((call) => call.direction === "outbound" && call.request === request.id).length;
  const offer = offerOf(request.id);
  const preparing = offer && !offer.confirmed;
  const busy = Boolean(myCall.value);
  const able = !preparing && !busy && Boolean(request.phone) && canAct.value;
  const why = offlineWhy() ?? (busy ? t("callback.busy") : preparing ? t("callback.preparing") : undefined);
  const skip = () => leave(transfer(request, { to_queue: request.queue }, ""), request, t("callback.skipped"));
  useKeys({ KeyD: { label: "keys.dial", when: () => able, run: () => dial(request) } });
  const about = [t(`callback.why.${request.kind}`), queueTitle(request.queue), sourceTitle(request.source), dayAndTime(request.created_at, serverNow())].filter(Boolean);
  return html`<section class="callback" aria-label=${t("callback.title")}>
    <p class="card-title">${t("callback.title")}</p><p class="small quiet">${about.join(" · ")}</p>
    <p class="small quiet">${tried ? t("callback.attempts", { count: tried }) : t("callback.first")} · ${t("offer.waited")} <${Clock} since=${request.created_at} label=${t("offer.waited")} /></p>
    <div class="callback-do"><button class="btn btn-primary" type="button" disabled=${!able} title=${why} onClick=${() => dial(request)}><${Icon} name="phone-outgoing" />${t("callback.dial")}<kbd class="key">D</kbd></button>
      <button class="btn" type="button" disabled=${!canAct.value || busy} title=${offlineWhy()} onClick=${skip}>${t("callback.skip")}</button>
      ${why && html`<span class="callback-wait" role="status"><${Icon} name="timer" size="small" />${why}</span>`}</div>
  </section>`;
}
