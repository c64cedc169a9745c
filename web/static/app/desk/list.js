// The left pane: four lists of requests and calls, windowed, chosen by id, still under the hand.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { take } from "../live/commands.js";
import { everLive } from "../live/link.js";
import { callOf, lists } from "../live/selectors.js";
import { row } from "../live/store.js";
import { say } from "../parts/announce.js";
import { Icon } from "../parts/icon.js";
import { openView, view } from "../view.js";
import { useFrozenOrder } from "./order.js";
import { Row } from "./row.js";

const TABS = [["mine", "user"], ["queue", "inbox"], ["missed", "phone-missed"], ["all", "layers"]];
const SPARE = 4; // rows drawn beyond the window on each side, so that a fast wheel shows no gaps

const tab = signal("queue");
/** The row the keyboard stands on, by id. */
const cursor = signal(null);

/** Whether a waiting request may be taken by a person; calls are given out by the telephone exchange. */
export const takeable = (request) => request.kind !== "call" && ["new", "queued", "offered"].includes(request.status);

function Tabs() {
  const onKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = TABS.findIndex(([name]) => name === tab.value);
    tab.value = TABS.at((at + step) % TABS.length)[0];
    event.currentTarget.querySelector(`#tab-${tab.value}`).focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${t("list.tabs")} onKeyDown=${onKeyDown}>${TABS.map(([name, icon]) => {
    const chosen = tab.value === name;
    const count = lists.value[name].length;
    return html`<button key=${name} id=${`tab-${name}`} class="tab" role="tab" type="button" aria-selected=${chosen ? "true" : "false"} aria-controls="list"
      tabindex=${chosen ? 0 : -1} title=${t(`list.${name}`)} onClick=${() => { tab.value = name; }}>
      <${Icon} name=${icon} /><span class=${chosen ? "" : "visually-hidden"}>${t(`list.${name}`)} </span><span class=${`tab-count ${name === "missed" && count ? "tone-danger" : ""}`}>${count}</span></button>`;
  })}</div>`;
}

const Skeleton = () => html`<div class="skeleton-late" aria-hidden="true">${[0, 1, 2, 3, 4, 5].map((at) => html`<div class="row-skeleton" key=${at}>
  <div class="skeleton"></div><div class="skeleton"></div></div>`)}</div>`;

const Empty = () => html`<div class="empty"><${Icon} name=${tab.value === "missed" ? "circle-check" : "inbox"} size="large" />
  <p class="empty-title">${t(`list.empty.${tab.value}`)}</p><p class="small">${t(`list.emptyWhy.${tab.value}`)}</p></div>`;

/** How many rows fit and which is the first, kept by scroll and size of the window. */
function useWindow(box) {
  const [span, setSpan] = useState({ first: 0, count: 20, height: 57 });
  useLayoutEffect(() => {
    const measure = () => {
      const height = parseFloat(getComputedStyle(box.current).getPropertyValue("--row"));
      const first = Math.max(0, Math.floor(box.current.scrollTop / height) - SPARE);
      const count = Math.ceil(box.current.clientHeight / height) + 2 * SPARE;
      setSpan((old) => (old.first === first && old.count === count ? old : { first, count, height }));
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(box.current);
    box.current.addEventListener("scroll", measure, { passive: true });
    return () => watcher.disconnect();
  }, []);
  return span;
}

function keepInSight(box, at, height) {
  const top = at * height;
  if (top < box.scrollTop) box.scrollTop = top;
  if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
}

export function List() {
  const box = useRef();
  const [hover, setHover] = useState(false);
  const [focus, setFocus] = useState(false);
  const [, again] = useState(0);
  const span = useWindow(box);
  const { shown, fresh, release } = useFrozenOrder(lists.value[tab.value], hover || focus, tab.value, (id) => row("requests", id));
  useEffect(() => { if (fresh) say(t("list.fresh", { count: fresh })); }, [fresh]);

  const moveTo = (place) => {
    if (!shown.length) return;
    const next = Math.min(Math.max(place, 0), shown.length - 1);
    cursor.value = shown[next].id;
    box.current.focus({ preventScroll: true });
    keepInSight(box.current, next, span.height);
  };
  const move = (step) => {
    const at = shown.findIndex((request) => request.id === cursor.value);
    moveTo(at < 0 ? 0 : at + step);
  };
  const pick = (request) => {
    cursor.value = request.id;
    if (!request.ghost) openView({ request: request.id });
  };
  const enter = () => {
    const request = shown.find((one) => one.id === cursor.value);
    if (!request || request.ghost) return;
    pick(request);
    if (takeable(request)) take(request);
  };
  useKeys({ KeyJ: () => move(1), KeyK: () => move(-1), KeyG: () => move(0) });
  const onKeyDown = (event) => {
    const act = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: enter, Home: () => moveTo(0), End: () => moveTo(shown.length - 1) }[event.key];
    if (act) { event.preventDefault(); act(); }
  };
  const showFresh = () => { release(); again((n) => n + 1); box.current.scrollTop = 0; };
  const drawn = shown.slice(span.first, span.first + span.count);
  const active = shown.some((request) => request.id === cursor.value) ? cursor.value : null;
  return html`<section class="desk-left" aria-label=${t("list.name")}>
    <${Tabs} />
    <div class="list-area" onPointerEnter=${() => setHover(true)} onPointerLeave=${() => setHover(false)} onFocusIn=${() => setFocus(true)} onFocusOut=${() => setFocus(false)}>
    <div class="list" id="list" ref=${box} role="listbox" tabindex="0" aria-label=${t(`list.${tab.value}`)}
      aria-activedescendant=${active && drawn.some((one) => one.id === active) ? `row-${active}` : undefined}
      onKeyDown=${onKeyDown}>
      <div class="list-rows" role="presentation" style=${{ height: `calc(${shown.length} * var(--row))` }}>${drawn.map((request, at) => html`<${Row} key=${request.id} request=${request} call=${callOf(request)} at=${span.first + at}
        size=${shown.length} active=${request.id === active} open=${request.id === view.value?.request} onPick=${pick} />`)}</div>
      ${!everLive.value && html`<${Skeleton} />`}
    </div>
    ${everLive.value && shown.length === 0 && html`<div class="list-empty"><${Empty} /></div>`}
    <div class="list-foot">${fresh > 0 ? html`<button class="list-fresh" type="button" onClick=${showFresh}><${Icon} name="arrow-up" size="small" />${t("list.fresh", { count: fresh })}</button>`
    : html`<span>${t(hover || focus ? "list.frozen" : "list.order")}</span>`}</div></div>
  </section>`;
}
