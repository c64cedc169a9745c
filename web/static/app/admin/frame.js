// What the pages of the directory have around them: what the PBXs use, whether the draft is saved, why nothing is shown.
import { useEffect } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { rows } from "../live/store.js";
import { Icon, Pill } from "../parts/icon.js";
import { base, checked, dirty, discard, load } from "./draft.js";
import { review } from "./review.js";

/** Whether each PBX's configuration is that of the version in force. */
export function Pbxes() {
  const all = [...rows("pbxes").values()];
  if (!base.value || !all.length) return null;
  return html`<ul class="admin-pbxes" aria-label=${t("admin.pbxes")}>${all.map((one) => {
    const why = one.directory_reason;
    const state = why === "by_hand" ? "by_hand" : why ? "failed" : one.directory === base.value.version ? "applied" : "waits";
    const tone = { applied: "ok", waits: "idle", failed: "danger", by_hand: "warn" }[state];
    return html`<li key=${one.id}><${Pill} tone=${tone} icon=${state === "applied" ? "circle-check" : state === "waits" ? "clock" : "triangle-alert"} title=${state === "failed" ? why : undefined}>
      ${t(`admin.pbx.${state}`, { pbx: one.id, version: state === "waits" ? base.value.version : one.directory })}<//>${state === "failed" && html`<span class="admin-pbx-why small">${why}</span>`}</li>`;
  })}</ul>`;
}

/** Whether there is something to save, and the way to it. `drop` gives the edits up; `children` stand before the buttons. */
export function Bar({ drop = discard, children }) {
  const flaws = checked.value.errors.length;
  return html`<div class="admin-bar" data-dirty=${dirty.value ? "true" : undefined}><p class="grow" role="status">${dirty.value ? html`<b>${t("admin.dirty")}</b>
      ${checked.value.fresh && html` · ${flaws ? html`<span class="admin-flaw">${t("admin.flaws", { count: flaws })}</span>` : t("admin.differences", { count: checked.value.diff.length })}`}` : t("admin.clean")}</p>
    ${children}<button type="button" class="btn btn-small" disabled=${!dirty.value} onClick=${drop}>${t("admin.discard")}</button>
    <button type="button" class="btn btn-small btn-primary" disabled=${!dirty.value} onClick=${review}>${t("admin.check")}</button></div>`;
}

export const Skeleton = () => html`<div class="history-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2, 3, 4, 5].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;

/** It did not load; an engine that comes back is found without a click. */
export function Failed() {
  useEffect(() => {
    const again = setInterval(() => load({ quietly: true }), 3000);
    return () => clearInterval(again);
  }, []);
  return html`<div class="empty" role="alert"><${Icon} name="triangle-alert" size="large" /><p class="empty-title">${t("admin.failed")}</p>
    <button type="button" class="btn" onClick=${() => load()}>${t("action.retry")}</button></div>`;
}
