// Who may log in: accounts made, given a new password (shown once), closed.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";
import { Icon, Pill } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { api } from "./api.js";
import { base } from "./draft.js";
import { refusal } from "./review.js";
import { entryTitle } from "./words.js";

const ROLES = ["operator", "supervisor", "administrator", "auditor"];
const EMPTY = { login: "", title: "", role: "operator", operator: "" };
const page = signal({ status: "loading", items: [] });
const form = signal(null);
const faults = signal({});
const secret = signal(null); // {login, password}: on the screen until closed, nowhere else
const sure = signal(null); // {account, what}

async function list() {
  const answer = await api("GET", "/accounts");
  page.value = answer.ok ? { status: "ready", items: answer.data.items } : { ...page.peek(), status: page.peek().items.length ? "ready" : "failed" };
}

async function add(event) {
  event.preventDefault();
  const { login, title, role, operator } = form.peek();
  const answer = await api("POST", "/accounts", { login, title, role, operator: operator || null });
  if (answer.ok) { form.value = null; faults.value = {}; secret.value = answer.data; list(); return; }
  const wrong = Object.fromEntries((answer.data.errors ?? []).map((one) => [one.field, t("admin.flaw.account")]));
  faults.value = answer.data.key === "error.login_taken" ? { login: t("admin.refused.login_taken") } : wrong;
  if (!Object.keys(faults.value).length) toast(refusal(answer), "danger");
}

async function act() {
  const { account, what } = sure.peek();
  sure.value = null;
  const answer = await api("POST", `/accounts/${account.id}/${what}`, {});
  if (!answer.ok) toast(refusal(answer), "danger");
  else if (what === "reset") secret.value = answer.data;
  else toast(t("admin.account.disabled", { login: account.login }));
  list();
}

function Form() {
  const now = form.value;
  const set = (change) => { form.value = { ...form.peek(), ...change }; };
  const people = base.value?.lists.operators ?? [];
  const mistake = (field) => faults.value[field] && html`<p class="admin-flaw">${faults.value[field]}</p>`;
  return html`<form class="card admin-form" aria-label=${t("admin.account.new")} onSubmit=${add}><div class="admin-form-head"><h2 class="card-title grow">${t("admin.account.new")}</h2>
      <button type="button" class="btn btn-small btn-icon btn-quiet" aria-label=${t("action.close")} onClick=${() => { form.value = null; }}><${Icon} name="x" size="small" /></button></div>
    <div class="admin-fields"><label class="field"><span class="field-label">${t("admin.account.login")}</span><input class="field-input field-small" required minlength="2" maxlength="64" autocomplete="off" spellcheck=${false} value=${now.login}
        aria-invalid=${faults.value.login ? "true" : undefined} onInput=${(event) => set({ login: event.target.value })} />${mistake("login")}</label>
      <label class="field"><span class="field-label">${t("admin.account.role")}</span><select class="field-input field-small" onChange=${(event) => set({ role: event.target.value })}>${ROLES.map((role) => html`<option key=${role} value=${role} selected=${role === now.role}>${t(`admin.role.${role}`)}</option>`)}</select></label>
      <label class="field"><span class="field-label">${t("admin.account.operator")}</span><select class="field-input field-small" aria-invalid=${faults.value.operator ? "true" : undefined} onChange=${(event) => set({ operator: event.target.value })}>
        <option value="" selected=${!now.operator}>${t("admin.unset")}</option>${people.map((one) => html`<option key=${one.name} value=${one.name} selected=${one.name === now.operator}>${entryTitle("operators", one)}</option>`)}</select>${mistake("operator")}</label>
      ${!now.operator && html`<label class="field"><span class="field-label">${t("admin.account.title")}</span><input class="field-input field-small" maxlength="100" value=${now.title} onInput=${(event) => set({ title: event.target.value })} /></label>`}</div>
    <div class="admin-form-foot"><button type="submit" class="btn btn-primary btn-small">${t("admin.account.make")}</button></div></form>`;
}

const Secret = () => secret.value && html`<${Dialog} title=${t("admin.account.password", { login: secret.value.login })} onClose=${() => { secret.value = null; }}>
  <div class="admin-review"><p>${t("admin.account.once")}</p><output class="admin-secret">${secret.value.password}</output>
    <div class="admin-actions"><button type="button" class="btn" onClick=${() => navigator.clipboard.writeText(secret.value.password).then(() => toast(t("admin.copied")), () => toast(t("admin.notCopied"), "warn"))}>${t("admin.copy")}</button></div></div><//>`;

const Sure = () => sure.value && html`<${Dialog} title=${t(`admin.account.${sure.value.what}Title`, { login: sure.value.account.login })} onClose=${() => { sure.value = null; }}>
  <div class="admin-review"><p>${t(`admin.account.${sure.value.what}What`)}</p><div class="admin-actions"><button type="button" class="btn" onClick=${() => { sure.value = null; }}>${t("admin.back")}</button>
    <button type="button" class="btn btn-primary" onClick=${act}>${t(`admin.account.${sure.value.what}`)}</button></div></div><//>`;

function Row({ one }) {
  const operator = base.value?.lists.operators.find((entry) => entry.name === one.operator);
  return html`<tr data-off=${one.disabled ? "true" : undefined}><th scope="row">${one.login} ${one.login === me.login && html`<${Pill} tone="accent">${t("admin.account.me")}<//>`}</th><td>${one.title}</td><td>${t(`admin.role.${one.role}`)}</td>
    <td>${operator ? entryTitle("operators", operator) : one.operator ?? "\u2014"}</td><td>${one.disabled ? html`<${Pill} tone="idle">${t("admin.account.off")}<//>` : html`<${Pill} tone="ok">${t("admin.account.on")}<//>`}</td>
    <td class="right"><button type="button" class="btn btn-small" onClick=${() => { sure.value = { account: one, what: "reset" }; }}>${t("admin.account.reset")}</button>${" "}
      <button type="button" class="btn btn-small" disabled=${one.disabled} onClick=${() => { sure.value = { account: one, what: "disable" }; }}>${t("admin.account.disable")}</button></td></tr>`;
}

/** The section. */
export function Accounts() {
  const { status, items } = page.value;
  useEffect(() => { list(); }, []);
  return html`<div class="admin-pair" data-open=${form.value ? "true" : undefined}><section class="card table-card admin-list"><div class="admin-list-head"><h2 class="card-title grow">${t("admin.section.accounts")}</h2>
      <button type="button" class="btn btn-small" onClick=${() => { faults.value = {}; form.value = EMPTY; }}>${t("admin.account.new")}</button></div>
    ${status === "failed" && html`<div class="empty"><p class="empty-title">${t("admin.refused.away")}</p><button type="button" class="btn" onClick=${list}>${t("action.retry")}</button></div>`}
    ${status === "loading" && html`<div class="history-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`}
    ${items.length > 0 && html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("admin.section.accounts")}><table class="table admin-table"><thead><tr>${["login", "title", "role", "operator", "state", "acts"].map((one) => html`<th scope="col" class=${one === "acts" ? "right" : ""} key=${one}>${t(`admin.account.${one}`)}</th>`)}</tr></thead>
      <tbody>${items.map((one) => html`<${Row} key=${one.id} one=${one} />`)}</tbody></table></div>`}</section>
    ${form.value && html`<${Form} />`}<${Secret} /><${Sure} /></div>`;
}
