// Six figures, each with its target and a colour that means «act». No data is «—», never 0; half a window says so.
import { computed, effect, signal } from "@preact/signals";
import { Clock, second, secondsSince } from "../clock.js";
import { duration, time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { darkPbxes } from "../live/selectors.js";
import { rows } from "../live/store.js";
import { operatorState } from "../live/states.js";
import { inOrder } from "../names.js";
import { Icon } from "../parts/icon.js";

const ABANDONED_TARGET = 5; // percent of those who joined a queue; a usual norm of call centres
const NEAR = 5; // percentage points around a target that are «near» it

/** The queue the figures are about; empty for all. */
export const chosen = signal("");
effect(() => { if (rows("queues").size && !rows("queues").has(chosen.value)) chosen.value = ""; }); // it was removed meanwhile
export const queues = computed(() => inOrder(rows("queues").values()).filter((queue) => !chosen.value || queue.id === chosen.value));
export const operators = computed(() => [...rows("operators").values()].filter((one) => !chosen.value || one.queues.includes(chosen.value)));
/** Since when no PBX tells us anything, or "" while one does: calls' figures stand still then. */
export const blindSince = computed(() => {
  const dark = darkPbxes.value;
  return rows("pbxes").size > 0 && dark.length === rows("pbxes").size ? dark.map((one) => one.since ?? "").sort().at(-1) || "never" : "";
});

/** What nobody sees does not go on: how long something has lasted where the picture stands; empty while it moves. */
export const stillFor = (since) =>
  (blindSince.value && since && blindSince.value !== "never" ? duration((Date.parse(blindSince.value) - Date.parse(since)) / 1000) : "");

/** How a percentage stands to its target: tone, icon and word. */
export function levelOf(value, target) {
  if (value === null || value === undefined) return { tone: "idle", icon: "", word: "none" };
  if (value >= target) return { tone: "ok", icon: "circle-check", word: "good" };
  return value >= target - NEAR ? { tone: "warn", icon: "triangle-alert", word: "near" } : { tone: "danger", icon: "triangle-alert", word: "bad" };
}

export const sum = (list, field) => list.reduce((total, one) => total + (one[field] ?? 0), 0);
export const percent = (n) => t("figure.percent", { n: String(n).replace(".", t("figure.comma")) });

/** A figure of several queues: weighed by `weight(queue)`; null when none has it. */
function weighed(list, field, weight) {
  const known = list.filter((queue) => queue[field] !== null && queue[field] !== undefined);
  if (known.length === 1) return known[0][field];
  const total = known.reduce((sum_, queue) => sum_ + weight(queue), 0);
  return total ? Math.round(known.reduce((sum_, queue) => sum_ + queue[field] * weight(queue), 0) / total) : null;
}
const finished = (queue) => queue.answered + queue.abandoned + queue.unanswered;

function share(list) {
  const offered = sum(list, "offered");
  return offered ? Math.round((1000 * sum(list, "abandoned")) / offered) / 10 : null;
}

function Figure({ name, tone = "idle", icon = "triangle-alert", value, note, voice }) {
  const act = tone !== "idle" && tone !== "ok" && !(voice && blindSince.value);
  return html`<section class=${`figure tone-${tone}`} data-act=${act ? "" : undefined} data-blind=${voice && blindSince.value ? "" : undefined}><h2 class="figure-name">${name}${act && html`<${Icon} name=${icon} size="small" />`}</h2>
    <p class="figure-value">${value}</p><p class="figure-note">${note}</p></section>`;
}

function Waiting() {
  const count = sum(queues.value, "waiting");
  const since = queues.value.map((queue) => queue.longest_since).filter(Boolean).sort()[0];
  const limit = Math.min(...queues.value.map((queue) => queue.service_level_s));
  const tone = !since ? "idle" : secondsSince(since) > 2 * limit ? "danger" : secondsSince(since) > limit ? "warn" : "idle";
  const still = stillFor(since);
  return html`<${Figure} voice name=${t("figure.waiting")} tone=${tone} value=${count}
    note=${still ? `${t("head.longest")} ${still}` : since ? html`${t("head.longest")} <${Clock} since=${since} label=${t("head.longest")} />` : t("figure.nobodyWaits")} />`;
}

/** From when the last half hour is counted, when it is not yet a whole one. */
const halfSince = (list) => {
  const full = list.map((queue) => queue.now_full_at).filter(Boolean).sort().at(-1);
  return full && Date.parse(full) / 1000 > second.value ? time(Date.parse(full) - 1800000) : "";
};

function Level() {
  const list = queues.value;
  const day = weighed(list, "service_level", finished);
  const now = weighed(list, "service_level_now", (queue) => 1 + queue.answered);
  const target = list.length ? Math.round(sum(list, "target") / list.length) : 0;
  const { tone, icon } = levelOf(now ?? day, target);
  const half = halfSince(list);
  return html`<${Figure} voice name=${t(half ? "figure.levelPart" : "figure.levelNow", { time: half })} tone=${tone} icon=${icon || undefined} value=${now === null ? "—" : percent(now)}
    note=${t("figure.levelDay", { day: day === null ? "—" : percent(day), n: target })} />`;
}

function Abandoned() {
  const part = share(queues.value);
  const tone = part === null ? "idle" : part > 2 * ABANDONED_TARGET ? "danger" : part > ABANDONED_TARGET ? "warn" : "ok";
  return html`<${Figure} voice name=${t("figure.abandoned")} tone=${tone} value=${part === null ? "—" : sum(queues.value, "abandoned")}
    note=${part === null ? t("figure.noCalls") : t("figure.abandonedShare", { share: percent(part), n: ABANDONED_TARGET })} />`;
}

function Digital() {
  const late = sum(queues.value, "overdue");
  return html`<${Figure} name=${t("figure.overdue")} tone=${late ? "danger" : "idle"} value=${late}
    note=${t("figure.digital", { waiting: sum(queues.value, "digital_waiting"), callbacks: sum(queues.value, "callbacks_open") })} />`;
}

function Free() {
  const states = operators.value.map((one) => operatorState(one).key);
  const of = (key) => states.filter((state) => state === key).length;
  const on = states.filter((state) => state !== "offline").length;
  // Who stands in no queue (a supervisor with a phone) is free for nobody who calls.
  const free = operators.value.filter((one, at) => one.queues.length > 0 && (states[at] === "available" || states[at] === "phone")).length;
  return html`<${Figure} voice name=${t("figure.free")} tone=${on && !free && sum(queues.value, "waiting") ? "warn" : "idle"} value=${on ? free : "—"}
    note=${on ? t("figure.freeNote", { talking: of("incall"), wrap: of("wrap_up"), pause: of("break") }) : t("figure.nobody")} />`;
}

function Handled() {
  const answered = sum(queues.value, "answered");
  const wait = weighed(queues.value, "wait_now_s", (queue) => 1 + queue.answered);
  return html`<${Figure} voice name=${t("figure.answered")} value=${sum(queues.value, "offered") ? answered : "—"}
    note=${wait === null ? t("figure.noneLately") : t("figure.waitNow", { s: Math.round(wait) })} />`;
}

export const Figures = () => html`<div class="figures"><${Waiting} /><${Level} /><${Abandoned} /><${Digital} /><${Free} /><${Handled} /></div>`;
