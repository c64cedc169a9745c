// Administration: the directory's sections, its versions, the accounts; one draft over all sections until it is saved.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { rows } from "../live/store.js";
import { Accounts } from "./accounts.js";
import { base, checked, dirty, load, state } from "./draft.js";
import { Bar, Failed, Pbxes, Skeleton } from "./frame.js";
import { Conflict, Remarks, Review, review } from "./review.js";
import { SECTIONS } from "./schema.js";
import { Section } from "./section.js";
import { Versions } from "./versions.js";

const OTHERS = { versions: Versions, accounts: Accounts };
const PLACES = [...SECTIONS.filter((one) => !one.elsewhere).map((one) => one.id), ...Object.keys(OTHERS)];
const place = signal(PLACES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "operators");

function show(id) {
  place.value = id;
  history.replaceState(null, "", `${location.pathname}#${id}`);
}

export function Screen() {
  useEffect(() => { load(); }, [rows("rules").get("rules")?.version]);
  useKeys({ "Ctrl+KeyS": { label: "admin.check", when: () => dirty.value, run: review } });
  const Other = OTHERS[place.value];
  const head = base.value?.head;
  return html`<div class="admin"><nav class="admin-nav" aria-label=${t("title.admin")}>${PLACES.map((id) => html`<button key=${id} type="button" class="admin-place" aria-current=${place.value === id ? "page" : undefined}
      onClick=${() => show(id)}>${t(`admin.section.${id}`)}</button>`)}</nav>
    <main class="admin-main"><div class="page-head"><h1 class="page-title">${t("title.admin")}</h1>
        <p class="quiet grow">${base.value && `${t("admin.version", { version: base.value.version })}${head ? ` · ${dayAndTime(head.at, serverNow())}, ${head.actor === "system" ? t("admin.system") : head.actor}` : ""}`}</p><${Pbxes} /></div>
      <${Conflict} />${state.value === "loading" && html`<${Skeleton} />`}${state.value === "failed" && html`<${Failed} />`}
      ${state.value === "ready" && html`${!OTHERS[place.value] && html`<${Bar} />`}
        ${checked.value.warnings.length > 0 && !Other && html`<${Remarks} remarks=${checked.value.warnings} tone="warn" />`}
        ${Other ? html`<${Other} />` : html`<${Section} section=${place.value} />`}<${Review} />`}</main></div>`;
}
