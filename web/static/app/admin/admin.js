// Administration: the directory's sections, its versions, the accounts; one draft over all sections until it is saved.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { rows } from "../live/store.js";
import { Icon, Pill } from "../parts/icon.js";
import { Accounts } from "./accounts.js";
import { base, checked, dirty, discard, load, state } from "./draft.js";
import { Conflict, Remarks, Review, review } from "./review.js";
import { SECTIONS } from "./schema.js";
import { Section } from "./section.js";
import { Versions } from "./versions.js";

const OTHERS = { versions: Versions, accounts: Accounts };
const PLACES = [...SECTIONS.map((one) => one.id), ...Object.keys(OTHERS)];
const place = signal(PLACES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "operators");

function show(id) {
  place.value = id;
  history.replaceState(null, "", `${location.pathname}#${id}`);
}

/** Whether each PBX's configuration is that of the version in force. */
function Pbxes() {
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

function Bar() {
  const flaws = checked.value.errors.length;
  return html`<div class="admin-bar" data-dirty=${dirty.value ? "true" : undefined}><p class="grow" role="status">${dirty.value ? html`<b>${t("admin.dirty")}</b>
      ${checked.value.fresh && html` · ${flaws ? html`<span class="admin-flaw">${t("admin.flaws", { count: flaws })}</span>` : t("admin.differences", { count: checked.value.diff.length })}`}` : t("admin.clean")}</p>
    <button type="button" class="btn btn-small" disabled=${!dirty.value} onClick=${discard}>${t("admin.discard")}</button>
    <button type="button" class="btn btn-small btn-primary" disabled=${!dirty.value} onClick=${review}>${t("admin.check")}</button></div>`;
}

const Skeleton = () => html`<div class="history-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2, 3, 4, 5].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;

/** It did not load; an engine that comes back is found without a click. */
function Failed() {
  useEffect(() => {
    const again = setInterval(() => load({ quietly: true }), 3000);
    return () => clearInterval(again);
  }, []);
  return html`<div class="empty" role="alert"><${Icon} name="triangle-alert" size="large" /><p class="empty-title">${t("admin.failed")}</p>
    <button type="button" class="btn" onClick=${() => load()}>${t("action.retry")}</button></div>`;
}

export function Screen() {
  useEffect(() => { load(); }, [rows("rules").get("rules")?.version]);
  useKeys({ "Ctrl+KeyS": { label: "admin.check", when: () => dirty.value, run: review } });
  const Other = OTHERS[place.value];
  const head = base.value?.head;
  return html`<div class="admin"><nav class="admin-nav" aria-label=${t("title.admin")}>${PLACES.map((id) => html`<button key=${id} type="button" class="admin-place" aria-current=${place.value === id ? "page" : undefined}
      onClick=${() => show(id)}>${t(`admin.section.${id}`)}</button>`)}</nav>
    <main class="admin-main"><div class="page-head"><h1 class="page-title">${t("title.admin")}</h1>
        <p class="quiet grow">${base.value && `${t("admin.version", { version: base.value.version })}${head ? ` · ${dayAndTime(head.at, serverNow())}, ${head.actor === "system" ? t("admin.system") : head.actor}` : ""}`}</p><${Pbxes} /></div>
      <${Conflict} />${state.value === "loading" && html`<${Skeleton} />`}${state.value === "failed" && html`<${Failed} />`}
      ${state.value === "ready" && html`${!OTHERS[place.value] && html`<${Bar} />`}
        ${checked.value.warnings.length > 0 && !Other && html`<${Remarks} remarks=${checked.value.warnings} tone="warn" />`}
        ${Other ? html`<${Other} />` : html`<${Section} section=${place.value} />`}<${Review} />`}</main></div>`;
}
