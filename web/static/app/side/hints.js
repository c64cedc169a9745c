// What to say: the hints that fit the call in hand first, then the others. Found by typing, copied by Enter.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { may } from "../boot.js";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { canAct } from "../live/link.js";
import { say } from "../parts/announce.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { Prose } from "./prose.js";
import { refresh, stock } from "./stock.js";

const query = signal("");
const topic = signal("");
const digits = (value) => (value ?? "").replace(/\D/g, "");

/** How well a hint fits what is in hand: the number dialled before the queue before what is for all; 0 is not at all. */
export function fit(hint, { queue, dialled }) {
  const line = hint.lines.length === 0 ? 1 : hint.lines.some((one) => digits(one) === digits(dialled) && digits(dialled)) ? 4 : 0;
  const own = hint.queues.length === 0 ? 1 : hint.queues.includes(queue) ? 2 : 0;
  return line && own ? line + own : 0;
}

/** The hints to show, those that fit best first; whatever is typed or chosen as a topic is looked for in all of them. */
export function chosen(items, place, text, about) {
  const wanted = text.trim() && asked(text);
  const anywhere = wanted || about || !(place.queue || place.dialled);
  return items.map((hint) => ({ hint, fits: fit(hint, place) }))
    .filter(({ hint, fits }) => (anywhere || fits > 0) && (!about || hint.topic === about)
      && (!wanted || found(folded(`${hint.title} ${hint.topic} ${hint.text}`), wanted)))
    .sort((a, b) => b.fits - a.fits || a.hint.topic.localeCompare(b.hint.topic) || a.hint.title.localeCompare(b.hint.title));
}

async function copy(hint) {
  try {
    await navigator.clipboard.writeText(hint.text);
    toast(t("hints.copied", { title: hint.title }));
  } catch {
    toast(t("hints.notCopied"), "warn");
  }
}

const Empty = ({ searching }) => html`<div class="empty"><${Icon} name="message-square" size="large" />
  <p class="empty-title">${t(searching ? "hints.notFound" : "hints.empty")}</p>
  <p class="small">${t(searching ? "hints.notFoundWhy" : may("hints.change") ? "hints.emptyMine" : "hints.emptyWhy")}</p></div>`;

function Topics({ items }) {
  const topics = [...new Set(items.map((one) => one.topic).filter(Boolean))].sort((a, b) => a.localeCompare(b));
  if (topics.length < 2) return null;
  return html`<div class="hints-topics" role="group" aria-label=${t("hints.topics")}>${topics.map((one) => html`<button key=${one} class="btn btn-small" type="button"
    aria-pressed=${topic.value === one ? "true" : "false"} onClick=${() => { topic.value = topic.value === one ? "" : one; }}>${one}</button>`)}</div>`;
}

function Hint({ hint, fits, open, toggle, edit }) {
  return html`<li class="hint" data-fits=${fits > 2 ? "well" : "also"}><h3 class="hint-head"><button id=${`hint-${hint.id}`} class="hint-title" type="button" aria-expanded=${open ? "true" : "false"} onClick=${toggle}>
      <${Icon} name=${open ? "chevron-down" : "chevron-right"} size="small" /><span class="grow">${hint.title}</span>${hint.topic && html`<span class="hint-topic small quiet cut">${hint.topic}</span>`}</button></h3>
    ${open && html`<div class="hint-body"><${Prose} text=${hint.text} /><div class="hint-foot">
      <button class="btn btn-small" type="button" onClick=${() => copy(hint)}>${t("hints.copy")}</button>
      ${edit && html`<button class="btn btn-small btn-quiet" type="button" disabled=${!canAct.value} onClick=${() => edit(hint)}>${t("hints.edit")}</button>`}</div></div>`}</li>`;
}

/** `place`: {queue, dialled} of what is in hand; `edit(hint)` opens the editor, for whom may. */
export function Hints({ place = {}, edit }) {
  const [openId, setOpen] = useState(null);
  const field = useRef();
  const { status, items } = stock.value;
  const text = query.value;
  const shown = chosen(items, place, text, topic.value);
  const current = shown.find((one) => one.hint.id === openId)?.hint.id ?? (text.trim() ? shown[0]?.hint.id : openId);
  useKeys({ Slash: { label: "keys.hints", run: () => field.current?.focus() } });
  useEffect(() => { if (text.trim()) say(t("hints.found", { count: shown.length })); }, [text, shown.length]);
  const step = (by) => {
    const at = shown.findIndex((one) => one.hint.id === current);
    const next = shown[Math.min(Math.max(at + by, 0), shown.length - 1)];
    if (next) setOpen(next.hint.id);
    queueMicrotask(() => document.getElementById(`hint-${next?.hint.id}`)?.scrollIntoView({ block: "nearest" }));
  };
  const onKeyDown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter") { event.preventDefault(); const one = shown.find(({ hint }) => hint.id === current) ?? shown[0]; if (one) copy(one.hint); }
    if (event.key === "Escape" && query.value) { event.preventDefault(); event.stopPropagation(); query.value = ""; }
    else if (event.key === "Escape") field.current.blur();
  };
  if (status === "failed" && !items.length) return html`<div class="empty"><${Icon} name="triangle-alert" size="large" /><p class="empty-title">${t("hints.failed")}</p>
    <button class="btn btn-small" type="button" onClick=${refresh}>${t("action.retry")}</button></div>`;
  if (status === "loading" && !items.length) return html`<div class="side-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;
  return html`<div class="hints">
    <div class="hints-search"><input ref=${field} class="field-input field-small" type="search" aria-label=${t("hints.search")} placeholder=${t("hints.search")} maxlength="80" autocomplete="off" spellcheck=${false}
      value=${text} onInput=${(event) => { query.value = event.target.value; setOpen(null); }} onKeyDown=${onKeyDown} /></div>
    <${Topics} items=${items} />
    ${shown.length === 0 ? html`<${Empty} searching=${Boolean(text.trim() || topic.value)} />`
    : html`<ul class="hints-list">${shown.map(({ hint, fits }) => html`<${Hint} key=${hint.id} hint=${hint} fits=${fits} edit=${edit} open=${current === hint.id} toggle=${() => setOpen(current === hint.id ? "" : hint.id)} />`)}</ul>`}
    <p class="small quiet hints-why">${t("hints.keys")}</p></div>`;
}
