// Microphone and speaker: which, how loud, whether they work.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { sink } from "../memory.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { play } from "../parts/sounds.js";
import { toast } from "../parts/toast.js";
import { closeMic, devices, measure, mic, openMic, speaker, trySpeaker } from "./audio.js";
import { retry } from "./device.js";

const shown = signal(false);
export const showSetup = () => { shown.value = true; };

function Choose({ label, list, chosen, children }) {
  const known = !chosen.value || list.some((one) => one.id === chosen.value);
  return html`<div class="setup-row"><label class="field grow"><span class="field-label">${label}</span><select class="field-input" value=${known ? chosen.value : ""} onChange=${(event) => { chosen.value = event.target.value; }}>
    <option value="">${t("phone.system")}</option>${list.map((one) => html`<option key=${one.id} value=${one.id}>${one.label}</option>`)}</select></label>${children}</div>`;
}

/** The microphone open while the dialog is, and how loud it hears. */
function useLevel() {
  const [level, setLevel] = useState(0);
  const [wrong, setWrong] = useState("");
  const [names, setNames] = useState({ mics: [], speakers: [] });
  const [tries, again] = useState(0);
  useEffect(() => {
    let stream = null;
    let stop = () => {};
    let over = false;
    openMic().then((opened) => {
      stream = opened;
      if (over) { closeMic(stream); return; }
      setWrong("");
      stop = measure(stream, setLevel);
      retry();
      devices().then(setNames);
    }, (error) => { setWrong(error.reason ?? "mic_failed"); devices().then(setNames); });
    return () => { over = true; stop(); closeMic(stream); };
  }, [mic.value, tries]);
  return { level, wrong, names, again: () => again(tries + 1) };
}

function Inside() {
  const { level, wrong, names, again } = useLevel();
  const heard = useRef(false);
  heard.current ||= level > 0.08;
  const test = (sounds) => sounds().catch(() => toast(t("phone.noSound"), "warn"));
  return html`<div class="setup">
    <${Choose} label=${t("phone.mic")} list=${names.mics} chosen=${mic} />
    ${wrong ? html`<p class="card-failed" role="alert"><${Icon} name="mic-off" /><span class="grow">${t(`phone.why.${wrong}`)}</span><button class="btn btn-small" type="button" onClick=${again}>${t("action.retry")}</button></p>`
    : html`<div class="setup-level"><meter class="setup-meter" min="0" max="1" value=${level.toFixed(2)} aria-label=${t("phone.level")}></meter><span class="small quiet" role="status">${t(heard.current ? "phone.heard" : "phone.speak")}</span></div>`}
    <${Choose} label=${t("phone.speaker")} list=${names.speakers} chosen=${speaker}><button class="btn" type="button" onClick=${() => test(trySpeaker)}><${Icon} name="volume-2" />${t("phone.try")}</button><//>
    <${Choose} label=${t("phone.ringer")} list=${names.speakers} chosen=${sink}><button class="btn" type="button" onClick=${() => test(() => play("call"))}><${Icon} name="volume-2" />${t("phone.try")}</button><//>
    <p class="small quiet">${t("phone.setupWhy")}</p></div>`;
}

export function Setup() {
  if (!shown.value) return null;
  return html`<${Dialog} title=${t("phone.setup")} onClose=${() => { shown.value = false; }}><${Inside} /><//>`;
}
