// The shift at a glance: what is wrong, six figures, the queues, the people, the requests, the day; the chips choose a queue.
import { may, titled } from "../boot.js";
import { serverNow } from "../clock.js";
import { longDay, timeToSecond } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { everLive, phase, services } from "../live/link.js";
import { rows } from "../live/store.js";
import { operatorState } from "../live/states.js";
import { queues as everyQueue } from "../names.js";
import { Icon } from "../parts/icon.js";
import { HintsButton } from "../side/editor.js";
import { Promises } from "../callbacks/board.js";
import { BlockedNumbers } from "../persons/blocked.js";
import { Lamps } from "../chat/lamps.js";
import { Alerts } from "./alerts.js";
import { Dialogs } from "./dialogs.js";
import { blindSince, chosen, Figures } from "./figures.js";
import { Hours } from "./hours.js";
import { Operators } from "./people.js";
import { Queues } from "./queues.js";
import { Requests } from "./requests.js";
import { dialog } from "./steer.js";

const FEW = 6; // more queues than this do not fit as chips

const Chip = ({ id, children }) => html`<button class="btn btn-small" type="button" aria-pressed=${chosen.value === id ? "true" : "false"} onClick=${() => { chosen.value = id; }}>${children}</button>`;

function Filter() {
  const list = everyQueue();
  if (list.length > FEW) {
    return html`<select class="field-input field-small" aria-label=${t("supervisor.filter")} value=${chosen.value} onChange=${(event) => { chosen.value = event.target.value; }}>
      <option value="">${t("supervisor.all")}</option>${list.map((queue) => html`<option key=${queue.id} value=${queue.id}>${titled(queue.title)}</option>`)}</select>`;
  }
  return html`<div class="chips" role="group" aria-label=${t("supervisor.filter")}><${Chip} id="">${t("supervisor.all")}<//>${list.map((queue) => html`<${Chip} key=${queue.id} id=${queue.id}>${titled(queue.title)}<//>`)}</div>`;
}

/** Without a PBX the picture of calls is old: said as large as it matters. */
function Blind() {
  const since = blindSince.value;
  if (!since || phase.value !== "live" || !services.value.engine) return null;
  return html`<section class="blind tone-danger" role="alert"><${Icon} name="plug-zap" size="large" /><p class="blind-words">${since === "never" ? t("supervisor.blindNever") : t("supervisor.blind", { time: timeToSecond(since) })}</p>
    <p>${t("supervisor.blindWhy")}</p></section>`;
}

const focusOn = (id) => () => document.querySelector(`#${id} .table-scroll`)?.focus();

export function Screen() {
  useKeys({
    KeyO: { label: "keys.people", run: focusOn("people") }, KeyW: { label: "keys.requests", run: focusOn("requests") },
    KeyS: { label: "keys.message", run: () => { dialog.value = { kind: "message", to: {}, name: "", count: on }; } },
  });
  const on = [...rows("operators").values()].filter((one) => operatorState(one).key !== "offline").length;
  const idle = everLive.value && on === 0 && rows("operators").size > 0;
  return html`<main class="page supervisor">
    <div class="page-head"><h1 class="page-title">${t("title.supervisor")}</h1><p class="quiet grow">${longDay(serverNow())} · ${idle ? t("supervisor.notStarted") : t("supervisor.people", { count: on })}</p>
      <${Filter} /><${HintsButton} />${may("wallboard.manage") && html`<button class="btn btn-small" type="button" onClick=${() => { dialog.value = { kind: "boards" }; }}><${Icon} name="tv" size="small" />${t("boards.title")}</button>`}</div>
    ${everLive.value ? html`<${Blind} /><${Alerts} /><${Figures} /><div class="supervisor-tables" data-blind=${blindSince.value ? "" : undefined}><${Queues} /><${Operators} /></div>
      ${may("requests.read") && html`<${Requests} /><${Promises} />`}${may("chats.accounts") && html`<${Lamps} />`}${may("numbers.blocked") && html`<${BlockedNumbers} />`}<${Hours} />`
    : html`<div class="figures skeleton-late" aria-hidden="true">${[0, 1, 2, 3, 4, 5].map((at) => html`<div class="figure" key=${at}><div class="skeleton"></div><div class="skeleton skeleton-figure"></div></div>`)}</div>`}
    <${Dialogs} />
  </main>`;
}
