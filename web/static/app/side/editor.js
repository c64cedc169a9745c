// Where supervisors write the hints: the list, and a form with a preview. Who was second sees what the first wrote.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { may, titled } from "../boot.js";
import { dayAndTime } from "../format.js";
import { serverNow } from "../clock.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { rows } from "../live/store.js";
import { queues } from "../names.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { offerInPalette } from "../parts/palette.js";
import { toast } from "../parts/toast.js";
import { first } from "./focus.js";
import { Hints } from "./hints.js";
import { Prose } from "./prose.js";
import { removeHint, saveHint, stock } from "./stock.js";

const shown = signal(false);
/** Open the editor. */
export const showHints = () => { shown.value = true; };
if (may("hints.change")) offerInPalette(() => [{ id: "hints", icon: "message-square", name: t("hints.manage"), run: showHints }]);

const blank = () => ({ id: crypto.randomUUID(), version: 0, title: "", text: "", topic: "", queues: [], lines: [] });
const refusal = (why) => t(why === "stale" ? "hints.stale" : has(`refused.${why}`) ? `refused.${why}` : "refused.other");

function Choice({ name, all, chosen, change }) {
  if (!all.length) return null;
  const flip = (id) => change(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return html`<fieldset class="hint-choice"><legend class="field-label">${t(name)}</legend><div class="hint-choices">${all.map(({ id, title }) => html`<button key=${id} class="btn btn-small" type="button"
    aria-pressed=${chosen.includes(id) ? "true" : "false"} onClick=${() => flip(id)}>${title}</button>`)}</div></fieldset>`;
}

/** What somebody else wrote meanwhile: take it, or write over it knowing what it says. */
function Conflict({ theirs, take, keep }) {
  return html`<div class="hint-conflict tone-warn" role="alert"><p class="strong">${t("hints.stale")}</p>
    <p class="small">${t("hints.by", { who: theirs.actor, at: dayAndTime(theirs.at, serverNow()) })}${theirs.removed ? ` · ${t("hints.removedThere")}` : ""}</p>
    <div class="hint-theirs"><p class="strong">${theirs.title}</p><${Prose} text=${theirs.text} /></div>
    <div class="hint-foot"><button class="btn btn-small" type="button" onClick=${take}>${t("hints.takeTheirs")}</button><button class="btn btn-small" type="button" onClick=${keep}>${t("hints.keepMine")}</button></div></div>`;
}

function Form({ hint, done }) {
  const [draft, setDraft] = useState(hint);
  const [theirs, setTheirs] = useState(null);
  const [saving, setSaving] = useState(false);
  const put = (name) => (event) => setDraft({ ...draft, [name]: event.target.value });
  const lines = [...rows("lines").values()].map((one) => ({ id: one.id, title: titled(one.source) || one.id }));
  const ready = draft.title.trim() && draft.text.trim();
  const save = async (event) => {
    event.preventDefault();
    if (!ready || saving) return;
    setSaving(true);
    const answer = await saveHint(draft);
    setSaving(false);
    if (answer.ok) { toast(t("hints.saved")); done(); return; }
    if (answer.why === "stale" && answer.hint) { setTheirs(answer.hint); return; }
    toast(refusal(answer.why), "warn");
  };
  const remove = async () => {
    const answer = await removeHint(draft);
    if (answer.why === "stale" && answer.hint) { setTheirs(answer.hint); return; }
    if (!answer.ok) { toast(refusal(answer.why), "warn"); return; }
    done(answer.hint);
  };
  return html`<form class="hint-form" onSubmit=${save}>
    ${theirs && html`<${Conflict} theirs=${theirs} take=${() => { setDraft(theirs); setTheirs(null); }} keep=${() => { setDraft({ ...draft, version: theirs.version }); setTheirs(null); }} />`}
    <label class="field"><span class="field-label">${t("hints.title")}</span><input class="field-input" maxlength="120" required ref=${first} value=${draft.title} onInput=${put("title")} /></label>
    <label class="field"><span class="field-label">${t("hints.topic")}</span><input class="field-input" maxlength="60" list="hint-topics" value=${draft.topic} onInput=${put("topic")} /></label>
    <datalist id="hint-topics">${[...new Set(stock.value.items.map((one) => one.topic).filter(Boolean))].map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>
    <label class="field"><span class="field-label">${t("hints.text")}</span><textarea class="field-input" rows="7" maxlength="4000" required value=${draft.text} onInput=${put("text")}></textarea></label>
    <p class="small quiet">${t("hints.markup")}</p>
    <${Choice} name="hints.queues" all=${queues().map((one) => ({ id: one.id, title: titled(one.title) }))} chosen=${draft.queues} change=${(value) => setDraft({ ...draft, queues: value })} />
    <${Choice} name="hints.lines" all=${lines} chosen=${draft.lines} change=${(value) => setDraft({ ...draft, lines: value })} />
    ${draft.text.trim() && html`<section class="hint-preview" aria-label=${t("hints.preview")}><p class="field-label">${t("hints.preview")}</p><${Prose} text=${draft.text} /></section>`}
    <div class="hint-foot"><button class="btn btn-primary btn-small" type="submit" disabled=${!ready || saving || !canAct.value}>${t("hints.save")}</button>
      <button class="btn btn-small" type="button" onClick=${() => done()}>${t("action.cancel")}</button><span class="grow"></span>
      ${hint.version > 0 && html`<button class="btn btn-small btn-quiet tone-danger toned" type="button" disabled=${!canAct.value} onClick=${remove}>${t("hints.remove")}</button>`}</div></form>`;
}

/** What was just removed may be taken back while the dialog is open. */
function Removed({ hint, back }) {
  return html`<p class="hint-removed" role="status"><span class="grow">${t("hints.removed", { title: hint.title })}</span>
    <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${back}>${t("action.undo")}</button></p>`;
}

function Editor() {
  const [hint, setHint] = useState(null);
  const [removed, setRemoved] = useState(null);
  const done = (gone) => { setHint(null); if (gone) setRemoved(gone); };
  const back = async () => {
    const answer = await saveHint(removed);
    if (answer.ok) { setRemoved(null); toast(t("hints.saved")); } else toast(refusal(answer.why), "warn");
  };
  return html`<${Dialog} title=${t(hint ? (hint.version ? "hints.change" : "hints.new") : "hints.manage")} wide=${true} onClose=${() => { shown.value = false; }}>
    ${hint ? html`<${Form} key=${hint.id} hint=${hint} done=${done} />` : html`<div class="hint-manage">
      <div class="hint-foot"><button class="btn btn-primary btn-small" type="button" disabled=${!canAct.value} onClick=${() => setHint(blank())}>${t("hints.new")}</button></div>
      ${removed && html`<${Removed} hint=${removed} back=${back} />`}<${Hints} edit=${setHint} /></div>`}<//>`;
}

export const HintsHost = () => shown.value && html`<${Editor} />`;
/** The button that opens it, for the supervisor's screen; the dialog is drawn beside it. */
export const HintsButton = () => may("hints.change") && html`<button class="btn btn-small" type="button" onClick=${showHints}><${Icon} name="message-square" size="small" />${t("hints.manage")}</button><${HintsHost} />`;
