// System notifications, for when the page is not looked at. They carry no name, no number and no reason: only that
// something rings and in which queue. Asked for at the start of a shift, where it makes sense.
import { signal } from "@preact/signals";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { askedToNotify, quiet } from "../memory.js";
import { Icon } from "./icon.js";
import { loud } from "./sounds.js";
import { toast } from "./toast.js";

const known = "Notification" in globalThis;
export const permission = signal(known ? Notification.permission : "denied");
const shown = new Map();

/** Show one, replacing the one of the same subject; `stay` until somebody reacts. Nothing when the page is seen. */
export function notify(tag, title, body, { stay = false, through = false, open } = {}) {
  if (!known || Notification.permission !== "granted" || !loud.peek() || (!document.hidden && document.hasFocus()) || (quiet.peek() && !through)) return;
  const made = new Notification(title, { body, tag: `okno-${tag}`, requireInteraction: stay, silent: true });
  made.onclick = () => { window.focus(); made.close(); open?.(); };
  shown.set(tag, made);
}

export function unnotify(tag) {
  shown.get(tag)?.close();
  shown.delete(tag);
}

async function ask() {
  askedToNotify.value = true;
  permission.value = await Notification.requestPermission();
  if (permission.value === "granted") test();
  else toast(t("notify.refused"), "warn");
}

export function test() {
  const made = new Notification(t("notify.test"), { body: t("notify.testBody"), tag: "okno-test", silent: true });
  setTimeout(() => made.close(), 5000);
}

/** Allow, or test what is allowed. */
export const NotifyButton = () => (permission.value === "default" ? html`<button class="btn btn-small" type="button" onClick=${ask}>${t("notify.allow")}</button>`
  : permission.value === "granted" ? html`<button class="btn btn-small" type="button" onClick=${test}>${t("notify.check")}</button>` : html`<span class="small quiet">${t("notify.denied")}</span>`);

/** The question, once, at the start of a shift. */
export const AskToNotify = () => !askedToNotify.value && permission.value === "default" && html`<section class="card ask-notify"><${Icon} name="phone-call" />
  <p class="grow">${t("notify.ask")}<br /><span class="small quiet">${t("notify.why")}</span></p>
  <button class="btn btn-small btn-quiet" type="button" onClick=${() => { askedToNotify.value = true; }}>${t("notify.later")}</button><${NotifyButton} /></section>`;
