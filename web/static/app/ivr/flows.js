// The flows: which one is open, what is wrong with it, how it goes there just now, its drawing, and the panel beside it.
import { batch, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { lists } from "../admin/draft.js";
import { timeToSecond } from "../format.js";
import { html } from "../html.js";
import { boot, titled } from "../boot.js";
import { has, t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { Menu, MenuItem } from "../parts/menu.js";
import { Canvas, fit, fitted, zoom, zoomBy, zoomTitle } from "./canvas.js";
import { counts, flaws, flawsOfFlow } from "./checks.js";
import { addFlow, addStep, change, flow, flowName, flows, inForce, kinds, removeFlow, setFlow, stepName, unusedName } from "./edits.js";
import { StepForm } from "./form.js";
import { TryOut } from "./tryout.js";
import { trying } from "./walk.js";
import { flawText, flowTitle, inBoth, kindTitle, lookOf, stepTitle } from "./words.js";

const NARROW = "(max-width: 1199px)"; // the panel stands below the drawing
const about = signal(false); // the open flow's own panel

function open(name) {
  batch(() => { flowName.value = name; stepName.value = null; zoom.value = null; });
}

function make(like = null) {
  const word = t(like ? "ivr.copyOf" : "ivr.newFlow", { name: like ? flowTitle(like) : "" });
  addFlow(unusedName(like?.name ?? "flow", flows.value.map((one) => one.name)), { [boot.lang]: word }, like);
  batch(() => { about.value = true; trying.value = false; zoom.value = null; });
}

function Tools() {
  const now = flow.value;
  return html`<div class="ivr-tools" role="toolbar" aria-label=${t("ivr.tools")}>
    <label class="ivr-choose"><span class="visually-hidden">${t("ivr.flow")}</span><select class="field-input field-small" onChange=${(event) => open(event.target.value)}>${flows.value.map((one) => html`<option key=${one.name} value=${one.name} selected=${one.name === now?.name}>${flowTitle(one)}</option>`)}</select></label>
    <button type="button" class="btn btn-small btn-icon" aria-label=${t("ivr.about")} title=${t("ivr.about")} aria-pressed=${about.value && !stepName.value && !trying.value ? "true" : "false"} onClick=${() => { const was = about.value && !stepName.value; stepName.value = null; trying.value = false; about.value = !was; }}><${Icon} name="settings" size="small" /></button>
    <button type="button" class="btn btn-small" onClick=${() => make()}>${t("ivr.addFlow")}</button>
    <${Menu} className="btn btn-small" name=${t("ivr.addStep")} label=${html`${t("ivr.addStep")}<${Icon} name="chevron-down" size="small" />`} spoken=${true}>${Object.keys(kinds.value).map((kind) => html`<${MenuItem} key=${kind} onClick=${() => { trying.value = false; addStep(kind); }}>
      <span class=${`ivr-node-icon tone-${lookOf(kind)[1]}`}><${Icon} name=${lookOf(kind)[0]} size="small" /></span>${kindTitle(kind)}<//>`)}<//>
    <span class="grow"></span>
    <span class="ivr-zoom"><button type="button" class="btn btn-small btn-icon" aria-label=${t("ivr.farther")} title=${t("ivr.farther")} onClick=${() => zoomBy(-1)}>${"\u2212"}</button>
      <button type="button" class="btn btn-small" aria-pressed=${fitted.value ? "true" : "false"} title=${t("ivr.fit")} aria-label=${`${t("ivr.fit")}: ${zoomTitle.value}`} onClick=${fit}>${zoomTitle.value}</button>
      <button type="button" class="btn btn-small btn-icon" aria-label=${t("ivr.closer")} title=${t("ivr.closer")} onClick=${() => zoomBy(1)}>+</button></span>
    <button type="button" class="btn btn-small" aria-pressed=${trying.value ? "true" : "false"} onClick=${() => { trying.value = !trying.value; }}><${Icon} name="play" size="small" />${t("ivr.try")}</button></div>`;
}

/** What is wrong with the open flow, each a way to its step. */
function Flaws() {
  const found = flawsOfFlow(flow.value.name);
  if (!found.length) return null;
  const errors = found.filter((one) => one.level === "error").length;
  return html`<details class=${`ivr-flaws tone-${errors ? "danger" : "warn"}`}><summary><${Icon} name="triangle-alert" size="small" />${errors ? t("admin.flaws", { count: errors }) : t("ivr.doubts", { count: found.length })}${errors > 0 && found.length > errors && `, ${t("ivr.doubts", { count: found.length - errors })}`}</summary>
    <ul>${found.map((one, at) => html`<li key=${at}>${one.step in (flow.value.steps ?? {}) ? html`<button type="button" class="link" onClick=${() => { trying.value = false; stepName.value = one.step; }}>${stepTitle(one.step, flow.value.steps[one.step])}</button>: ` : ""}${flawText(one)}</li>`)}</ul></details>`;
}

/** How it goes in the open flow since the engine began. */
function Traffic() {
  const told = counts.value;
  if (!told) return html`<p class="quiet small ivr-traffic">${t("ivr.noCounts")}</p>`;
  const now = told.flows[flow.value.name] ?? { came: 0, inside: 0, exits: {} };
  const exits = Object.entries(now.exits).filter(([, count]) => count > 0);
  return html`<p class="small ivr-traffic"><span class="ivr-now"><${Icon} name="phone" size="small" />${now.inside}</span> ${t("ivr.insideNow")} <span class="quiet">\u00b7 ${t("ivr.came", { count: now.came, at: timeToSecond(told.since).slice(0, 5) })}${exits.map(([how, count]) => ` \u00b7 ${has(`ivr.exit.${how}`) ? t(`ivr.exit.${how}`) : how} ${count}`).join("")}</span></p>`;
}

function About() {
  const now = flow.value;
  const lines = lists.value.lines.filter((one) => one.flow === now.name);
  const asked = lists.value.queues.filter((one) => one.survey === now.name).map((one) => titled(one.title) || one.name);
  const fixed = inForce("flows", now.name);
  const rename = (event) => {
    const wanted = event.target.value.trim();
    if (!/^[a-z][a-z0-9_-]{0,39}$/.test(wanted) || flows.value.some((one) => one.name === wanted)) { event.target.value = now.name; return; }
    change("", { flows: flows.value.map((one) => (one.name === now.name ? { ...one, name: wanted } : one)) });
    flowName.value = wanted;
  };
  return html`<section class="card admin-form ivr-panel" aria-label=${t("ivr.about")}><div class="admin-form-head"><h2 class="card-title cut grow">${flowTitle(now)}</h2>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => { about.value = false; }}><${Icon} name="x" size="small" /></button></div>
    <div class="ivr-fields"><fieldset class="admin-group"><legend class="field-label">${t("admin.field.title")}</legend><div class="admin-langs">${inBoth.map((lang) => html`<label class="admin-lang" key=${lang}><span class="quiet small">${t(`admin.lang.${lang}`)}</span>
        <input class="field-input field-small" maxlength="100" value=${now.title?.[lang] ?? ""} onInput=${(event) => setFlow("title", { ...now.title, [lang]: event.target.value })} /></label>`)}</div></fieldset>
      <label class="field"><span class="field-label">${t("admin.field.name")}</span><input class="field-input field-small" disabled=${fixed} value=${now.name} maxlength="40" spellcheck=${false} onChange=${rename} />${fixed && html`<span class="quiet small">${t("admin.fixed")}</span>`}</label>
      <label class="field"><span class="field-label">${t("admin.field.language")}</span><select class="field-input field-small" onChange=${(event) => setFlow("language", event.target.value)}>${["ru", "en"].map((lang) => html`<option key=${lang} value=${lang} selected=${lang === (now.language ?? "ru")}>${t(`lang.${lang}`)}</option>`)}</select></label>
      <label class="field"><span class="field-label">${t("admin.field.start")}</span><select class="field-input field-small" onChange=${(event) => setFlow("start", event.target.value)}>${!now.start && html`<option value="" selected>${t("admin.choose")}</option>`}${Object.entries(now.steps ?? {}).map(([name, step]) => html`<option key=${name} value=${name} selected=${name === now.start}>${stepTitle(name, step)}</option>`)}</select></label>
      <p class="small">${lines.length ? t("ivr.heardBy", { numbers: lines.map((one) => one.number).join(", ") }) : asked.length ? "" : t("ivr.heardByNobody")}${asked.length > 0 && ` ${t("ivr.askedAfter", { queues: asked.join(", ") })}`}</p></div>
    <div class="admin-form-foot ivr-foot"><button type="button" class="btn btn-small" disabled=${lines.length + asked.length > 0} onClick=${() => removeFlow(now.name)}><${Icon} name="x" size="small" />${t("ivr.removeFlow")}</button>
      <button type="button" class="btn btn-small" onClick=${() => make(now)}>${t("ivr.copy")}</button></div></section>`;
}

const Empty = () => html`<div class="card ivr-none"><div class="empty"><${Icon} name="layers" size="large" /><p class="empty-title">${t("ivr.none")}</p><p>${t("ivr.noneWhy")}</p><button type="button" class="btn btn-primary" onClick=${() => make()}>${t("ivr.addFlow")}</button></div></div>`;
const NoSteps = () => html`<div class="ivr-canvas"><div class="empty"><p class="empty-title">${t("ivr.noSteps")}</p><p>${t("ivr.noStepsWhy")}</p></div></div>`;

function Open({ now }) {
  const step = now.steps?.[stepName.value] ? stepName.value : null;
  const shown = trying.value ? "try" : step ? `step.${step}` : about.value ? "about" : "";
  useEffect(() => { if (shown && matchMedia(NARROW).matches) document.querySelector(".ivr-panel")?.scrollIntoView({ block: "start" }); }, [shown]);
  const panel = trying.value ? html`<${TryOut} />` : step ? html`<${StepForm} key=${`${now.name}.${step}`} name=${step} />` : about.value ? html`<${About} />` : null;
  return html`<div class="ivr-pair" data-open=${panel ? "true" : undefined}><section class="card ivr-sheetcard" aria-label=${flowTitle(now)} aria-busy=${flaws.value.fresh ? "false" : "true"}><${Tools} /><div class="ivr-told"><${Traffic} /><${Flaws} /></div>
    ${Object.keys(now.steps ?? {}).length ? html`<${Canvas} />` : html`<${NoSteps} />`}</section>${panel}</div>`;
}

/** The section. */
export const Flows = () => (flow.value ? html`<${Open} now=${flow.value} />` : html`<${Empty} />`);
