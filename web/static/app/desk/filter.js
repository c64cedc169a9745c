// The filter of the list: words, kind, queue. What is typed never leaves this page.
import { computed, effect, signal } from "@preact/signals";
import { titled } from "../boot.js";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { REQUEST_ICONS } from "../live/states.js";
import { rows } from "../live/store.js";
import { operatorTitle, queues, queueTitle, sourceTitle } from "../names.js";
import { channelTitle } from "../chat/channel.js";
import { Icon } from "../parts/icon.js";

export const filter = signal({ text: "", kind: "", queue: "" });
export const filtering = computed(() => Boolean(filter.value.text.trim() || filter.value.kind || filter.value.queue));
export const resetFilter = () => { filter.value = { text: "", kind: "", queue: "" }; };

// A queue that was removed meanwhile filters nothing any more.
effect(() => {
  const { queue } = filter.value;
  if (queue && rows("queues").size && !rows("queues").has(queue)) filter.value = { ...filter.peek(), queue: "" };
});

const texts = new WeakMap(); // rows are replaced, never changed: their text is made once

function textOf(request) {
  if (!texts.has(request)) {
    const phone = request.phone ?? "";
    texts.set(request, folded([request.number, phone, phone.replace(/\D/g, ""), t(`kind.${request.kind}`), request.conversation ? channelTitle(request.conversation.channel) : "", queueTitle(request.queue),
      sourceTitle(request.source), request.owner ? operatorTitle(request.owner) : ""].join(" ")));
  }
  return texts.get(request);
}

/** The rows of a list that pass the filter; the list itself when there is none. */
export function passing(list) {
  const { text, kind, queue } = filter.value;
  if (!filtering.value) return list;
  const query = text.trim() && asked(text);
  return list.filter((request) => (!kind || request.kind === kind) && (!queue || request.queue === queue) && (!query || found(textOf(request), query)));
}

const change = (name) => (event) => { filter.value = { ...filter.value, [name]: event.target.value }; };

export function Filter() {
  const { text, kind, queue } = filter.value;
  useKeys({ KeyF: { label: "keys.filter", run: () => document.getElementById("filter-text").focus() } });
  const onKeyDown = (event) => {
    if (event.key === "Escape") { resetFilter(); event.target.blur(); }
    if (event.key === "ArrowDown") { event.preventDefault(); document.getElementById("list").focus(); }
  };
  return html`<div class="filter" role="group" aria-label=${t("filter.name")}>
    <span class="filter-box"><${Icon} name="search" size="small" /><input id="filter-text" class="filter-text" type="text" autocomplete="off" spellcheck=${false}
      aria-label=${t("filter.text")} placeholder=${t("filter.text")} value=${text} onInput=${change("text")} onKeyDown=${onKeyDown} /></span>
    <select class="filter-choice" aria-label=${t("filter.kind")} value=${kind} onChange=${change("kind")}><option value="">${t("filter.kind")}</option>
      ${Object.keys(REQUEST_ICONS).map((one) => html`<option key=${one} value=${one}>${t(`kind.${one}`)}</option>`)}</select>
    <select class="filter-choice" aria-label=${t("filter.queue")} value=${queue} onChange=${change("queue")}><option value="">${t("filter.queue")}</option>
      ${queues().map((one) => html`<option key=${one.id} value=${one.id}>${titled(one.title)}</option>`)}</select>
    <button class="btn btn-quiet btn-small btn-icon" type="button" aria-label=${t("history.reset")} title=${t("history.reset")} disabled=${!filtering.value}
      onClick=${resetFilter}><${Icon} name="x" size="small" /></button>
  </div>`;
}
