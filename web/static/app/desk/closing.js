// Closing a request can be undone for five seconds: the order waits here, in the page, and goes at once when the page is
// left, when the next one is closed, or when the after-call work is about to end by itself.
import { signal } from "@preact/signals";
import { serverNow } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { register } from "../keys.js";
import { complete } from "../live/commands.js";
import { draftOf, dropDraft } from "../memory.js";
import { outcomeTitle } from "../names.js";
import { Icon } from "../parts/icon.js";
import { openView } from "../view.js";

const UNDO_FOR = 5000;
/** What is being closed: {request, outcome, note, at}, or null. */
export const closing = signal(null);
let timer = 0;

/** Send what waits, now. A refusal has been said; its draft is still there. */
export async function sendClosing() {
  const one = closing.peek();
  clearTimeout(timer);
  if (!one) return;
  closing.value = null;
  const answer = await complete(one.request, one.outcome, one.note);
  if (answer.ok) dropDraft(one.request.id);
}

/** Close a request in five seconds, or at once when nothing could be undone by then. */
export function close(request, outcome, note, safe) {
  sendClosing();
  closing.value = { request, outcome, note, at: serverNow() };
  if (safe) timer = setTimeout(sendClosing, UNDO_FOR);
  else sendClosing();
}

export function undoClosing() {
  const one = closing.peek();
  clearTimeout(timer);
  closing.value = null;
  if (!one) return;
  const draft = draftOf(one.request.id);
  draft.value = { ...draft.peek(), note: one.note, outcome: one.outcome };
  openView({ request: one.request.id });
}

addEventListener("pagehide", sendClosing);
addEventListener("beforeunload", sendClosing);
register("KeyZ", { label: "keys.undo", when: () => Boolean(closing.peek()), run: undoClosing });
register("Ctrl+KeyZ", { when: () => Boolean(closing.peek()), run: undoClosing });

/** The bar «closed · undo», over the list's foot: it never covers what is typed. */
export const Undo = () => closing.value && html`<div class="undo tone-ok" role="status"><${Icon} name="circle-check" />
  <span class="grow cut">${t("done.completed", { outcome: outcomeTitle(closing.value.outcome) })}</span>
  <button class="btn btn-small" type="button" onClick=${undoClosing}><${Icon} name="undo-2" size="small" />${t("action.undo")}<kbd class="key">Z</kbd></button>
  <span class="undo-time" key=${closing.value.request.id}></span></div>`;
