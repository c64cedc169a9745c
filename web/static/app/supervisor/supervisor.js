// The shift at a glance: six figures, the queues, the people; the chips choose a queue for all of them.
import { boot, titled } from "../boot.js";
import { serverNow } from "../clock.js";
import { longDay } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { everLive } from "../live/link.js";
import { rows } from "../live/store.js";
import { operatorState } from "../live/states.js";
import { chosen, Figures } from "./figures.js";
import { Late, Operators, Queues } from "./tables.js";

const Chip = ({ id, children }) => html`<button class="btn btn-small" type="button" aria-pressed=${chosen.value === id ? "true" : "false"} onClick=${() => { chosen.value = id; }}>${children}</button>`;

export function Screen() {
  const on = [...rows("operators").values()].filter((one) => operatorState(one).key !== "offline").length;
  return html`<main class="page supervisor">
    <div class="page-head"><h1 class="page-title">${t("title.supervisor")}</h1><p class="quiet grow">${longDay(serverNow())} · ${t("supervisor.people", { count: on })}</p>
      <div class="chips" role="group" aria-label=${t("supervisor.filter")}><${Chip} id="">${t("supervisor.all")}<//>${boot.queues.map((queue) => html`<${Chip} key=${queue.id} id=${queue.id}>${titled(queue.title)}<//>`)}</div></div>
    ${everLive.value ? html`<${Figures} /><div class="supervisor-tables"><div class="supervisor-side"><${Queues} /><${Late} /></div><${Operators} /></div>`
    : html`<div class="figures skeleton-late" aria-hidden="true">${[0, 1, 2, 3, 4, 5].map((at) => html`<div class="figure" key=${at}><div class="skeleton"></div><div class="skeleton skeleton-figure"></div></div>`)}</div>`}
  </main>`;
}
