// Outside its window a channel takes templates only: chosen from those the account has, their gaps filled in, read once
// more before they go.
import { useState } from "preact/hooks";
import { titled } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Dialog } from "../parts/dialog.js";

const GAP = /\{\{?(\w+)\}?\}/g;
const nameOf = (one) => titled(one.title) || one.name;
const gapsOf = (one) => [...new Set([...(titled(one.text) ?? "").matchAll(GAP)].map((found) => found[1]))];
const shownText = (one, values) => (titled(one.text) ?? "").replace(GAP, (whole, gap) => values[gap]?.trim() || whole);

/** `send({name, language, values, title})` sends it. */
export function Templates({ templates, send, close }) {
  const [chosen, choose] = useState(templates.length === 1 ? templates[0] : null);
  const [values, setValues] = useState({});
  const gaps = chosen ? gapsOf(chosen) : [];
  const missing = gaps.some((gap) => !values[gap]?.trim());
  const go = () => { close(); send({ template: { name: chosen.name, language: chosen.language ?? "ru", values: gaps.map((gap) => values[gap].trim()), title: chosen.title ?? "" }, text: shownText(chosen, values) }); };
  return html`<${Dialog} title=${t("chat.template")} onClose=${close}><div class="stack">
    <p class="small quiet">${t("chat.templateWhy")}</p>
    ${!templates.length && html`<p>${t("chat.templateNone")}</p>`}
    <ul class="template-list">${templates.map((one) => html`<li key=${one.name}><button class="btn btn-small" type="button" aria-pressed=${chosen === one ? "true" : "false"} onClick=${() => { choose(one); setValues({}); }}>${nameOf(one)}</button></li>`)}</ul>
    ${gaps.map((gap) => html`<label key=${gap} class="field"><span class="field-label">${t("chat.templateGap", { name: gap })}</span><input class="field-input" maxlength="200" value=${values[gap] ?? ""} onInput=${(event) => setValues({ ...values, [gap]: event.target.value })} /></label>`)}
    ${chosen && html`<p class="template-text">${shownText(chosen, values)}</p>`}
    <div class="dialog-foot"><button class="btn" type="button" onClick=${close}>${t("action.cancel")}</button><button class="btn btn-primary" type="button" disabled=${!chosen || missing} onClick=${go}>${t("chat.send")}</button></div></div><//>`;
}
