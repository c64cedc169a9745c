// Short words about what has just been done or refused; they leave by themselves.
import { signal } from "@preact/signals";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "./icon.js";

const STAYS = { ok: 3500, warn: 7000, danger: 10000 };
const ICONS = { ok: "circle-check", warn: "triangle-alert", danger: "triangle-alert" };
const toasts = signal([]);
let last = 0;

const close = (id) => { toasts.value = toasts.value.filter((one) => one.id !== id); };

/** Show a text; the same text again replaces the one on the screen. */
export function toast(text, tone = "ok") {
  const id = ++last;
  toasts.value = [...toasts.value.filter((one) => one.text !== text).slice(-2), { id, text, tone }];
  setTimeout(close, STAYS[tone], id);
}

export const Toasts = () => html`<div class="toasts" role="status">
  ${toasts.value.map((one) => html`<div class=${`toast tone-${one.tone}`} key=${one.id}>
    <${Icon} name=${ICONS[one.tone]} /><span>${one.text}</span>
    <button class="btn btn-quiet btn-small btn-icon" aria-label=${t("action.close")} onClick=${() => close(one.id)}><${Icon} name="x" size="small" /></button>
  </div>`)}
</div>`;
