// Look for a patient in the MIS by name, birth date and card number; all that is given must fit.
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Icon } from "../parts/icon.js";
import { first } from "../side/focus.js";
import { watched } from "./emergency.js";
import { search } from "./known.js";
import { People } from "./people.js";
import { wrong } from "./words.js";

const SHORTEST = 2;

function Result({ request, state }) {
  const { found } = state;
  if (!found) return null;
  if (found.status === "loading") return html`<p class="small quiet" role="status">${t("patient.searching")}</p>`;
  if (found.status === "failed") return html`<p class="mis-word tone-warn" role="status"><${Icon} name="plug-zap" size="small" />${wrong(found.why)}</p>`;
  if (!found.people.length) return html`<p class="small quiet" role="status">${t("patient.notFound")}</p>`;
  return html`<p class="small quiet" role="status">${t("patient.found", { count: found.people.length })}${found.complete ? "" : ` ${t("patient.cut")}`}</p>
    <${People} request=${request} people=${found.people} chosen=${state.chosen} list="found" label=${t("patient.results")} />`;
}

export function Search({ request, state }) {
  const [query, setQuery] = useState(state.found?.query ?? { name: "", born: null, card_number: "" });
  const put = (name) => (event) => { setQuery({ ...query, [name]: event.target.value || (name === "born" ? null : "") }); if (name === "name") watched(request.id, "search", event.target.value); };
  const enough = query.name.trim().length >= SHORTEST || query.born || query.card_number.trim();
  const go = (event) => { event.preventDefault(); if (enough) search(request.id, { name: query.name.trim(), born: query.born, card_number: query.card_number.trim() }); };
  return html`<form class="patient-search" onSubmit=${go}>
    <label class="field patient-search-name"><span class="field-label">${t("patient.name")}</span>
      <input class="field-input field-small" maxlength="200" autocomplete="off" spellcheck=${false} ref=${first} value=${query.name} onInput=${put("name")} /></label>
    <label class="field"><span class="field-label">${t("patient.born")}</span><input class="field-input field-small" type="date" value=${query.born ?? ""} onInput=${put("born")} /></label>
    <label class="field"><span class="field-label">${t("patient.cardNumber")}</span><input class="field-input field-small" maxlength="64" autocomplete="off" value=${query.card_number} onInput=${put("card_number")} /></label>
    <button class="btn btn-small btn-primary" type="submit" disabled=${!enough || !canAct.value || state.found?.status === "loading"}><${Icon} name="search" size="small" />${t("patient.search")}</button>
  </form><${Result} request=${request} state=${state} />`;
}
