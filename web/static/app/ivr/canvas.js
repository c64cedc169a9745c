// The drawing of a flow: steps are buttons, lines run between them, numbers of callers stand on them. A line is drawn from
// an exit to a step with the mouse too; the form does the same by choice from a list.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { countOf, flawsAt } from "./checks.js";
import { flow, kinds, removeStep, setAt, stepName } from "./edits.js";
import { layout } from "./layout.js";
import { exitsOf } from "./shape.js";
import { wayOf } from "./walk.js";
import { detailOf, exitTitle, kindTitle, lookOf, stepTitle } from "./words.js";

const WIDTH = 208;
const HEAD = 54; // icon, name, kind
const DETAIL = 24;
const PORT = 24;
const INLET = 27;
const ZOOMS = [0.35, 0.5, 0.65, 0.8, 1, 1.25];

const LEGIBLE = 0.85; // a large flow is scrolled rather than read with a glass

/** Size of the drawing; null is as large as the window allows, and legible. */
export const zoom = signal(null);
const room = signal({ w: 0, h: 0 });
const pulled = signal(null); // {from, exit, x, y, over}: a line being drawn with the mouse

/** The open flow as it is drawn. */
export const drawn = computed(() => {
  const steps = Object.entries(flow.value?.steps ?? {}).map(([id, step]) => {
    const exits = exitsOf(step, kinds.value[step.kind]);
    const detail = detailOf(step, kinds.value[step.kind]);
    const top = HEAD + (detail ? DETAIL : 0);
    return { id, step, exits, detail, inlet: INLET, ports: exits.map((_, at) => top + PORT * at + PORT / 2), h: top + PORT * exits.length + (exits.length || detail ? 8 : 0) };
  });
  const known = new Set(steps.map((one) => one.id));
  const edges = steps.flatMap((one) => one.exits.map((exit, port) => ({ from: one.id, port, to: exit.to })).filter((edge) => known.has(edge.to)));
  return { steps, ...layout(steps, edges, flow.value?.start, WIDTH) };
});
const whole = computed(() => Math.max(0.25, Math.min(1, room.value.w / Math.max(1, drawn.value.width), room.value.h / Math.max(1, drawn.value.height))));
const scale = computed(() => zoom.value ?? Math.max(LEGIBLE, whole.value));
/** All of the flow at once; and back to a legible size. */
export const fit = () => { zoom.value = zoom.peek() === whole.peek() ? null : whole.peek(); };
export const fitted = computed(() => zoom.value !== null && zoom.value === whole.value);

export const zoomBy = (by) => { zoom.value = by > 0 ? ZOOMS.find((one) => one > scale.peek() + 0.01) ?? ZOOMS.at(-1) : ZOOMS.findLast((one) => one < scale.peek() - 0.01) ?? ZOOMS[0]; };
export const zoomTitle = computed(() => t("figure.percent", { n: Math.round(scale.value * 100) }));

function focus(name) {
  document.getElementById(`ivr-step-${name}`)?.focus();
}

/** Arrows walk the drawing: right and left along the lines, up and down within a layer. */
function onKeyDown(event, one) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { places, lines } = drawn.peek();
  const here = places.get(one.id);
  const column = [...places.entries()].filter(([, place]) => place.layer === here.layer).sort(([, a], [, b]) => a.y - b.y).map(([id]) => id);
  const beside = (layer) => [...places.entries()].filter(([, place]) => place.layer === layer).sort(([, a], [, b]) => Math.abs(a.y - here.y) - Math.abs(b.y - here.y))[0]?.[0];
  const along = { ArrowRight: () => lines.find((line) => line.from === one.id && !line.back)?.to ?? beside(here.layer + 1), ArrowLeft: () => lines.find((line) => line.to === one.id && !line.back)?.from ?? beside(here.layer - 1),
    ArrowDown: () => column[column.indexOf(one.id) + 1], ArrowUp: () => column[column.indexOf(one.id) - 1], Home: () => flow.peek().start };
  if (event.key === "Delete") { event.preventDefault(); removeStep(one.id); return; }
  if (!along[event.key]) return;
  event.preventDefault();
  const to = along[event.key]();
  if (to) focus(to);
}

