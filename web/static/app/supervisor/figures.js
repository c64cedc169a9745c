// Six figures, each with its target and a colour that means «act». No data is «—», never 0.
import { computed, signal } from "@preact/signals";
import { boot } from "../boot.js";
import { Clock, secondsSince } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { rows } from "../live/store.js";
import { operatorState } from "../live/states.js";
import { Icon } from "../parts/icon.js";

const ABANDONED_TARGET = 5; // percent of those who joined a queue; a usual norm of call centres
const NEAR = 5; // percentage points around a target that are «near» it

/** The queue the figures are about; empty for all. */
export const chosen = signal("");
const place = new Map(boot.queues.map((queue, at) => [queue.id, at])); // the settings' order, not that of arrival
export const queues = computed(() => [...rows("queues").values()].filter((queue) => !chosen.value || queue.id === chosen.value)
  .sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0)));
export const operators = computed(() => [...rows("operators").values()].filter((one) => !chosen.value || one.queues.includes(chosen.value)));

/** How a percentage stands to its target: tone, icon and word. */
export function levelOf(value, target) {
  if (value === null || value === undefined) return { tone: "idle", icon: "", word: "none" };
  if (value >= target) return { tone: "ok", icon: "circle-check", word: "good" };
  return value >= target - NEAR ? { tone: "warn", icon: "triangle-alert", word: "near" } : { tone: "danger", icon: "triangle-alert", word: "bad" };
}

const sum = (list, field) => list.reduce((total, one) => total + (one[field] ?? 0), 0);

/** The service level of several queues: weighed by how many were answered within the level. */
function serviceLevel(list) {
  if (list.length === 1) return list[0].service_level;
  const [weighed, weight] = list.filter((queue) => queue.service_level !== null)
    .reduce(([a, b], queue) => { const n = queue.answered + queue.abandoned + queue.unanswered; return [a + queue.service_level * n, b + n]; }, [0, 0]);
  return weight ? Math.round(weighed / weight) : null;
}

function share(list) {
  const offered = sum(list, "offered");
  return offered ? Math.round((1000 * sum(list, "abandoned")) / offered) / 10 : null;
}

const percent = (n) => t("figure.percent", { n: String(n).replace(".", t("figure.comma")) });

function Figure({ name, tone = "idle", icon, value, note }) {
  const act = tone !== "idle" && tone !== "ok";
  return html`<section class=${`figure tone-${tone}`} data-act=${act ? "" : undefined}><h2 class="figure-name">${name}${icon && act && html`<${Icon} name=${icon} size="small" />`}</h2>
    <p class="figure-value">${value}</p><p class="figure-note">${note}</p></section>`;
}

function Waiting() {
  const count = sum(queues.value, "waiting");
  const since = queues.value.map((queue) => queue.longest_since).filter(Boolean).sort()[0];
  const limit = Math.min(...queues.value.map((queue) => queue.service_level_s));
  const tone = !since ? "idle" : secondsSince(since) > 2 * limit ? "danger" : secondsSince(since) > limit ? "warn" : "idle";
  return html`<${Figure} name=${t("figure.waiting")} tone=${tone} icon="triangle-alert" value=${count}
    note=${since ? html`${t("head.longest")} <${Clock} since=${since} label=${t("head.longest")} />` : t("figure.nobodyWaits")} />`;
}

function Level() {
  const list = queues.value;
  const value = serviceLevel(list);
  const targets = [...new Set(list.map((queue) => queue.target))];
  const target = list.length ? Math.round(sum(list, "target") / list.length) : 0;
  const { tone, icon } = levelOf(value, target);
  const same = targets.length === 1 && new Set(list.map((queue) => queue.service_level_s)).size === 1;
  return html`<${Figure} name=${t("figure.level")} tone=${tone} icon=${icon} value=${value === null ? "—" : percent(value)}
    note=${same ? t("figure.target", { n: target, s: list[0].service_level_s }) : t("figure.targetAll", { n: target })} />`;
}

function Abandoned() {
  const part = share(queues.value);
  const tone = part === null ? "idle" : part > 2 * ABANDONED_TARGET ? "danger" : part > ABANDONED_TARGET ? "warn" : "ok";
  return html`<${Figure} name=${t("figure.abandoned")} tone=${tone} icon="triangle-alert" value=${part === null ? "—" : sum(queues.value, "abandoned")}
    note=${part === null ? t("figure.noCalls") : t("figure.abandonedShare", { share: percent(part), n: ABANDONED_TARGET })} />`;
}

function Missed() {
  const open = sum(queues.value, "missed_open");
  const late = [...rows("requests").values()].filter((request) => request.kind === "missed_call" && (!chosen.value || request.queue === chosen.value)
    && ["new", "queued"].includes(request.status) && request.due_at && secondsSince(request.due_at) > 0).length;
  return html`<${Figure} name=${t("figure.missed")} tone=${late ? "danger" : "idle"} icon="triangle-alert" value=${open} note=${late ? t("figure.late", { count: late }) : t("figure.noneLate")} />`;
}

function Free() {
  const states = operators.value.map((one) => operatorState(one).key);
  const of = (key) => states.filter((state) => state === key).length;
  const on = states.filter((state) => state !== "offline").length;
  const free = of("available") + of("phone");
  return html`<${Figure} name=${t("figure.free")} tone=${on && !free && sum(queues.value, "waiting") ? "warn" : "idle"} icon="triangle-alert" value=${on ? free : "—"}
    note=${on ? t("figure.freeNote", { talking: of("incall"), wrap: of("wrap_up"), pause: of("break") }) : t("figure.nobody")} />`;
}

function Handled() {
  const answered = sum(queues.value, "answered");
  const wait = answered ? queues.value.reduce((total, queue) => total + queue.average_wait_s * queue.answered, 0) / answered : null;
  return html`<${Figure} name=${t("figure.answered")} value=${sum(queues.value, "offered") ? answered : "—"}
    note=${wait === null ? t("figure.noCalls") : t("figure.wait", { s: Math.round(wait) })} />`;
}

export const Figures = () => html`<div class="figures"><${Waiting} /><${Level} /><${Abandoned} /><${Missed} /><${Free} /><${Handled} /></div>`;
