// The thread: only what can be seen is drawn, whatever its length. Heights are measured as rows come into sight; the row
// under the eye keeps its place when older ones come above it, and the end is kept in sight while one stands at the end.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { serverNow } from "../clock.js";
import { day, isoDay } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { Icon } from "../parts/icon.js";
import { Bubble, Unsent } from "./bubble.js";
import { again, unsent, withdraw } from "./outbox.js";
import { older, stateOf } from "./store.js";

const GUESS = 64; // px of a row nobody has seen yet
const SPARE = 500; // px drawn beyond the window on each side
const NEAR_END = 60; // px from the end that count as the end
const GROUP = 120000; // ms within which messages of one side stand together

function rowsOf(messages, waiting) {
  const rows = [];
  let last = null;
  for (const message of messages) {
    const date = isoDay(message.at);
    if (!last || isoDay(last.at) !== date) rows.push({ key: `day-${date}`, day: message.at });
    const grouped = last && last.side === message.side && last.author === message.author && isoDay(last.at) === date && Date.parse(message.at) - Date.parse(last.at) < GROUP;
    rows.push({ key: message.id, message, grouped });
    last = message;
  }
  return [...rows, ...waiting.map((one) => ({ key: one.id, waiting: one }))];
}

/** Where the rows begin, and how high all are. */
function placesOf(rows, heights) {
  const places = [];
  let top = 0;
  for (const row of rows) { places.push(top); top += heights.get(row.key) ?? GUESS; }
  return { places, total: top };
}

/** The first row whose end is below `top`. */
function rowAt(places, top) {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (places[mid] <= top) low = mid;
    else high = mid - 1;
  }
  return Math.max(0, low);
}

function useWindow(rows, id) {
  const box = useRef();
  const state = useRef({ heights: new Map(), pinned: true, anchor: null, id: null });
  const [, draw] = useState(0);
  if (state.current.id !== id) state.current = { heights: new Map(), pinned: true, anchor: null, id };
  const { heights } = state.current;
  const { places, total } = placesOf(rows, heights);
  const view = box.current?.clientHeight || 600;
  const top = state.current.pinned ? Math.max(0, total - view) : box.current?.scrollTop ?? 0;
  const first = rowAt(places, Math.max(0, top - SPARE));
  let last = first;
  while (last < rows.length && places[last] < top + view + SPARE) last += 1;

  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    state.current.pinned = scrollHeight - scrollTop - clientHeight < NEAR_END;
    const at = rowAt(places, scrollTop);
    state.current.anchor = rows[at] ? { key: rows[at].key, by: scrollTop - places[at] } : null;
    draw((n) => n + 1);
  };
  useLayoutEffect(() => {
    if (!box.current.clientHeight) return; // another pane is shown in its place: nothing here has a height
    let changed = false;
    for (const node of box.current.querySelectorAll("[data-row]")) {
      const height = node.offsetHeight;
      if (heights.get(node.dataset.row) !== height) { heights.set(node.dataset.row, height); changed = true; }
    }
    if (state.current.pinned) box.current.scrollTop = box.current.scrollHeight;
    else if (state.current.anchor) {
      const now = placesOf(rows, heights).places;
      const at = rows.findIndex((one) => one.key === state.current.anchor.key);
      if (at >= 0 && Math.abs(box.current.scrollTop - now[at] - state.current.anchor.by) > 1) box.current.scrollTop = now[at] + state.current.anchor.by;
    }
    if (changed) draw((n) => n + 1);
  });
  useEffect(() => {
    const watcher = new ResizeObserver(() => draw((n) => n + 1));
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  const jump = (key) => {
    const at = rows.findIndex((one) => one.key === key);
    if (at < 0) return;
    state.current.pinned = false;
    state.current.anchor = { key, by: -40 };
    draw((n) => n + 1);
  };
  const end = () => { state.current.pinned = true; draw((n) => n + 1); };
  return { box, first, last, above: places[first] ?? 0, below: total - (last < rows.length ? places[last] : total), onScroll, jump, end, pinned: state.current.pinned };
}

/** `act` null: it is only read. */
export function Thread({ id, name, can, act }) {
  const { messages, more, typing, status } = stateOf(id).value;
  const rows = rowsOf(messages, unsent(id));
  const { box, first, last, above, below, onScroll, jump, end, pinned } = useWindow(rows, id);
  const newest = messages.at(-1)?.id;
  const far = !pinned && rows.length > 0;
  useEffect(() => { if (more && status === "ready" && first === 0 && !pinned) older(id); }, [first === 0, messages.length, pinned, more]);
  const find = (key) => messages.find((one) => one.id === key);
  return html`<div class="thread-area"><div class="thread" ref=${box} tabindex="0" role="region" aria-label=${t("chat.thread")} onScroll=${onScroll} data-newest=${newest}>
      <div style=${{ height: `${above}px` }}></div>
      ${more && first === 0 && html`<p class="thread-more small quiet">${t("chat.older")}</p>`}
      ${rows.slice(first, last).map((row) => html`<div key=${row.key} data-row=${row.key} class="thread-row">${row.day ? html`<h3 class="thread-day">${day(row.day, serverNow())}</h3>`
        : row.waiting ? html`<${Unsent} message=${row.waiting} again=${() => again(id, row.key)} withdraw=${() => withdraw(id, row.key)} />`
          : html`<${Bubble} message=${row.message} grouped=${row.grouped} name=${name} can=${can} act=${act} find=${find} onJump=${jump} />`}</div>`)}
      <div style=${{ height: `${Math.max(0, below)}px` }}></div>
    </div>
    ${typing && html`<p class="thread-typing small" role="status">${t("chat.types", { name: name || t("chat.nameless") })}</p>`}
    ${far && html`<button class="btn btn-small thread-end" type="button" onClick=${end}><${Icon} name="chevron-down" size="small" />${t("chat.toEnd")}</button>`}
  </div>`;
}
