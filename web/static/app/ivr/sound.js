// A prompt as sound: its text spoken by the packaged voice, or what somebody recorded. Heard before it is saved.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../admin/api.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { Icon } from "../parts/icon.js";

const MOST_BYTES = 2 * 1024 * 1024;
const state = signal({ doing: "", words: "", tone: "" });
let player = null;
let turn = 0; // what is asked for last is what is heard

function stop() {
  turn += 1;
  if (player) { player.pause(); URL.revokeObjectURL(player.src); }
  player = null;
  state.value = { doing: "", words: "", tone: "" };
}

const worded = (answer) => {
  const key = `sound.fault.${String(answer.data.key ?? "").replace("error.", "")}`;
  return t(has(key) ? key : "sound.failed");
};

function play(sound) {
  const bytes = Uint8Array.from(atob(sound), (sign) => sign.charCodeAt(0));
  player = new Audio(URL.createObjectURL(new Blob([bytes], { type: "audio/wav" })));
  player.onended = stop;
  state.value = { doing: "playing", words: "", tone: "" };
  player.play().catch(() => { stop(); state.value = { doing: "", words: t("sound.failed"), tone: "danger" }; });
}

async function hear(asking) {
  stop();
  const mine = turn;
  state.value = { doing: "making", words: t("sound.making"), tone: "" };
  const answer = await asking();
  if (mine !== turn) return;
  if (answer.ok) play(answer.data.sound);
  else state.value = { doing: "", words: worded(answer), tone: "danger" };
}

const spoken = (text, language) => hear(() => api("POST", "/prompts/speak", { text, language }));
const recorded = (file) => hear(() => api("GET", `/prompts/sound?file=${file}`));

const base64 = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
  reader.onerror = failed;
  reader.readAsDataURL(file);
});

async function bring(event, set) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  stop();
  if (file.size > MOST_BYTES) { state.value = { doing: "", words: t("sound.tooBig"), tone: "danger" }; return; }
  const mine = turn;
  state.value = { doing: "uploading", words: t("sound.uploading"), tone: "" };
  const answer = await api("POST", "/prompts", { sound: await base64(file) });
  if (mine !== turn) return;
  if (answer.ok) set(answer.data.file);
  state.value = { doing: "", words: answer.ok ? t("sound.recorded", { seconds: Math.round(answer.data.seconds) }) : worded(answer), tone: answer.ok ? "ok" : "danger" };
}

/** `one` is a prompt of the draft; `set(file)` gives it a recording, or takes it away with null. */
export function Sound({ one, set }) {
  useEffect(() => stop, [one.name]);
  const { doing, words, tone } = state.value;
  const busy = doing === "making" || doing === "uploading";
  const languages = ["ru", "en"].filter((language) => one.text?.[language]?.trim());
  return html`<div class="ivr-sound">
    ${one.file && html`<p class="small">${t("sound.uploaded")}</p>`}
    <div class="ivr-sound-do">
      ${doing === "playing" && html`<button type="button" class="btn btn-small" onClick=${stop}><${Icon} name="x" size="small" />${t("sound.stop")}</button>`}
      ${doing !== "playing" && one.file && html`<button type="button" class="btn btn-small" disabled=${busy} onClick=${() => recorded(one.file)}><${Icon} name="volume-2" size="small" />${t("sound.listen")}</button>`}
      ${doing !== "playing" && !one.file && languages.map((language) => html`<button type="button" key=${language} class="btn btn-small" disabled=${busy} onClick=${() => spoken(one.text[language], language)}><${Icon} name="volume-2" size="small" />${t(`sound.listen.${language}`)}</button>`)}
      <label class="btn btn-small ivr-sound-file" data-busy=${busy ? "true" : undefined}>${t("sound.upload")}<input type="file" class="visually-hidden" accept=".wav,.mp3,audio/wav,audio/mpeg" disabled=${busy} onChange=${(event) => bring(event, set)} /></label>
      ${one.file && html`<button type="button" class="btn btn-small" disabled=${busy} onClick=${() => { stop(); set(null); }}>${t("sound.drop")}</button>`}
    </div>
    <p class=${`small ${tone ? `toned tone-${tone}` : "quiet"}`} role="status">${words}</p>
    <p class="small quiet">${t("sound.hint")}</p></div>`;
}
