// «Information»: prices and doctors, from the MIS's directories. Nobody's data; nothing is asked again for it.
import { signal } from "@preact/signals";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { directory, entryName, loadDirectory } from "./mis.js";
import { money } from "./words.js";

const MOST = 40;
const query = signal("");

const names = (kind, ids) => ids.map((id) => entryName(kind, id)).filter(Boolean).join(", ");

const said = (words) => html`<span class="small quiet inform-about">${words.filter(Boolean).join(" · ")}</span>`;
/** A line of the price list, or a doctor with what he does and where. */
const Service = ({ one }) => html`<li class="inform-line"><span class="grow">${one.name}${said([one.minutes && t("inform.minutes", { count: one.minutes }), names("specialties", one.specialties), one.note])}</span>
  <span class="strong inform-price">${one.price === null ? t("inform.noPrice") : money(one.price, one.currency)}</span></li>`;
const Doctor = ({ one }) => html`<li class="inform-line"><span class="grow">${one.name}${said([names("specialties", one.specialties), names("branches", one.branches), one.note])}</span></li>`;

function List({ kind, Line, title }) {
  const { status, items, stale } = directory(kind);
  const wanted = query.value.trim() && asked(query.value);
  const about = (one) => folded(`${one.name} ${one.note} ${names("specialties", one.specialties)} ${names("branches", one.branches)}`);
  const list = items.filter((one) => !wanted || found(about(one), wanted));
  return html`<section class="inform-part" aria-label=${t(title)}><h3 class="card-title">${t(title)}</h3>
    ${stale && html`<p class="small tone-warn toned">${t("inform.stale")}</p>`}
    ${status === "failed" && !items.length && html`<p class="mis-word tone-warn" role="status"><${Icon} name="plug-zap" size="small" />
      <span class="grow">${t("inform.failed")}</span><button class="btn btn-small" type="button" onClick=${() => loadDirectory(kind)}>${t("action.retry")}</button></p>`}
    ${status === "loading" && !items.length && html`<div class="skeleton skeleton-late" aria-hidden="true"></div>`}
    ${status === "ready" && !list.length && html`<p class="quiet small">${t("inform.nothing")}</p>`}
    <ul>${list.slice(0, MOST).map((one) => html`<${Line} key=${one.id} one=${one} />`)}</ul>${list.length > MOST && html`<p class="small quiet">${t("inform.rest", { count: list.length - MOST })}</p>`}</section>`;
}

export function Inform() {
  return html`<div class="inform"><div class="hints-search"><input class="field-input field-small" type="search" aria-label=${t("inform.search")} placeholder=${t("inform.search")}
      autocomplete="off" spellcheck=${false} value=${query.value} onInput=${(event) => { query.value = event.target.value; }} /></div>
    <${List} kind="services" Line=${Service} title="inform.prices" /><${List} kind="doctors" Line=${Doctor} title="inform.doctors" /></div>`;
}
