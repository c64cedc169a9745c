// Who it may be: candidates, never «the patient». Nobody is chosen by himself; the dead stand last and grey.
import { useEffect, useState } from "preact/hooks";
import { second, serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Icon } from "../parts/icon.js";
import { findCandidates } from "./known.js";
import { Make } from "./make.js";
import { can, mis, slowAfter } from "./mis.js";
import { People } from "./people.js";
import { Search } from "./search.js";
import { wrong } from "./words.js";

const RETRY = 15; // seconds between two questions of our own while the MIS is away

/** What the look-up itself has to say: slow, down, old, cut, nobody, or a number that is not shown. */
function Word({ request, state }) {
  const { status, lookup, why, since } = state;
  const waits = status === "loading" ? second.value - Math.floor(since / 1000) : 0;
  if (status === "loading" && !lookup) {
    return waits >= Math.max(1, slowAfter.value) ? html`<p class="mis-word tone-warn" role="status"><${Icon} name="clock" size="small" />${t("patient.slow", { count: waits })}</p>`
      : html`<div class="card-waiting skeleton-late" aria-hidden="true"><div class="skeleton"></div><div class="skeleton"></div></div>`;
  }
  const retry = html`<button class="btn btn-small" type="button" disabled=${status === "loading" || !canAct.value} onClick=${() => findCandidates(request.id)}>${t("action.retry")}</button>`;
  if (lookup?.stale) return html`<p class="mis-word tone-warn" role="status"><${Icon} name="clock" size="small" />
    <span class="grow">${t("patient.stale", { at: lookup.at ? dayAndTime(lookup.at, serverNow()) : "", why: wrong(lookup.error) })}</span>${retry}</p>`;
  if (status === "failed" || (why && why !== "not_configured")) return html`<p class="mis-word tone-warn" role="status"><${Icon} name="plug-zap" size="small" /><span class="grow">${wrong(why)} ${t("patient.down")}</span>${retry}</p>`;
  if (lookup && !lookup.complete) return html`<p class="mis-word tone-warn" role="status"><${Icon} name="triangle-alert" size="small" />${t("patient.cut")}</p>`;
  if (!lookup?.people.length && !request.phone) return html`<p class="small quiet">${t(request.conversation ? "patient.unsaid" : "patient.hidden")}</p>`;
  if (lookup && !lookup.people.length) return html`<p class="small quiet">${t("patient.nobody")}</p>`;
  return lookup?.people.length ? html`<p class="small quiet">${t(lookup.people.length > 1 ? "patient.several" : "patient.one", { count: lookup.people.length })}</p>` : null;
}

/** `speaker`: the adult already confirmed, who may speak for a child that is made. `looking`: the call only rings. */
export function Candidates({ request, state, speaker, looking }) {
  const [tool, setTool] = useState("");
  const down = state.status === "failed" || state.lookup?.stale || Boolean(state.why);
  const ready = mis.value.state === "ready";
  useEffect(() => {
    if (!down) return undefined;
    const timer = setInterval(() => { if (canAct.peek() && !document.hidden) findCandidates(request.id); }, (ready ? RETRY / 3 : RETRY) * 1000);
    return () => clearInterval(timer);
  }, [down, ready]);
  const people = state.lookup?.people ?? [];
  const pick = (name) => setTool(tool === name ? "" : name);
  return html`<section class="card patient" aria-label=${t("patient.who")}>
    <div class="patient-head"><h2 class="card-title grow">${t("patient.who")}</h2>
      ${!looking && can("search_name") && html`<button class="btn btn-small" type="button" aria-expanded=${tool === "search" ? "true" : "false"} onClick=${() => pick("search")}>
        <${Icon} name="search" size="small" />${t("patient.find")}</button>`}
      ${!looking && can("create_patient") && html`<button class="btn btn-small" type="button" aria-haspopup="dialog" disabled=${!canAct.value} onClick=${() => setTool("make")}>
        <${Icon} name="user" size="small" />${t("patient.make")}</button>`}</div>
    <${Word} request=${request} state=${state} />
    ${people.length > 0 && html`<${People} request=${request} people=${people} chosen=${state.chosen} list="near" meant=${state.meant} looking=${looking} label=${t("patient.who")} />`}
    ${tool === "search" && html`<${Search} request=${request} state=${state} />`}
    ${tool === "make" && html`<${Make} request=${request} speaker=${speaker} onClose=${() => setTool("")} />`}
  </section>`;
}
