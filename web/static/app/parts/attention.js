// How the page calls for attention: title and favicon, sounds, notifications, one word after an hour and a half without a
// break. Nothing here says who calls.
import { computed, effect, signal } from "@preact/signals";
import { boot } from "../boot.js";
import { second, secondsSince } from "../clock.js";
import { t } from "../i18n.js";
import { unanswered } from "../chat/mine.js";
import { lists, myCall, myOffer, myOperator, myPart, waiting } from "../live/selectors.js";
import { row } from "../live/store.js";
import { queueTitle } from "../names.js";
import { openView, screen } from "../view.js";
import { notify, unnotify } from "./notify.js";
import { repeat, sound } from "./sounds.js";
import { toast } from "./toast.js";

const BREAK_AFTER = 90 * 60;
const ringing = computed(() => Boolean(myCall.value) && myPart(myCall.value) === "ringing");
const offered = computed(() => Boolean(myOffer.value) && !ringing.value);

// My own requests that are past their time; each is told of once, whenever it comes to be.
const overdue = computed(() => {
  const own = lists.value.mine;
  return own.length ? own.filter((one) => one.due_at && Date.parse(one.due_at) / 1000 < second.value).map((one) => one.id).join() : "";
});
const told = new Set();
effect(() => {
  const late = new Set(overdue.value.split(",").filter(Boolean));
  for (const id of told) if (!late.has(id)) told.delete(id); // answered; whom nobody answers the next time is told of again
  for (const id of late) {
    if (told.has(id)) continue;
    told.add(id);
    sound("overdue");
    notify(id, t("notify.overdue"), queueTitle(row("requests", id)?.queue), { open: () => openView({ request: id }) });
  }
});

repeat("call", ringing, true);
repeat("offer", offered);

let rang = null;
effect(() => {
  const call = ringing.value ? myCall.value : null;
  if (rang && rang !== call?.id) unnotify(rang);
  if (call && rang !== call.id) notify(call.id, t("notify.call"), queueTitle(call.queue), { stay: true, through: true, open: () => openView({ request: call.request, call: call.id }) });
  rang = call?.id ?? null;
});

let held = null;
effect(() => {
  const offer = offered.value ? myOffer.value : null;
  if (held && held !== offer?.id) unnotify(held);
  if (offer && held !== offer.id) notify(offer.id, t("notify.offer"), queueTitle(row("requests", offer.request)?.queue), { stay: true });
  held = offer?.id ?? null;
});

effect(() => {
  const name = `${t(`title.${screen.value.slice(1)}`)} · ${boot.clinic.name}`;
  document.title = ringing.value ? `\u25cf ${t("title.ringing")}` : offered.value ? `\u25cf ${t("title.offer")}` : unanswered.value ? `\u25cf ${t("title.chat", { count: unanswered.value })}` : waiting.value.count ? `(${waiting.value.count}) ${name}` : name;
});

const icon = document.querySelector("link[rel=icon]");
const plain = icon.href;
effect(() => {
  const wanted = ringing.value || offered.value || overdue.value || unanswered.value ? plain.replace("favicon.svg", "favicon-alert.svg") : plain;
  if (icon.href !== wanted) icon.href = wanted;
});

/** Whether he has been on the line for so long that a break would do him good. */
export const tired = computed(() => {
  const operator = myOperator.value;
  return operator?.presence === "available" && Boolean(operator.presence_since) && secondsSince(operator.presence_since) >= BREAK_AFTER;
});
const nudged = signal(false);
effect(() => {
  if (!tired.value) { nudged.value = false; return; }
  if (nudged.peek() || myCall.value) return;
  nudged.value = true;
  toast(t("presence.tired"));
});