function pull(event, from, exit) {
  if (event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  const sheet = event.currentTarget.closest(".ivr-sheet");
  const at = (move) => { const box = sheet.getBoundingClientRect(); const by = box.width / sheet.offsetWidth; return { x: (move.clientX - box.left) / by, y: (move.clientY - box.top) / by }; };
  const over = (move) => document.elementFromPoint(move.clientX, move.clientY)?.closest(".ivr-node")?.dataset.step;
  const move = (now) => { pulled.value = { from, exit, ...at(now), over: over(now) }; };
  const drop = (now) => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", drop);
    const to = over(now);
    if (to && pulled.peek()) setAt(from, exit.path, to);
    pulled.value = null;
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", drop);
}

function Port({ one, exit, at, jump }) {
  return html`<span class="ivr-port" data-loose=${exit.to ? undefined : "true"} data-key=${exit.word.length === 1 ? "true" : undefined}><span class="cut ivr-exit">${exitTitle(exit)}</span>
    ${jump && html`<span class="cut ivr-jump">${`\u2192 ${stepTitle(exit.to, flow.value.steps[exit.to])}`}</span>`}
    <span class="ivr-plug" title=${t("ivr.pull")} onPointerDown=${(event) => pull(event, one.id, exit)} onClick=${(event) => event.stopPropagation()} data-port=${at}></span></span>`;
}

function Node({ one, place, way }) {
  const { id, step, exits, detail } = one;
  const [icon, tone] = lookOf(step.kind);
  const wrong = flawsAt(id);
  const bad = wrong.some((flaw) => flaw.level === "error");
  const now = countOf(id)?.now ?? 0;
  const chosen = stepName.value === id;
  const jumps = new Set(drawn.value.lines.filter((line) => line.jump && line.from === id).map((line) => line.port));
  const entry = chosen || (!stepName.value && flow.value.start === id);
  return html`<li><button type="button" id=${`ivr-step-${id}`} class=${`ivr-node tone-${tone}`} data-step=${id} aria-pressed=${chosen ? "true" : "false"} tabindex=${entry ? 0 : -1}
      data-wrong=${wrong.length ? (bad ? "error" : "warning") : undefined} data-way=${way.at(-1) === id ? "here" : way.includes(id) ? "gone" : undefined} data-over=${pulled.value?.over === id ? "true" : undefined} style=${{ left: `${place.x}px`, top: `${place.y}px`, width: `${WIDTH}px`, height: `${place.h}px` }}
      onClick=${() => { stepName.value = chosen ? null : id; }} onKeyDown=${(event) => onKeyDown(event, one)}>
    <span class="ivr-node-head"><span class="ivr-node-icon"><${Icon} name=${icon} /></span><span class="ivr-node-words"><b class="cut">${stepTitle(id, step)}</b><span class="cut ivr-node-kind">${flow.value.start === id ? `${t("ivr.first")} \u00b7 ` : ""}${kindTitle(step.kind)}</span></span>
      ${wrong.length > 0 && html`<span class=${`ivr-mark tone-${bad ? "danger" : "warn"}`}><${Icon} name="triangle-alert" size="small" /><span class="visually-hidden"> ${t("admin.flaws", { count: wrong.length })} </span></span>`}
      ${now > 0 && html`<span class="ivr-now"><${Icon} name="phone" size="small" />${now}<span class="visually-hidden"> ${t("ivr.insideNow")} </span></span>`}</span>
    ${detail && html`<span class="ivr-node-detail cut">${detail}</span>`}
    ${exits.map((exit, at) => html`<${Port} key=${at} one=${one} exit=${exit} at=${at} jump=${jumps.has(at)} />`)}</button></li>`;
}

function Lines() {
  const { lines, width, height, places } = drawn.value;
  const chosen = stepName.value;
  const state = ({ from, to }) => (from === chosen ? "out" : to === chosen ? "in" : undefined);
  const line = pulled.value;
  const start = line && places.get(line.from);
  const port = line && drawn.value.steps.find((one) => one.id === line.from).exits.findIndex((exit) => exit === line.exit);
  return html`<svg class="ivr-lines" width=${width} height=${height} aria-hidden="true" focusable="false">
    <defs>${["plain", "near"].map((one) => html`<marker key=${one} id=${`ivr-arrow-${one}`} class=${`ivr-arrow-${one}`} viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>`)}</defs>
    ${lines.filter((one) => !one.jump || state(one)).map((one) => html`<path key=${`${one.from}.${one.port}`} class="ivr-line" d=${one.path} data-back=${one.back ? "true" : undefined} data-near=${state(one)} marker-end=${`url(#ivr-arrow-${state(one) ? "near" : "plain"})`} />`)}
    ${line && port >= 0 && html`<path class="ivr-line" data-near="out" d=${`M${start.x + WIDTH} ${start.y + start.ports[port]}L${line.x} ${line.y}`} />`}</svg>`;
}

/** Scroll the drawing, and nothing around it, until a step is in sight. */
function reveal(box, name, centre) {
  const step = document.getElementById(`ivr-step-${name}`)?.getBoundingClientRect();
  if (!step || !box) return;
  const sight = box.getBoundingClientRect();
  const by = (start, end, from, to) => (centre ? (start + end - from - to) / 2 : Math.min(0, start - from - 24) || Math.max(0, end - to + 24));
  box.scrollBy(centre ? Math.min(0, step.left - sight.left - 24) : by(step.left, step.right, sight.left, sight.right), by(step.top, step.bottom, sight.top, sight.bottom));
}

/** The drawing. */
export function Canvas() {
  const box = useRef();
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => { room.value = { w: entry.contentRect.width, h: entry.contentRect.height }; });
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => reveal(box.current, stepName.peek() ?? flow.peek().start, true), [flow.value?.name, room.value.h > 0]);
  useEffect(() => { if (stepName.value) reveal(box.current, stepName.value); }, [stepName.value, room.value.w]);
  const { steps, places, width, height } = drawn.value;
  const way = wayOf();
  const here = way.at(-1);
  useEffect(() => { if (here) reveal(box.current, here); }, [here, room.value.w]);
  return html`<div class="ivr-canvas" ref=${box}><div class="ivr-sheet" style=${{ width: `${width}px`, height: `${height}px`, zoom: scale.value }}>
    <${Lines} /><ol class="ivr-nodes" aria-label=${t("ivr.drawing")}>${steps.map((one) => html`<${Node} key=${one.id} one=${one} place=${places.get(one.id)} way=${way} />`)}</ol></div></div>`;
}
