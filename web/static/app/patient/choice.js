// What kind of time is wanted: specialty, doctor, branch, service, part of the day. All from the MIS's own directories.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { directory, loadDirectory } from "./mis.js";

const PARTS = ["any", "morning", "day", "evening"];
const CHIPS = 6; // so many specialties are shown as buttons, more of them as a list

const fits = (doctor, { specialty, branch }) => (!specialty || doctor.specialties.includes(specialty)) && (!branch || !doctor.branches.length || doctor.branches.includes(branch));

function Select({ name, value, items, change, any }) {
  return html`<label class="field"><span class="field-label">${t(`slots.${name}`)}</span><select class="field-input field-small" data-name=${name} value=${value} onChange=${(event) => change(event.target.value)}>
    <option value="">${t(any)}</option>${items.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}</select></label>`;
}

/** `query` is what is chosen, `put(more)` changes it; `parts`: also of which part of the day. */
export function Choice({ query, put, parts = true }) {
  const [specialties, doctors, branches, services] = ["specialties", "doctors", "branches", "services"].map((kind) => directory(kind));
  const failed = [specialties, doctors].some((one) => one.status === "failed") && !doctors.items.length;
  const listed = doctors.items.filter((one) => fits(one, query));
  const specialty = (id) => put({ specialty: id, doctor: doctors.items.some((one) => one.id === query.doctor && (!id || one.specialties.includes(id))) ? query.doctor : "" });
  const offered = services.items.filter((one) => !query.specialty || !one.specialties.length || one.specialties.includes(query.specialty));
  if (failed) {
    return html`<p class="mis-word tone-warn" role="status"><${Icon} name="plug-zap" size="small" /><span class="grow">${t("slots.noDirectories")}</span>
      <button class="btn btn-small" type="button" onClick=${() => ["specialties", "doctors", "branches", "services"].forEach(loadDirectory)}>${t("action.retry")}</button></p>`;
  }
  const few = specialties.items.length <= CHIPS;
  return html`<div class="choice">
    ${few && specialties.items.length > 0 && html`<div class="chips" role="group" aria-label=${t("slots.specialty")}>${specialties.items.map((one) => html`<button key=${one.id} class="btn btn-small" type="button" aria-pressed=${query.specialty === one.id ? "true" : "false"}
      onClick=${() => specialty(query.specialty === one.id ? "" : one.id)}>${one.name}</button>`)}</div>`}
    <div class="choice-fields">
      ${!few && html`<${Select} name="specialty" value=${query.specialty} items=${specialties.items} change=${specialty} any="slots.anySpecialty" />`}
      <${Select} name="doctor" value=${query.doctor} items=${listed} change=${(doctor) => put({ doctor })} any="slots.anyDoctor" />
      ${branches.items.length > 1 && html`<${Select} name="branch" value=${query.branch} items=${branches.items} change=${(branch) => put({ branch })} any="slots.anyBranch" />`}
      ${services.items.length > 0 && html`<${Select} name="service" value=${query.service} items=${offered} change=${(service) => put({ service })} any="slots.anyService" />`}
      ${parts && html`<label class="field"><span class="field-label">${t("slots.part")}</span>
        <select class="field-input field-small" data-name="part" value=${query.part} onChange=${(event) => put({ part: event.target.value })}>${PARTS.map((one) => html`<option key=${one} value=${one}>${t(`slots.part.${one}`)}</option>`)}</select></label>`}
    </div></div>`;
}
