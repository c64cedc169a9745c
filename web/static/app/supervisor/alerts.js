// What supervisors are alerted to: always a line of its own, so that nothing moves when one comes; a sound if wanted.
import { effect, signal } from "@preact/signals";
import { titled } from "../boot.js";
import { Clock, second } from "../clock.js";
import { duration } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { everLive } from "../live/link.js";
import { row, rows } from "../live/store.js";
import { queueTitle } from "../names.js";
import { say } from "../parts/announce.js";
import { Icon } from "../parts/icon.js";
import { sound } from "../parts/sounds.js";

const loud = signal(localStorage.getItem("okno.alerts") !== "off");
effect(() => localStorage.setItem("okno.alerts", loud.value ? "on" : "off"));

const raised = () => [...rows("alerts").values()].filter((one) => one.raised_at).sort((a, b) => b.raised_at.localeCompare(a.raised_at) || a.id.localeCompare(b.id));

// Only what is raised while somebody looks is said and sounds: what stood here before is read.
let known = null;
effect(() => {
  const now = new Set(raised().map((one) => one.id));
  const fresh = known && raised().filter((one) => !known.has(one.id));
  if (everLive.value) known = now;
  if (!fresh?.length) return;
  say(t("alerts.raised", { title: titled(fresh[0].title), queue: queueTitle(fresh[0].queue) }));
  if (loud.peek()) sound("overdue");
});

/** The figure as it is now: the alert's own value is that of its beginning. */
function valueOf(alert) {
  const queue = row("queues", alert.queue);
  const now = alert.figure === "longest_wait_s" ? (queue?.longest_since ? second.value - Math.floor(Date.parse(queue.longest_since) / 1000) : 0) : queue?.[alert.figure] ?? alert.value;
  return shown(alert.figure, now);
}

const shown = (figure, value) => (figure.endsWith("_s") ? duration(value) : figure.startsWith("service_level") ? t("figure.percent", { n: value }) : String(value));

export function Alerts() {
  const list = raised();
  return html`<section class="alerts" aria-label=${t("alerts.title")} data-some=${list.length ? "" : undefined}>
    <button class="btn btn-quiet btn-small btn-icon" type="button" aria-pressed=${loud.value ? "true" : "false"} aria-label=${t("alerts.sound")} title=${t("alerts.sound")} onClick=${() => { loud.value = !loud.value; }}><${Icon} name=${loud.value ? "bell" : "bell-off"} size="small" /></button>
    ${list.length === 0 ? html`<p class="quiet small">${t("alerts.none")}</p>` : html`<ul class="alerts-list">${list.map((alert) => html`<li key=${alert.id} class="alert tone-danger"><${Icon} name="triangle-alert" size="small" />
      <span class="strong">${titled(alert.title)}</span><span>${queueTitle(alert.queue)}</span><span>${alert.limit === null || alert.limit === undefined ? valueOf(alert) : t("alerts.value", { value: valueOf(alert), limit: shown(alert.figure, alert.limit) })}</span>
      <span>${t("alerts.since")} <${Clock} since=${alert.since} label=${t("alerts.since")} /></span></li>`)}</ul>`}</section>`;
}
