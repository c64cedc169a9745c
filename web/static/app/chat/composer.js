// Where the answer is written. It is locked to the owner, keeps what is typed through anything, and shows no more than
// the channel can do. A slash finds a canned answer, a file is dropped or pasted, Enter sends.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Countdown, second } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { phase, services } from "../live/link.js";
import { row } from "../live/store.js";
import { toast } from "../parts/toast.js";
import { Icon } from "../parts/icon.js";
import { answers, Canned, filled, fitting, refreshAnswers, slashed } from "./canned.js";
import { sizeOf, upload } from "./files.js";
import { isMine } from "./mine.js";
import { chatDraft, noteDraft, run, send } from "./outbox.js";
import { refusal } from "./refusal.js";
import { changeOf, tellOf } from "./store.js";
import { segments } from "./segments.js";
import { Templates } from "./templates.js";

const TYPING_EVERY = 4000; // ms between two words «we type»
const NEAR = 0.9; // of the longest text, from where its length is shown

/** Why nothing may be written to him now; empty when it may. */
export function lockOf(head, request) {
  if (!isMine(request)) return "not_yours";
  if (!head.open) return "closed";
  if (head.blocked) return "blocked";
  if (head.unreachable) return "unreachable";
  const until = windowOf(head, request);
  if (until && Date.parse(until) / 1000 <= second.value) return "window";
  return "";
}

/** Until when he may be written to, null where there is no such time: whatever was told last, to here or to the engine. */
export function windowOf(head, request) {
  const told = [head.window_until, request?.conversation?.window_until].filter(Boolean);
  return told.reduce((last, one) => (last && Date.parse(last) > Date.parse(one) ? last : one), null);
}

const reachable = () => phase.value === "live" && services.value.chat;

const attached = new Map(); // conversation -> its files on their way: whoever looks at another chat finds them again

function useFiles(id, most, atOnce) {
  if (!attached.has(id)) attached.set(id, signal([]));
  const files = attached.get(id);
  const change = (key, more) => { files.value = files.peek().map((one) => (one.key === key ? { ...one, ...more } : one)); };
  const add = (list) => {
    for (const file of list) {
      if (!most) { toast(t("chat.noFiles"), "warn"); return; }
      if (file.size > most) { toast(t("chat.fileTooBig", { name: file.name, most: sizeOf(most) }), "warn"); continue; }
      if (files.peek().length >= atOnce) { toast(t("chat.tooManyFiles", { count: atOnce }), "warn"); return; }
      const key = crypto.randomUUID();
      const asked = upload(file, (part) => change(key, { part }));
      files.value = [...files.peek(), { key, name: file.name, size: file.size, part: 0, row: null, why: "", asked }];
      asked.then((answer) => (answer.ok ? change(key, { row: answer.row, part: 1 }) : answer.why === "withdrawn" ? undefined : change(key, { why: answer.why })));
    }
  };
  const remove = (key) => { files.peek().find((one) => one.key === key)?.asked.abort(); files.value = files.peek().filter((one) => one.key !== key); };
  return { files, add, remove };
}

const Files = ({ files, remove }) => files.length > 0 && html`<ul class="composer-files">${files.map((one) => html`<li key=${one.key} class=${`composer-file ${one.why ? "tone-danger toned" : ""}`}><${Icon} name=${one.why ? "triangle-alert" : one.row ? "file-text" : "clock"} size="small" />
    <span class="cut grow">${one.name}</span><span class="small quiet">${one.why ? refusal(one.why) : one.row ? sizeOf(one.size) : `${Math.round(one.part * 100)} %`}</span>
    <button class="btn btn-quiet btn-small btn-icon" type="button" aria-label=${t("chat.fileRemove", { name: one.name })} onClick=${() => remove(one.key)}><${Icon} name="x" size="small" /></button></li>`)}</ul>`;

/** What the composer answers or changes: {what: reply | edit, message}. */
const About = ({ about, drop }) => about && html`<div class="composer-about"><${Icon} name=${about.what === "edit" ? "sticky-note" : "undo-2"} size="small" /><span class="grow cut small"><span class="strong">${t(`chat.do.${about.what}`)}:</span> ${about.message.text || t("chat.file.file")}</span>
  <button class="btn btn-quiet btn-small btn-icon" type="button" aria-label=${t("action.cancel")} onClick=${drop}><${Icon} name="x" size="small" /></button></div>`;

