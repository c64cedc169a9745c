// Every version there was: who made it, when, why; what it changed; and the way back to it.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { Icon, Pill } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { api } from "./api.js";
import { base, dirty, load } from "./draft.js";
import { Differences, refusal, Remarks } from "./review.js";

const PAGE = 50;
const page = signal({ status: "loading", items: [], more: false });
const opened = signal(null); // {version, against, status, answer}
const undoing = signal(null); // {version, note, busy, force, trouble}

async function list(more) {
  const before = more ? page.peek().items.at(-1).version : null;
  const answer = await api("GET", `/directory/versions?limit=${PAGE}${before ? `&before=${before}` : ""}`);
  if (!answer.ok) { page.value = { ...page.peek(), status: "failed" }; return; }
  const items = more ? [...page.peek().items, ...answer.data.items] : answer.data.items;
  page.value = { status: "ready", items, more: answer.data.items.length === PAGE };
}

async function open(version, against = version - 1) {
  opened.value = { version, against, status: "loading" };
  const answer = await api("GET", `/directory/version?version=${version}&against=${against}`);
  if (opened.peek()?.version === version && opened.peek().against === against) opened.value = { version, against, status: answer.ok ? "ready" : "failed", answer: answer.data };
}

async function undo() {
  const { version, note, force } = undoing.peek();
  const answer = await api("POST", "/directory/undo", { base: base.peek().version, version, note, force: Boolean(force) });
  if (answer.ok) {
    undoing.value = null;
    toast(t("admin.undone", { version, now: answer.data.version }));
    await Promise.all([load(), list(false)]);
    return;
  }
  undoing.value = { ...undoing.peek(), busy: answer.data.busy ?? [], trouble: refusal(answer) };
  if (answer.status === 409 && answer.data.newest) await load();
}

const Source = ({ head }) => html`${t(`admin.source.${head.source}`, { version: head.restored ?? "" })}`;

function Undo() {
  const now = undoing.value;
  if (!now) return null;
  const set = (change) => { undoing.value = { ...undoing.peek(), ...change }; };
  return html`<${Dialog} title=${t("admin.undoTitle", { version: now.version })} onClose=${() => { undoing.value = null; }}>
    <div class="admin-review"><p>${t("admin.undoWhat", { version: now.version, next: base.value.version + 1 })}</p>
      ${now.diff && html`<${Differences} diff=${now.diff} />`}
      ${now.trouble && html`<p class="strip tone-danger" role="alert">${now.trouble}</p>`}
      ${now.busy?.length > 0 && html`<${Remarks} remarks=${now.busy} tone="danger" /><label class="admin-check"><input type="checkbox" checked=${now.force} onChange=${(event) => set({ force: event.target.checked })} /><span>${t("admin.force")}</span></label>`}
      <label class="field"><span class="field-label">${t("admin.note")}</span><textarea class="field-input" rows="2" maxlength="500" value=${now.note} onInput=${(event) => set({ note: event.target.value })}></textarea></label>
      <div class="admin-actions"><button type="button" class="btn" onClick=${() => { undoing.value = null; }}>${t("admin.back")}</button>
        <button type="button" class="btn btn-primary" disabled=${now.busy?.length > 0 && !now.force} onClick=${undo}>${t("admin.undo")}</button></div></div><//>`;
}

/** Ask before going back; what would change is shown first: the old version as it differs from the one in force. */
async function ask(version) {
  const answer = await api("GET", `/directory/version?version=${version}&against=${base.peek().version}`);
  if (!answer.ok) { toast(refusal(answer), "danger"); return; }
  undoing.value = { version, note: "", diff: answer.data.diff };
}

function Detail() {
  const now = opened.value;
  if (!now) return null;
  const head = page.value.items.find((one) => one.version === now.version) ?? now.answer;
  return html`<section class="card admin-form" aria-label=${t("admin.version", { version: now.version })}><div class="admin-form-head"><h2 class="card-title grow">${t("admin.version", { version: now.version })}</h2>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => { opened.value = null; }}><${Icon} name="x" size="small" /></button></div>
    <label class="field"><span class="field-label">${t("admin.against")}</span><select class="field-input field-small" onChange=${(event) => open(now.version, Number(event.target.value))}>
      <option value="0" selected=${now.against === 0}>${t("admin.emptyVersion")}</option>${page.value.items.filter((one) => one.version !== now.version).map((one) => html`<option key=${one.version} value=${one.version}
        selected=${one.version === now.against}>${t("admin.version", { version: one.version })}</option>`)}</select></label>
    ${now.status === "loading" && html`<div class="skeleton skeleton-late"></div>`}
    ${now.status === "failed" && html`<p class="strip tone-danger" role="alert">${t("admin.refused.away")}</p>`}
    ${now.status === "ready" && html`<${Differences} diff=${now.answer.diff} />`}
    ${head && now.version !== base.value?.version && html`<div class="admin-form-foot"><button type="button" class="btn btn-small" disabled=${dirty.value} onClick=${() => ask(now.version)}><${Icon} name="undo-2" size="small" />${t("admin.undoTo", { version: now.version })}</button>
      ${dirty.value && html`<p class="quiet small grow">${t("admin.undoDirty")}</p>`}</div>`}</section>`;
}

/** The section. */
export function Versions() {
  const { status, items, more } = page.value;
  useEffect(() => { list(false); }, [base.value?.version]);
  return html`<div class="admin-pair" data-open=${opened.value ? "true" : undefined}><section class="card table-card admin-list"><div class="admin-list-head"><h2 class="card-title">${t("admin.section.versions")}</h2></div>
    ${status === "failed" && html`<div class="empty"><p class="empty-title">${t("admin.refused.away")}</p><button type="button" class="btn" onClick=${() => list(false)}>${t("action.retry")}</button></div>`}
    ${status === "loading" && html`<div class="history-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`}
    ${items.length > 0 && html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("admin.section.versions")}><table class="table admin-table"><thead><tr>${["number", "when", "who", "source", "why"].map((one) => html`<th scope="col" key=${one}>${t(`admin.column.${one}`)}</th>`)}</tr></thead>
      <tbody>${items.map((head) => html`<tr key=${head.version} data-chosen=${opened.value?.version === head.version ? "true" : undefined}><th scope="row"><button type="button" class="row-opener" onClick=${() => open(head.version)}>${head.version}</button>
        ${head.version === base.value?.version && html`<${Pill} tone="ok">${t("admin.inForce")}<//>`}</th>
        <td>${dayAndTime(head.at, serverNow())}</td><td>${head.actor === "system" ? t("admin.system") : head.actor}</td><td><${Source} head=${head} /></td><td class="admin-why">${head.note}</td></tr>`)}</tbody></table></div>`}
    ${more && html`<div class="history-foot"><button type="button" class="btn btn-small" onClick=${() => list(true)}>${t("history.older")}</button></div>`}</section><${Detail} /><${Undo} /></div>`;
}
