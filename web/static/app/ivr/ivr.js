// What callers hear before they wait: the drawing of each flow, its prompts, the versions. One draft with the directory.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Conflict, Remarks, Review, review } from "../admin/review.js";
import { base, checked, conflict, dirty, discard, load, state } from "../admin/draft.js";
import { Bar, Failed, Pbxes, Skeleton } from "../admin/frame.js";
import { Versions } from "../admin/versions.js";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { typing, useKeys } from "../keys.js";
import { rows } from "../live/store.js";
import { Icon } from "../parts/icon.js";
import { fit, zoomBy } from "./canvas.js";
import { follow, kindsState, loadKinds, watch } from "./checks.js";
import { canRedo, canUndo, change, flow, forgetPast, redo, stepName, undo } from "./edits.js";
import { Flows } from "./flows.js";
import { Prompts } from "./prompts.js";
import { trying } from "./walk.js";

const PLACES = { flows: Flows, prompts: Prompts, versions: Versions };
const place = signal(location.hash.slice(1) in PLACES ? location.hash.slice(1) : "flows");

function show(id) {
  place.value = id;
  history.replaceState(null, "", `${location.pathname}#${id}`);
}

/** Give the edits up; what was undone so can be undone in its turn. */
function drop() {
  change("", { flows: base.peek().lists.flows, prompts: base.peek().lists.prompts });
  discard();
}

const Turns = () => html`<button type="button" class="btn btn-small btn-icon" disabled=${!canUndo.value} aria-label=${t("ivr.undo")} title=${`${t("ivr.undo")} (Ctrl Z)`} onClick=${undo}><${Icon} name="undo-2" size="small" /></button>
  <button type="button" class="btn btn-small btn-icon ivr-mirrored" disabled=${!canRedo.value} aria-label=${t("ivr.redo")} title=${`${t("ivr.redo")} (Ctrl Shift Z)`} onClick=${redo}><${Icon} name="undo-2" size="small" /></button>`;

function Away() {
  useEffect(() => { const again = setInterval(loadKinds, 3000); return () => clearInterval(again); }, []);
  return html`<div class="empty" role="alert"><${Icon} name="triangle-alert" size="large" /><p class="empty-title">${t("ivr.failed")}</p><button type="button" class="btn" onClick=${loadKinds}>${t("action.retry")}</button></div>`;
}

function Body() {
  if (state.value === "failed") return html`<${Failed} />`;
  if (kindsState.value === "failed") return html`<${Away} />`;
  if (state.value === "loading" || kindsState.value === "loading") return html`<${Skeleton} />`;
  const Place = PLACES[place.value];
  return html`${place.value !== "versions" && html`<${Bar} drop=${drop}><${Turns} /><//>`}
    ${checked.value.warnings.length > 0 && place.value !== "versions" && html`<${Remarks} remarks=${checked.value.warnings.filter((one) => /^(flows|prompts|lines)\b/.test(one.path))} tone="warn" />`}
    <${Place} /><${Review} />`;
}

export function Screen() {
  useEffect(() => { load(); }, [rows("rules").get("rules")?.version]);
  useEffect(() => { loadKinds(); const stops = [watch(), follow()]; return () => stops.forEach((stop) => stop()); }, []);
  useEffect(() => { if (conflict.value) forgetPast(); }, [conflict.value]);
  const drawing = () => place.value === "flows" && !typing();
  useKeys({ "Ctrl+KeyS": { label: "admin.check", when: () => dirty.value, run: review },
    "Ctrl+KeyZ": { label: "ivr.undo", when: () => canUndo.value && !typing(), run: undo }, "Ctrl+Shift+KeyZ": { label: "ivr.redo", when: () => canRedo.value && !typing(), run: redo },
    "Ctrl+KeyY": { when: () => canRedo.value && !typing(), run: redo },
    KeyT: { label: "ivr.try", when: () => place.value === "flows" && Boolean(flow.value), run: () => { trying.value = !trying.value; } },
    "Shift+Equal": { label: "ivr.closer", when: drawing, run: () => zoomBy(1) }, Equal: { when: drawing, run: () => zoomBy(1) }, Minus: { label: "ivr.farther", when: drawing, run: () => zoomBy(-1) },
    KeyF: { label: "ivr.fit", when: drawing, run: fit },
    Escape: { when: () => Boolean(stepName.value) && !typing(), run: () => { stepName.value = null; } } });
  const head = base.value?.head;
  return html`<main class="ivr"><div class="page-head"><h1 class="page-title">${t("title.ivr")}</h1>
      <nav class="ivr-places" aria-label=${t("title.ivr")}>${Object.keys(PLACES).map((id) => html`<button key=${id} type="button" class="btn btn-small btn-quiet" aria-current=${place.value === id ? "page" : undefined} onClick=${() => show(id)}>${t(`ivr.place.${id}`)}</button>`)}</nav>
      <p class="quiet grow">${base.value && `${t("admin.version", { version: base.value.version })}${head ? ` \u00b7 ${dayAndTime(head.at, serverNow())}, ${head.actor === "system" ? t("admin.system") : head.actor}` : ""}`}</p><${Pbxes} /></div>
    <${Conflict} /><${Body} /></main>`;
}
