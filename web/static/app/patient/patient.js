// Of a request in hand: who it may be or is, what is being done about his visits, and the booking panel.
import { useEffect } from "preact/hooks";
import { may } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { canAct, everLive } from "../live/link.js";
import { Icon } from "../parts/icon.js";
import { Booking } from "./booking.js";
import { Candidates } from "./candidates.js";
import { Deals } from "./dealing.js";
import { recall } from "./deals.js";
import { findCandidates, knownOf, unlearn } from "./known.js";
import { can, mis } from "./mis.js";
import { closePanel, openPanel, panel } from "./panel.js";
import { Confirmed } from "./person.js";
import { openWish, WishHost } from "./wish.js";

const AGAIN = 3000; // ms

/** Whether there is anything of the MIS to show at all. */
export const connected = () => may("card.read") && Boolean(mis.value) && mis.value.state !== "not_configured";

function Tools({ request, open, card }) {
  const shut = panel.value?.request !== request.id;
  const dead = Boolean(card?.deceased);
  const able = open && can("slots") && shut && !dead;
  useKeys({ KeyB: { label: "keys.booking", when: () => able, run: () => openPanel(request.id) } });
  if (!able) return null;
  return html`<div class="patient-tools"><button class="btn" type="button" disabled=${!canAct.value} onClick=${() => openPanel(request.id)}>
    <${Icon} name="calendar-clock" size="small" />${t(request.identified ? "slots.open" : "slots.look")}<kbd class="key">B</kbd></button>
    ${request.identified && html`<button class="btn" type="button" aria-haspopup="dialog" disabled=${!canAct.value} onClick=${() => openWish(request.id)}><${Icon} name="clock" size="small" />${t("wish.add")}</button>`}</div>`;
}

/** `open`: it is mine and being worked on; before that, at the ring, only who it may be is shown. `card`: the contact's. */
export function Patient({ request, open, contact }) {
  const there = connected();
  const state = knownOf(request.id).value;
  const ready = mis.value?.state === "ready";
  useEffect(() => {
    if (!there || !everLive.value) return;
    if (request.identified) { if (open) recall(request.id); return; }
    if (state.card) unlearn(request.id);
    if (ready || state.status === "empty") findCandidates(request.id);
  }, [there, ready, everLive.value, request.identified, request.owner, open]);
  // While it rings nobody presses «again»: a look-up that failed is asked anew by itself.
  useEffect(() => {
    if (!there || open || state.status !== "failed") return undefined;
    const timer = setTimeout(() => { if (canAct.peek()) findCandidates(request.id); }, AGAIN);
    return () => clearTimeout(timer);
  }, [there, open, state.status]);
  useEffect(() => () => { if (panel.peek()?.request === request.id) closePanel(); }, []);
  if (!there || (!open && (state.status === "failed" || state.status === "empty"))) return null;
  return html`${request.identified ? open && html`<${Confirmed} request=${request} state=${state} contact=${contact} />` : html`<${Candidates} request=${request} state=${state} looking=${!open} />`}
    ${open && html`<${Deals} request=${request} />`}
    ${open && panel.value?.request === request.id && html`<${Booking} request=${request} />`}
    <${Tools} request=${request} open=${open} card=${state.card} /><${WishHost} />`;
}
