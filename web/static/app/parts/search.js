// The search box of the header: open requests by number or last digits at once, calls of the past by the server.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { search } from "../live/queries.js";
import { canAct } from "../live/link.js";
import { rows } from "../live/store.js";
import { callMark, REQUEST_ICONS } from "../live/states.js";
import { openView } from "../view.js";
import { Icon } from "./icon.js";

const text = signal("");
const open = signal(false);
const found = signal({ status: "idle", items: [] });
const cursor = signal(-1);
let asked = 0;

const MEANINGFUL = /^(\+?[\d\s()-]{4,}|\d{4}-\d{1,6})$/;
const digits = (value) => value.replace(/\D/g, "");

/** Open requests whose number or visible last digits match; needs no server. */
function inTheWorld(value) {
  const wanted = digits(value);
  if (wanted.length < 3) return [];
  return [...rows("requests").values()].filter((request) => request.number.includes(value)
    || (wanted.length >= 4 && digits(request.phone ?? "").endsWith(wanted.slice(-4)))).slice(0, 5);
}

async function ask(value) {
  const mine = ++asked;
  if (!MEANINGFUL.test(value.trim()) || !canAct.value) { found.value = { status: "idle", items: [] }; return; }
  found.value = { status: "asking", items: [] };
  try {
    const answer = await search(value.trim());
    if (mine === asked) found.value = { status: answer.ok ? "ready" : "failed", items: answer.items ?? [] };
  } catch {
    if (mine === asked) found.value = { status: "failed", items: [] };
  }
}

/** What was found, here and by the server; a call whose request is already listed is not listed twice. */
function choices() {
  const told = (type) => found.value.items.filter((one) => one.type === type).map((one) => one.row);
  const requests = new Map([...inTheWorld(text.value), ...told("request")].map((request) => [request.id, request]));
  const here = [...requests.values()].map((request) => ({ id: `r-${request.id}`, icon: REQUEST_ICONS[request.kind], phone: request.phone,
    about: `${t("request.number", { number: request.number })} · ${t(`kind.${request.kind}`)}`, subject: { request: request.id } }));
  const past = told("call").map((call) => ({ id: `c-${call.id}`, icon: callMark(call).icon, phone: call.phone || t("phone.hidden"),
    about: `${dayAndTime(call.started_at, serverNow())} · ${t(`result.${call.result}`)}`, subject: { request: call.request, call: call.id } }));
  return [...here, ...past.filter((one) => !here.some((other) => other.subject.request === one.subject.request))];
}

function Results({ list }) {
  const nothing = list.length === 0 && found.value.status;
  return html`<div class="search-panel">
    <ul role="listbox" id="search-list" aria-label=${t("search.results")}>${list.map((one, at) => html`
      <li key=${one.id} id=${`search-${at}`} role="option" aria-selected=${at === cursor.value} class="search-item"
        onPointerDown=${(event) => { event.preventDefault(); choose(one); }}>
        <${Icon} name=${one.icon} /><span class="strong">${one.phone}</span><span class="quiet small cut">${one.about}</span></li>`)}</ul>
    ${nothing && html`<p class="search-word quiet small">${t(`search.${nothing === "ready" ? "nothing" : nothing}`)}</p>`}
  </div>`;
}

function choose(one) {
  open.value = false;
  text.value = "";
  openView(one.subject);
}

export function Search({ box }) {
  const input = useRef();
  box.current = () => { input.current.focus(); input.current.select(); };
  useEffect(() => {
    cursor.value = -1;
    const timer = setTimeout(ask, 250, text.value);
    return () => clearTimeout(timer);
  }, [text.value]);
  const list = open.value && text.value ? choices() : [];
  const onKeyDown = (event) => {
    if (event.key === "Escape") { open.value = false; text.value = ""; input.current.blur(); }
    if (event.key === "ArrowDown") { event.preventDefault(); cursor.value = Math.min(cursor.value + 1, list.length - 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); cursor.value = Math.max(cursor.value - 1, 0); }
    if (event.key === "Enter" && list.length) choose(list[Math.max(cursor.value, 0)]);
  };
  const panel = open.value && text.value.trim().length >= 3;
  return html`<div class="search" role="search">
    <${Icon} name="search" /><input ref=${input} class="search-input" type="text" role="combobox" aria-expanded=${panel ? "true" : "false"} aria-controls="search-list"
      aria-activedescendant=${cursor.value >= 0 ? `search-${cursor.value}` : undefined} aria-label=${t("search.label")} placeholder=${t("search.placeholder")}
      autocomplete="off" spellcheck=${false} value=${text.value} onInput=${(event) => { text.value = event.target.value; open.value = true; }}
      onFocus=${() => { open.value = true; }} onBlur=${() => { open.value = false; }} onKeyDown=${onKeyDown} />
    <kbd class="key">Ctrl K</kbd>
    ${panel && html`<${Results} list=${list} />`}
  </div>`;
}
