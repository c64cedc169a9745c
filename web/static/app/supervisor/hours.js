// The day by the hour: two charts and the table they are drawn from. The hour that still runs is hatched: it is not whole.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { second, serverNow } from "../clock.js";
import { clinicHour, duration, time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { ask, phase } from "../live/link.js";
import { theme } from "../memory.js";
import { chosen, levelOf, queues, sum } from "./figures.js";

const AGAIN = 60; // seconds between two looks
const HOUR = 3600000;
const day = signal(0); // 0 today, -1 yesterday
const asTable = signal(false);
const figures = signal({ status: "loading", items: [] });
let asked = 0;

async function load() {
  const mine = ++asked;
  const since = clinicHour(serverNow(), day.value, 0);
  const until = clinicHour(serverNow(), day.value + 1, 0);
  try {
    const answer = await ask("statistics", { since: new Date(since).toISOString(), until: new Date(until).toISOString(), by: "hour", queue: chosen.value });
    if (mine === asked) figures.value = answer.ok ? { status: "ready", items: answer.items } : { ...figures.value, status: "failed" };
  } catch {
    if (mine === asked) figures.value = { ...figures.value, status: "failed" };
  }
}

const running = (item) => Date.parse(item.key) + HOUR > second.value * 1000;
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
/** A custom property may be light-dark(): the browser resolves it only in a real colour. */
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function hatch(plot, from) {
  const { ctx, bbox } = plot;
  const left = Math.max(bbox.left, plot.valToPos(from, "x", true));
  const right = Math.min(bbox.left + bbox.width, plot.valToPos(from + 3600, "x", true));
  if (right <= left) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colour("--line-strong");
  ctx.lineWidth = 1;
  ctx.setLineDash([]); // the series before may have been a dashed one
  ctx.beginPath();
  for (let x = left - bbox.height; x < right; x += 8) { ctx.moveTo(x, bbox.top + bbox.height); ctx.lineTo(x + bbox.height, bbox.top); }
  ctx.stroke();
  ctx.restore();
}

/** One chart: `series` is [{label, values, tone, dash}], `unit` the axis' own words. */
async function draw(box, items, series, range, unit) {
  const [{ default: uPlot }] = await Promise.all([import("uplot"), document.fonts.ready, document.fonts.load("12px Inter")]);
  if (!box.isConnected) return null;
  const times = items.map((item) => Date.parse(item.key) / 1000);
  const last = items.findLast(running);
  const axis = { stroke: colour("--ink-3"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `12px ${ink("--font")}` };
  box.textContent = "";
  return new uPlot({
    width: box.clientWidth, height: 180, legend: { show: false }, cursor: { show: false }, select: { show: false }, scales: { x: { time: true, range: [times[0], times.at(-1) + (last ? 3600 : 0)] }, y: { range } },
    axes: [{ ...axis, size: 28, values: (_, at) => at.map((one) => time(one * 1000)) }, { ...axis, size: 44, values: (_, at) => at.map(unit) }],
    series: [{}, ...series.map((one) => ({ label: one.label, stroke: colour(one.tone), width: one.dash ? 1.5 : 2, dash: one.dash, spanGaps: false,
      fill: one.fill ? colour(one.fill) : undefined, points: { show: !one.dash && items.length < 3, size: 6 } }))],
    hooks: { draw: [(plot) => { if (last) hatch(plot, Date.parse(last.key) / 1000); }] },
  }, [times, ...series.map((one) => one.values)], box);
}

function Chart({ title, series, range, unit }) {
  const box = useRef();
  const items = figures.value.items;
  useEffect(() => {
    const place = box.current;
    let plot = null;
    let gone = false;
    const paint = () => draw(place, items, series, range, unit).then((made) => { if (gone) made?.destroy(); else plot = made; });
    if (items.length) paint();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const anew = () => { plot?.destroy(); plot = null; if (items.length) paint(); };
    const sized = new ResizeObserver(() => plot && plot.width !== place.clientWidth && plot.setSize({ width: place.clientWidth, height: 180 }));
    sized.observe(place);
    dark.addEventListener("change", anew);
    return () => { gone = true; dark.removeEventListener("change", anew); sized.disconnect(); plot?.destroy(); };
  }, [items, theme.value]);
  return html`<figure class="chart"><figcaption class="chart-title">${title}<span class="chart-key">${series.map((one) => html`<span key=${one.label} class="chart-name"><i style=${{ "--mark": `var(${one.tone})` }} data-dash=${one.dash ? "" : undefined}></i>${one.label}</span>`)}</span></figcaption>
    <div class="chart-box" ref=${box} role="img" aria-label=${t("hours.chart", { title })}></div></figure>`;
}

function Table() {
  const dash = html`<span class="quiet">—</span>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("hours.title")}><table class="table">
    <thead><tr><th scope="col">${t("hours.hour")}</th>${["offered", "answered", "level", "abandoned", "wait", "longest"].map((name) => html`<th scope="col" class="right" key=${name}>${t(`hours.${name}`)}</th>`)}</tr></thead>
    <tbody>${figures.value.items.map((item) => html`<tr key=${item.key}><th scope="row">${time(item.key)}${running(item) && html` <span class="quiet small">${t("hours.running")}</span>`}</th><td class="right">${item.offered}</td><td class="right">${item.answered}</td>
      <td class="right">${item.service_level === null ? dash : t("figure.percent", { n: item.service_level })}</td><td class="right">${item.abandoned}</td>
      <td class="right">${item.wait_s === null ? dash : duration(item.wait_s)}</td><td class="right">${item.longest_wait_s ? duration(item.longest_wait_s) : dash}</td></tr>`)}</tbody></table></div>`;
}

export function Hours() {
  useEffect(() => {
    if (phase.value === "live") load();
    const timer = setInterval(() => { if (phase.peek() === "live" && !document.hidden) load(); }, AGAIN * 1000);
    return () => clearInterval(timer);
  }, [day.value, chosen.value, phase.value === "live"]);
  const { items, status } = figures.value;
  const target = queues.value.length ? Math.round(sum(queues.value, "target") / queues.value.length) : 80;
  const pick = (value, key) => html`<button class="btn btn-small" type="button" aria-pressed=${day.value === value ? "true" : "false"} onClick=${() => { day.value = value; }}>${t(key)}</button>`;
  const worst = items.filter((item) => levelOf(item.service_level, target).tone === "danger").length;
  return html`<section class="card table-card hours"><div class="card-head"><h2 class="card-title">${t("hours.title")}</h2><div class="chips" role="group" aria-label=${t("hours.day")}>${pick(0, "hours.today")}${pick(-1, "hours.yesterday")}</div><span class="grow"></span>
      ${status === "failed" && html`<span class="tone-warn toned small" role="status">${t("hours.failed")}</span>`}
      <button class="btn btn-small" type="button" aria-pressed=${asTable.value ? "true" : "false"} onClick=${() => { asTable.value = !asTable.value; }}>${t("hours.table")}</button></div>
    ${!items.length ? html`<div class="empty chart-empty"><p>${t(status === "loading" ? "app.loading" : "hours.none")}</p></div>` : asTable.value ? html`<${Table} />` : html`<div class="charts">
      <${Chart} title=${t("hours.flow")} range=${(_, low, high) => [0, Math.max(5, high * 1.1)]} unit=${(one) => String(Math.round(one))} series=${[{ label: t("hours.offered"), tone: "--ink-3", values: items.map((one) => one.offered) },
        { label: t("hours.answered"), tone: "--talk", fill: "--talk-ground", values: items.map((one) => one.answered) }]} />
      <${Chart} title=${t("hours.level")} range=${() => [0, 100]} unit=${(one) => t("figure.percent", { n: one })} series=${[{ label: t("hours.level"), tone: "--ok", values: items.map((one) => one.service_level) },
        { label: t("hours.target", { n: target }), tone: "--ink-2", dash: [6, 5], values: items.map(() => target) }]} /></div>
      <p class="visually-hidden">${t("hours.summary", { count: worst })}</p>`}</section>`;
}
