// Some words are never a booking: the script of 103 and 112 comes before anything else. Read where it is typed, sent nowhere.
import { effect, signal } from "@preact/signals";
import { folded } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { forget } from "../live/queries.js";
import { draftOf } from "../memory.js";
import { Icon } from "../parts/icon.js";
import { emergencyWords } from "./mis.js";

const said = new Map(); // request -> {place: text}
const seen = new Map(); // request -> the word somebody said he has seen
const version = signal(0);
effect(() => { if (forget.value) said.clear(); });

/** The text of a field of a request's changed; `place` names the field. */
export function watched(request, place, text) {
  said.set(request, { ...said.get(request), [place]: text });
  version.value += 1;
}

/** What was typed for a request outside its note. */
export function textsOf(request) {
  version.value;
  return Object.values(said.get(request) ?? {});
}

/** The first red-flag word in a text, as the settings spell it; a word is met at its beginning, whatever its ending. */
export function alarming(text, words = emergencyWords.value) {
  const plain = ` ${folded(text).replace(/[^\p{L}\p{N}]+/gu, " ")} `;
  return words.find((word) => plain.includes(` ${folded(word).trim().replace(/[^\p{L}\p{N}]+/gu, " ")}`)) ?? "";
}

/** The script, while a word of its kind stands in the note, a search or a comment and nobody has said that he saw it. */
export function Emergency({ request }) {
  const word = alarming([draftOf(request).value.note, ...textsOf(request)].join(" \n "));
  if (!word || seen.get(request) === word) return null;
  return html`<div class="emergency" role="alert"><${Icon} name="triangle-alert" /><div class="grow"><p class="strong">${t("emergency.title", { word })}</p>
      <ol class="emergency-steps"><li>${t("emergency.call")}</li><li>${t("emergency.address")}</li><li>${t("emergency.stay")}</li></ol><p class="small">${t("emergency.never")}</p></div>
    <button class="btn btn-small" type="button" onClick=${() => { seen.set(request, word); version.value += 1; }}>${t("emergency.seen")}</button></div>`;
}
