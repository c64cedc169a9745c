// The note of a request: a draft until it is saved, kept sealed in this browser so that a reload loses nothing.
import { useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { addNote } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { draftOf } from "../memory.js";
import { toast } from "../parts/toast.js";
import { offlineWhy } from "./leaving.js";

/** Save the draft of a note; what was typed meanwhile stays a draft. */
export async function saveNote(request) {
  const draft = draftOf(request.id);
  const text = draft.peek().note.trim();
  if (!text || !(await addNote(request, text)).ok) return;
  if (draft.peek().note.trim() === text) draft.value = { ...draft.peek(), note: "", restored: false };
  toast(t("done.noted"));
}

export function Note({ request }) {
  const field = useRef();
  const draft = draftOf(request.id);
  const { note, restored } = draft.value;
  useKeys({ KeyR: { label: "keys.note", when: () => !request.conversation, run: () => field.current?.focus() } });
  const save = () => saveNote(request);
  const onKeyDown = (event) => {
    if (event.code === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); }
    if (event.key === "Escape") field.current.blur();
  };
  const word = !note.trim() ? t("note.why") : html`<span class="tone-warn toned">● ${t(restored ? "note.restored" : "note.unsaved")}</span>`;
  return html`<section class="card desk-note"><label class="field"><span class="field-label">${t("note.label")}</span>
      <textarea ref=${field} class="field-input" rows="3" maxlength="4000" placeholder=${t("note.placeholder")} value=${note} onKeyDown=${onKeyDown}
        onInput=${(event) => { draft.value = { ...draft.value, note: event.target.value, restored: false }; }}></textarea></label>
    <div class="note-foot"><span class="grow small quiet">${word}</span>
      <button class="btn btn-small" type="button" disabled=${!note.trim() || !canAct.value} title=${offlineWhy()} onClick=${save}>${t("note.save")}<kbd class="key">Ctrl ↵</kbd></button></div>
  </section>`;
}
