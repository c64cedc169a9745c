// A file becomes a list: it is read by the server, each column is given its meaning, bad rows are told before anything is made.
import { signal } from "@preact/signals";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { ask } from "./asks.js";

const MOST = 2500000; // bytes
const ROLES = ["phone", "name", "note", "ref", "consent"];
/** {status: none|reading|ready|failed, name, file, word, reading, columns} */
export const source = signal({ status: "none" });

const listed = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

/** The columns by their titles, as far as these say it; the numbers were found by looking at them. */
function guessed(reading) {
  const used = new Set([reading.phone]);
  const columns = { phone: reading.phone, name: null, note: null, ref: null, consent: null, agreed: false, words: t("lists.file.words") };
  for (const role of ROLES.slice(1)) {
    const at = reading.columns.findIndex((one, place) => !used.has(place) && listed(t(`lists.guess.${role}`)).some((word) => one.title.toLowerCase().includes(word)));
    if (at >= 0) { used.add(at); columns[role] = at; }
  }
  return columns;
}

export const columnsBody = () => {
  const { words, ...columns } = source.peek().columns;
  return { ...columns, words: listed(words).slice(0, 30) };
};

async function read() {
  const now = source.peek();
  const answer = await ask("POST", "/lists/read", { file: now.file, columns: now.columns && now.columns.phone !== null ? columnsBody() : undefined });
  if (source.peek().file !== now.file || source.peek().columns !== now.columns) return;
  if (!answer.ok) { source.value = { ...now, status: "failed", word: answer.data.word ?? (answer.status === 413 ? "too_long" : "away") }; return; }
  if (now.columns) { source.value = { ...now, status: "ready", reading: answer.data }; return; }
  source.value = { ...now, status: "reading", reading: answer.data, columns: guessed(answer.data) };
  if (answer.data.phone === null) source.value = { ...source.peek(), status: "ready" };
  else await read();
}

function take(file) {
  if (!file) return;
  if (file.size > MOST) { source.value = { status: "failed", name: file.name, word: "too_long" }; return; }
  source.value = { status: "reading", name: file.name };
  const reader = new FileReader();
  reader.onload = () => { source.value = { status: "reading", name: file.name, file: reader.result.slice(reader.result.indexOf(",") + 1) }; read(); };
  reader.onerror = () => { source.value = { status: "failed", name: file.name, word: "binary" }; };
  reader.readAsDataURL(file);
}

function set(change) {
  source.value = { ...source.peek(), status: "reading", columns: { ...source.peek().columns, ...change } };
  read();
}

const columnName = (column, place) => column.title || t("lists.file.column", { n: place + 1 });

function Columns({ now }) {
  const { columns, reading } = now;
  const choice = (role) => html`<label class="field" key=${role}><span class="field-label">${t(`lists.column.${role}`)}</span>
    <select class="field-input field-small" onChange=${(event) => set({ [role]: event.target.value === "" ? null : Number(event.target.value) })}>
      <option value="" selected=${columns[role] === null} disabled=${role === "phone"}>${t("lists.column.none")}</option>
      ${reading.columns.map((one, place) => html`<option key=${place} value=${place} selected=${columns[role] === place}>${columnName(one, place)}</option>`)}</select>
    <span class="small quiet cut">${columns[role] === null ? "" : reading.columns[columns[role]]?.samples.join(" · ")}</span></label>`;
  return html`<div class="lists-columns">${ROLES.map(choice)}</div>
    ${columns.consent !== null && html`<fieldset class="admin-group"><legend class="field-label">${t("lists.consent.means")}</legend>
      <div class="lists-consent"><select class="field-input field-small" aria-label=${t("lists.consent.means")} onChange=${(event) => set({ agreed: event.target.value === "agreed" })}>
        <option value="refused" selected=${!columns.agreed}>${t("lists.consent.refused")}</option><option value="agreed" selected=${columns.agreed}>${t("lists.consent.agreed")}</option></select>
      <input class="field-input field-small grow" aria-label=${t("lists.consent.words")} value=${columns.words} onChange=${(event) => set({ words: event.target.value })} /></div></fieldset>`}`;
}

/** How many may be called, and why others are not; the first bad rows by their numbers. */
function Found({ reading }) {
  const left = reading.good - reading.unwanted - reading.blocked;
  const rest = [...Object.entries(reading.counts), ["unwanted", reading.unwanted], ["blocked", reading.blocked], ["elsewhere", reading.elsewhere]].filter(([, count]) => count > 0);
  return html`<div class="lists-found" role="status"><p class=${left ? "" : "tone-danger lists-none"}><b>${t("lists.found", { count: left })}</b> <span class="quiet">${t("lists.rows", { count: reading.rows })}</span></p>
    ${rest.length > 0 && html`<ul class="lists-faults">${rest.map(([word, count]) => html`<li key=${word}><b class="lists-figure">${count}</b> ${t(`lists.fault.${word}`)}</li>`)}</ul>`}
    ${reading.faults.length > 0 && html`<details><summary>${t("lists.badRows")}</summary><div class="table-scroll lists-bad" tabindex="0" role="region" aria-label=${t("lists.badRows")}><table class="table"><thead><tr><th scope="col">${t("lists.row")}</th><th scope="col">${t("lists.why")}</th></tr></thead>
      <tbody>${reading.faults.map((one) => html`<tr key=${one.row}><th scope="row">${one.row}</th><td>${t(`lists.fault.${one.word}`)}${one.of ? ` (${t("lists.firstIn", { row: one.of })})` : ""}</td></tr>`)}</tbody></table></div></details>`}</div>`;
}

export function File() {
  const now = source.value;
  return html`<div class="lists-file"><label class="field"><span class="field-label">${t("lists.file.label")}</span>
      <input class="field-input lists-input" type="file" accept=".csv,.txt,text/csv" onChange=${(event) => take(event.target.files[0])} /><span class="small quiet">${t("lists.file.hint")}</span></label>
    ${now.status === "failed" && html`<p class="strip tone-danger" role="alert"><${Icon} name="triangle-alert" />${has(`lists.file.${now.word}`) ? t(`lists.file.${now.word}`) : t("lists.away")}</p>`}
    ${now.status === "reading" && !now.reading && html`<div class="skeleton skeleton-late" aria-hidden="true"></div>`}
    ${now.reading && now.columns && html`<${Columns} now=${now} />`}
    ${now.reading?.phone === null && now.columns?.phone === null && html`<p class="strip tone-warn" role="alert">${t("lists.file.noPhones")}</p>`}
    ${now.reading && now.columns?.phone !== null && now.status === "ready" && html`<${Found} reading=${now.reading} />`}</div>`;
}
