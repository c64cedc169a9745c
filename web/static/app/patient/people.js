// Candidates in a list: as much of each as may be shown before anybody is confirmed, and the form that confirms him.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Icon, Pill } from "../parts/icon.js";
import { Identify, relationWord } from "./identify.js";
import { change } from "./known.js";

/** One whom it may be, in one of several lists; `looking`: nobody can be confirmed yet, for the call only rings. */
export function Person({ request, person, chosen, list, meant, looking }) {
  const open = chosen === `${list}-${person.id}`;
  const title = person.restricted ? t("patient.restricted") : person.name || t("patient.nameless");
  const toggle = () => change(request.id, { chosen: open ? null : `${list}-${person.id}` });
  return html`<li class="person-line" data-state=${person.deceased ? "deceased" : open ? "open" : "shut"}>
    <button class="person-pick" type="button" aria-expanded=${open ? "true" : "false"} disabled=${looking || !canAct.value} onClick=${toggle}>
      <${Icon} name=${person.restricted ? "bell-off" : "user"} /><span class="person-who"><span class="person-name">${title}</span>
        <span class="small quiet">${[person.birth_year && t("patient.bornYear", { year: person.birth_year }), relationWord(person.relation), person.hint && t("patient.hint", { hint: person.hint })].filter(Boolean).join(" · ")}</span></span>
      ${meant === person.id && html`<${Pill} tone="accent" icon="bell">${t("patient.meant")}<//>`}
      ${person.minor && html`<${Pill} tone="accent">${t("patient.minor")}<//>`}
      ${person.restricted && html`<${Pill} tone="warn" icon="triangle-alert">${t("patient.closed")}<//>`}
      ${person.deceased && html`<${Pill} tone="idle">${t("patient.deceased")}<//>`}
      ${!looking && html`<span class="small person-do">${t(open ? "patient.choosing" : "patient.choose")}</span>`}</button>
    ${open && html`<${Identify} request=${request} person=${person} close=${() => change(request.id, { chosen: null })} />`}</li>`;
}

export const People = ({ request, people, chosen, list, label, meant, looking }) =>
  html`<ul class="people-list" aria-label=${label}>${people.map((one) => html`<${Person} key=${one.id} request=${request} person=${one} chosen=${chosen} list=${list} meant=${meant} looking=${looking} />`)}</ul>`;
