// What each person sets for himself on this machine: size, density, sounds, notifications, keys.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { density, quiet, sink, textSize, volume } from "../memory.js";
import { Dialog } from "./dialog.js";
import { Letters } from "./help.js";
import { NotifyButton } from "./notify.js";
import { outputs, play } from "./sounds.js";

const shown = signal(false);
export const showSettings = () => { shown.value = true; };
const SIZES = [90, 100, 110, 125];
const SOUNDS = ["call", "offer", "overdue"];

const Choice = ({ name, options, value, choose }) => html`<fieldset class="settings-choice"><legend class="field-label">${name}</legend><div class="chips">${options.map(([key, text]) => html`
  <button key=${key} class="btn btn-small" type="button" aria-pressed=${value === key ? "true" : "false"} onClick=${() => choose(key)}>${text}</button>`)}</div></fieldset>`;

function Output() {
  const [devices, setDevices] = useState([]);
  useEffect(() => { outputs().then(setDevices); }, []);
  if (!devices.length) return null;
  return html`<label class="field"><span class="field-label">${t("settings.output")}</span><select class="field-input" value=${sink.value} onChange=${(event) => { sink.value = event.target.value; }}>
    <option value="">${t("settings.outputSystem")}</option>${devices.map((one) => html`<option key=${one.id} value=${one.id}>${one.label}</option>`)}</select></label>`;
}

export function Settings() {
  if (!shown.value) return null;
  return html`<${Dialog} title=${t("settings.title")} onClose=${() => { shown.value = false; }}><div class="stack">
    <div class="pair"><${Choice} name=${t("settings.density")} options=${[["comfortable", t("settings.comfortable")], ["compact", t("settings.compact")]]} value=${density.value} choose=${(key) => { density.value = key; }} />
      <${Choice} name=${t("settings.text")} options=${SIZES.map((size) => [size, t("figure.percent", { n: size })])} value=${textSize.value} choose=${(size) => { textSize.value = size; }} /></div>
    <label class="field"><span class="field-label">${t("settings.volume")}</span><input class="range" type="range" min="0" max="100" step="5" value=${volume.value} onInput=${(event) => { volume.value = Number(event.target.value); }} /></label>
    <${Output} />
    <div class="chips" role="group" aria-label=${t("settings.try")}>${SOUNDS.map((kind) => html`<button key=${kind} class="btn btn-small" type="button" onClick=${() => play(kind)}>${t(`settings.sound.${kind}`)}</button>`)}</div>
    <label class="check"><input type="checkbox" checked=${quiet.value} onChange=${(event) => { quiet.value = event.target.checked; }} /><span>${t("settings.quiet")}<br /><span class="quiet small">${t("settings.quietWhy")}</span></span></label>
    <div class="check"><span class="grow">${t("settings.notify")}<br /><span class="quiet small">${t("notify.why")}</span></span><${NotifyButton} /></div>
    <${Letters} /></div><//>`;
}
