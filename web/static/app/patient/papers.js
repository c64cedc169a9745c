// Numbers of documents do not belong into a request: who typed one is told so while it stands there. Sent nowhere.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { draftOf } from "../memory.js";
import { Icon } from "../parts/icon.js";
import { textsOf } from "./emergency.js";

// A phone number is eleven digits, or ten after an 8 or +7: none of these is.
const FORMS = {
  snils: /(?<!\d)\d{3}[- ]\d{3}[- ]\d{3}[- ]?\d{2}(?!\d)/,
  bank: /(?<!\d)\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?!\d)/,
  passport: /(?<!\d)\d{2} ?\d{2}[ №]+\d{6}(?!\d)/,
};

/** Which document's number a text seems to hold: `snils`, `bank`, `passport`; empty when none. */
export const paper = (text) => Object.keys(FORMS).find((kind) => FORMS[kind].test(text)) ?? "";

/** The warning, while such a number stands in the note or in a comment. */
export function Papers({ request }) {
  const kind = paper([draftOf(request).value.note, ...textsOf(request)].join(" \n "));
  if (!kind) return null;
  return html`<p class="papers" role="status"><${Icon} name="triangle-alert" size="small" /><span>${t("papers.warning", { paper: t(`papers.${kind}`) })}</span></p>`;
}
