// Calls and requests of the past, newest first; older ones on demand, by the server's cursor.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { hourOf } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { history } from "../live/queries.js";
import { canAct } from "../live/link.js";
import { Icon } from "../parts/icon.js";
import { Calls, Requests } from "./rows.js";
import { filters, Filters, NOTHING } from "./filters.js";

const kind = signal("calls");
const page = signal({ status: "loading", items: [], cursor: null, why: "" });
let asked = 0;

const DAY = 86400000;

/** The filters as the server wants them: days become moments of the clinic's zone, the last day is wholly in. */
function wantedOf(chosen) {
  const wanted = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value));
  if (wanted.from) wanted.from = new Date(hourOf(wanted.from, 0)).toISOString();
  if (wanted.to) wanted.to = new Date(hourOf(wanted.to, 0) + DAY).toISOString();
  return wanted;
}

/** The first page anew, or the next one behind the cursor. A newer question makes an older answer void. */
async function load(more) {
  const mine = ++asked;
  const old = page.peek();
  page.value = { ...old, status: more ? "more" : "loading", items: more ? old.items : [] };
  const wanted = wantedOf(filters.peek()[kind.peek()]);
  try {
    const answer = await history(kind.peek(), more ? old.cursor : null, wanted);
    if (mine !== asked) return;
    page.value = answer.ok ? { status: "ready", items: more ? [...old.items, ...answer.items] : answer.items, cursor: answer.cursor ?? null, why: "" }
      : { ...old, status: "failed", why: answer.why };
  } catch {
    if (mine === asked) page.value = { ...old, status: "failed", why: "unknown" };
  }
}

const Skeleton = () => html`<div class="history-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2, 3, 4, 5].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;

function Body() {
  const { status, items, cursor, why } = page.value;
  if (status === "loading") return html`<${Skeleton} />`;
  if (status === "failed" && !items.length) return html`<div class="empty"><${Icon} name="triangle-alert" size="large" /><p class="empty-title">${t(has(`refused.${why}`) ? `refused.${why}` : "card.failed")}</p>
    <button class="btn" type="button" onClick=${() => load(false)}>${t("action.retry")}</button></div>`;
  const filtered = Object.values(filters.value[kind.value]).some(Boolean);
  if (!items.length) return html`<div class="empty"><${Icon} name="history" size="large" /><p class="empty-title">${t(filtered ? "history.nothing" : "history.empty")}</p>
    ${filtered && html`<button class="btn" type="button" onClick=${() => { filters.value = { ...filters.value, [kind.value]: NOTHING[kind.value] }; }}>${t("history.reset")}</button>`}</div>`;
  return html`${kind.value === "calls" ? html`<${Calls} items=${items} />` : html`<${Requests} items=${items} />`}
    <div class="history-foot">${cursor ? html`<button class="btn" type="button" disabled=${status === "more" || !canAct.value} onClick=${() => load(true)}>${t("history.older")}</button>`
    : html`<span class="quiet small">${t("history.end")}</span>`}</div>`;
}

export function Screen() {
  useEffect(() => { if (canAct.value) load(false); }, [kind.value, JSON.stringify(filters.value[kind.value]), canAct.value && page.peek().items.length === 0]);
  return html`<main class="page"><div class="page-head"><h1 class="page-title">${t("title.history")}</h1>
      <div class="chips" role="group" aria-label=${t("history.kind")}>${["calls", "requests"].map((name) => html`<button key=${name} class="btn btn-small" type="button"
        aria-pressed=${kind.value === name ? "true" : "false"} onClick=${() => { page.value = { status: "loading", items: [], cursor: null, why: "" }; kind.value = name; }}>${t(`history.${name}`)}</button>`)}</div></div>
    <${Filters} kind=${kind.value} />
    <section class="card table-card history-card"><${Body} /></section></main>`;
}
