// A screen on a wall, read from five metres: three figures with their targets, the queues below. No person, no number.
import { render } from "preact";
import { computed, effect, signal } from "@preact/signals";
import { boot, titled } from "../boot.js";
import { Clock, second, serverNow } from "../clock.js";
import { time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { ask, connect, everLive, farewell, lostAt, outdated, phase, services, socket } from "../live/link.js";
import { rows, worldNow } from "../live/store.js";
import { held, now, queues, settle, tones } from "./figures.js";

const WORDS_EVERY = 30000;
const LOST_AFTER = 5; // seconds without a line before a wall says that it knows nothing
const announcement = signal("");

async function fetchWords() {
  const answer = await ask("wallboard", {}).catch(() => null);
  if (answer?.ok) announcement.value = answer.announcement;
}
setInterval(() => { if (phase.peek() === "live") fetchWords(); }, WORDS_EVERY);
effect(() => { if (phase.value === "live") fetchWords(); });
effect(() => { second.value; if (phase.value === "live" && rows("queues").size) settle(); });

// Against burn-in the whole picture moves by two pixels an hour, round a small square.
const STEPS = [[0, 0], [2, 0], [2, 2], [0, 2]];
effect(() => {
  const [x, y] = STEPS[Math.floor(second.value / 3600) % STEPS.length];
  document.documentElement.style.setProperty("--drift", `${x}px ${y}px`);
});

// Nobody stands there to reload it: it does so by itself, and not in a circle while two versions serve side by side.
const RELOAD_AFTER = 60000;
effect(() => { if (outdated.value) setTimeout(() => { if (outdated.peek()) location.reload(); }, RELOAD_AFTER); });

let engineGone = 0;
/** Since when nothing is known, in ms, or 0: no line, no engine, no PBX. Old figures are never shown as fresh. */
const dark = computed(() => {
  if (phase.value !== "live") return lostAt.value && second.value - lostAt.value / 1000 >= LOST_AFTER ? lostAt.value : 0;
  if (!services.value.engine) return (engineGone ||= serverNow());
  engineGone = 0;
  const pbxes = [...rows("pbxes").values()];
  return pbxes.length && pbxes.every((one) => one.link !== "live") ? Date.parse(pbxes.map((one) => one.since ?? "").sort().at(-1)) || serverNow() : 0;
});

function Tile({ name, tone = "idle", value, note }) {
  return html`<section class=${`wall-tile tone-${tone}`} data-flood=${tone === "warn" || tone === "danger" ? tone : undefined} data-name=${name}><h2 class="wall-name">${name}</h2>
    <p class="wall-value">${value}</p><p class="wall-note">${note}</p></section>`;
}

function Tiles() {
  const figures = now.value;
  const gone = dark.value > 0;
  const shown = (value) => (gone ? "—" : value);
  const people = (name) => (figures.atLeast[name] ? t("wall.atLeast", { n: figures[name] }) : figures[name]);
  const note = (words) => (gone ? t("wall.noData", { time: time(dark.value) }) : words);
  const tone = (name) => (gone ? "idle" : tones.value[name]);
  return html`<div class="wall-tiles" data-dark=${gone ? "" : undefined}>
    <${Tile} name=${t("wall.waiting")} tone=${tone("waiting")} value=${shown(figures.waiting)} note=${note(figures.since ? html`${t("wall.longest")} <${Clock} since=${figures.since} label=${t("wall.longest")} /> · ${t("wall.limit", { s: figures.limit })}` : t("wall.nobody"))} />
    <${Tile} name=${t("wall.level")} tone=${tone("level")} value=${shown(figures.level === null ? "—" : t("figure.percent", { n: figures.level }))} note=${note(t("wall.target", { n: figures.target, s: figures.levelS }))} />
    <${Tile} name=${t("wall.free")} tone=${tone("free")} value=${shown(people("free"))} note=${note(t("wall.freeNote", { talking: people("talking"), pause: people("pause") }))} /></div>`;
}

function Queue({ queue }) {
  const late = queue.longest_since && second.value - Date.parse(queue.longest_since) / 1000 > queue.service_level_s;
  return html`<li class=${`wall-queue ${late && !dark.value ? "tone-warn" : "tone-idle"}`} data-act=${late && !dark.value ? "" : undefined}><span class="wall-queue-name">${titled(queue.title)}</span><span class="wall-queue-value">${dark.value ? "—" : queue.waiting}</span></li>`;
}

function Foot() {
  const { overdue, digital } = now.value;
  return html`<ul class="wall-queues">${queues.value.slice(0, 6).map((queue) => html`<${Queue} key=${queue.id} queue=${queue} />`)}
    <li class="wall-queue tone-idle"><span class="wall-queue-name">${t("wall.digital")}</span><span class="wall-queue-value">${dark.value ? "—" : digital}</span></li>
    <li class=${`wall-queue ${overdue && !dark.value ? "tone-danger" : "tone-idle"}`} data-act=${overdue && !dark.value ? "" : undefined}><span class="wall-queue-name">${t("wall.overdue")}</span><span class="wall-queue-value">${dark.value ? "—" : overdue}</span></li></ul>`;
}

/** Out of hours, with nobody on the line: one large word instead of the figures. */
const shut = () => Boolean(now.value.closed) && !now.value.waiting && !dark.value;

function Line() {
  const figures = now.value;
  const calm = !dark.value && Object.values(tones.value).every((tone) => tone === "idle") && !figures.overdue;
  const words = announcement.value || (figures.closed ? !shut() && t("wall.opens", { time: time(figures.closed) }) : calm && everLive.value ? t("wall.calm") : "");
  return html`<p class="wall-line" data-words=${announcement.value ? "" : undefined} role="status">${words}</p>`;
}

function App() {
  if (farewell.value) return html`<main class="wall"><h1 class="wall-title">${boot.clinic.name}</h1><p class="wall-over">${t("wall.over")}</p></main>`;
  return html`<main class="wall"><header class="wall-head"><h1 class="wall-title">${boot.clinic.name}</h1><span class="grow"></span><${Line} /><time class="wall-time">${time(second.value * 1000)}</time></header>
    ${shut() ? html`<section class="wall-closed"><p class="wall-closed-word">${t("wall.closed")}</p><p class="wall-value">${time(now.value.closed)}</p></section>` : html`<${Tiles} />`}<${Foot} /></main>`;
}

const root = document.getElementById("app");
root.textContent = "";
render(html`<${App} />`, root);
connect();

// For the tests: nothing secret is here, for nothing secret comes.
window.okno = { worldNow, phase: () => phase.value, socket, tones: () => tones.value, heldFor: () => held };