/** Until when he may be written to, once it is near, and what is left after that. */
function Window({ until, templates, open }) {
  const left = Date.parse(until) / 1000 - second.value;
  if (left <= 0) return html`<div class="composer-lock tone-warn"><${Icon} name="timer" size="small" /><span class="grow">${t("chat.windowOver")}</span>${templates && html`<button class="btn btn-small" type="button" onClick=${open}>${t("chat.template")}…</button>`}</div>`;
  return html`<p class=${`composer-window small ${left < 3600 ? "tone-warn toned" : "quiet"}`}><${Icon} name="timer" size="small" />${t("chat.windowLeft")} <${Countdown} at=${until} label=${t("chat.windowLeft")} /></p>`;
}

const Lock = ({ why, owner, children }) => html`<div class=${`composer-lock ${why === "not_yours" ? "tone-idle" : "tone-warn"}`}><${Icon} name=${why === "not_yours" ? "user" : "triangle-alert"} size="small" /><span class="grow">${t(`chat.lock.${why}`, { owner })}</span>${children}</div>`;

/** `about` is a signal the thread sets; `children` stand in the lock's line (take it, write by SMS). */
export function Composer({ id, head, request, about, templates, name, owner, reload, children }) {
  const field = useRef();
  const picker = useRef();
  // A note has a draft of its own: nothing written for colleagues ever stands in the patient's field.
  const [noting, setNoting] = useState(() => noteDraft(id).peek().note.trim() !== "");
  const draft = noting ? noteDraft(id) : chatDraft(id);
  const [at, setAt] = useState(0);
  const [picking, setPicking] = useState(false);
  const typed = useRef(-Infinity);
  const { abilities } = head;
  const { files, add, remove } = useFiles(id, abilities.most_file, abilities.files_at_once);
  const text = draft.value.note;
  const lock = lockOf(head, request);
  const mayWrite = !lock && !noting;
  const query = mayWrite && !about.value ? slashed(text) : null;
  const found = query === null ? [] : fitting(answers.value.items, request?.queue, query);
  useEffect(() => { refreshAnswers(); run(id); }, [id, row("rules", "rules")?.version]);
  useEffect(() => { // nothing but his own hand moves the focus here
    if (!about.value) return;
    field.current?.focus({ preventScroll: true });
    if (about.value.what === "edit") write(about.value.message.text);
  }, [about.value]);
  useEffect(() => { const box = field.current; if (box) { box.style.height = "auto"; box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`; } }, [text, id]);

  function write(value) {
    draft.value = { ...draft.peek(), note: value };
    setAt(0);
    if (mayWrite && abilities.typing && value && performance.now() - typed.current > TYPING_EVERY) { typed.current = performance.now(); tellOf(id, { what: "typing", on: true }); }
  }
  const insert = (one) => { write(filled(one, { patient: name, queue: request?.queue })); field.current.focus(); };
  const drop = () => { if (about.peek()?.what === "edit") write(""); about.value = null; };
  const loading = files.value.some((one) => !one.row && !one.why);
  const ready = files.value.filter((one) => one.row);
  const long = !noting && text.length > abilities.most_text;
  const why = !reachable() ? t("chat.away") : long ? t("chat.tooLong", { most: abilities.most_text }) : loading ? t("chat.loading") : undefined;
  const empty = !text.trim() && !ready.length;

  async function edit(message) {
    const answer = await changeOf(id, { what: "edit", message: message.id, text: text.trim() });
    if (answer.ok) { about.value = null; write(""); } else toast(refusal(answer.why), "warn");
  }
  function go() {
    if (empty || why) { if (why) toast(why, "warn"); return; }
    if (!noting && about.value?.what === "edit") { edit(about.value.message); return; }
    if (noting) send(id, { what: "note", text: text.trim() });
    else send(id, { text: text.trim(), reply_to: about.value?.message.id ?? null, attachments: ready.map((one) => one.row.id), files: ready.map((one) => ({ id: one.row.id, name: one.name })) });
    about.value = null;
    if (!noting) files.value = files.peek().filter((one) => !one.row);
    draft.value = { ...draft.peek(), note: "" };
  }
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    if (query !== null && found.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); setAt((at + step + found.length) % found.length); return; }
      if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); insert(found[at]); return; }
    }
    if (event.key === "Escape") { event.stopPropagation(); if (query !== null) write(""); else if (about.value) drop(); else field.current.blur(); return; }
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); go(); }
  };
  const onPaste = (event) => { const pasted = [...event.clipboardData.files]; if (pasted.length && mayWrite) { event.preventDefault(); add(pasted); } };
  const onDrop = (event) => { event.preventDefault(); event.currentTarget.removeAttribute("data-over"); if (mayWrite) add([...event.dataTransfer.files]); };
  useKeys({ KeyR: { label: "keys.reply", when: () => Boolean(field.current), run: () => field.current.focus() } });
  const closedWindow = lock === "window";
  return html`<form class="composer" data-noting=${noting ? "" : undefined} onSubmit=${(event) => { event.preventDefault(); go(); }} onDragOver=${(event) => { event.preventDefault(); event.currentTarget.setAttribute("data-over", ""); }}
      onDragLeave=${(event) => event.currentTarget.removeAttribute("data-over")} onDrop=${onDrop}>
    ${lock && !closedWindow && html`<${Lock} why=${lock} owner=${owner}>${children}<//>`}
    ${!(lock && !closedWindow) && windowOf(head, request) && html`<${Window} until=${windowOf(head, request)} templates=${abilities.templates} open=${() => setPicking(true)} />`}
    ${mayWrite && html`<${About} about=${about.value} drop=${drop} />`}<${Files} files=${files.value} remove=${remove} />
    ${query !== null && html`<${Canned} items=${found} at=${at} pick=${insert} />`}
    ${(mayWrite || noting) && html`<textarea ref=${field} class="field-input composer-text" rows="1" maxlength=${noting ? 4000 : 20000} value=${text} placeholder=${t(noting ? "chat.notePlaceholder" : "chat.placeholder")} aria-label=${t(noting ? "chat.note" : "chat.message")}
      aria-autocomplete=${query !== null ? "list" : undefined} aria-controls=${query !== null ? "canned" : undefined} aria-activedescendant=${query !== null && found.length ? `canned-${at}` : undefined}
      onInput=${(event) => write(event.target.value)} onKeyDown=${onKeyDown} onPaste=${onPaste}></textarea>`}
    <div class="composer-foot">
      <button class="btn btn-small btn-quiet" type="button" aria-pressed=${noting ? "true" : "false"} title=${t("chat.noteWhy")} onClick=${() => setNoting(!noting)}><${Icon} name="sticky-note" size="small" />${t("chat.note")}</button>
      ${mayWrite && abilities.most_file > 0 && html`<button class="btn btn-small btn-quiet btn-icon" type="button" aria-label=${t("chat.attach")} title=${t("chat.attachWhy", { most: sizeOf(abilities.most_file) })} onClick=${() => picker.current.click()}><${Icon} name="link" size="small" /></button>
        <input ref=${picker} type="file" multiple hidden onChange=${(event) => { add([...event.target.files]); event.target.value = ""; }} />`}
      ${mayWrite && answers.value.items.length > 0 && html`<button class="btn btn-small btn-quiet btn-icon" type="button" aria-label=${t("chat.canned")} title=${t("chat.cannedWhy")} onClick=${() => { write("/"); field.current.focus(); }}><span aria-hidden="true">/</span></button>`}
      ${mayWrite && abilities.templates && html`<button class="btn btn-small btn-quiet btn-icon" type="button" aria-label=${t("chat.template")} title=${t("chat.template")} onClick=${() => setPicking(true)}><${Icon} name="file-text" size="small" /></button>`}
      <span class=${`grow small right ${long ? "tone-danger toned" : "quiet"}`}>${!noting && (text.length > abilities.most_text * NEAR ? `${text.length} / ${abilities.most_text}` : abilities.segments && text ? t("chat.segments", segments(text)) : "")}</span>
      ${(mayWrite || noting) && html`<button class="btn btn-primary btn-small" type="submit" disabled=${empty || Boolean(why)} title=${why}>${t(noting ? "chat.noteSave" : about.value?.what === "edit" ? "chat.save" : "chat.send")}<kbd class="key">↵</kbd></button>`}
    </div>
    ${picking && html`<${Templates} templates=${templates} close=${() => setPicking(false)} send=${(message) => { send(id, message); reload(); }} />`}
  </form>`;
}
