// The left pane: the lists of requests and calls, windowed, chosen by id, still under the hand.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { take } from "../live/commands.js";
import { lastClosed } from "../live/departed.js";
import { everLive, lostAt } from "../live/link.js";
import { callOf, lists, myOffer, myOperator } from "../live/selectors.js";
import { row } from "../live/store.js";
import { say } from "../parts/announce.js";
import { Icon } from "../parts/icon.js";
import { stale } from "../parts/strips.js";
import { openView, view } from "../view.js";
import { Undo } from "./closing.js";
import { Filter, filter, filtering, passing, resetFilter } from "./filter.js";
import { OfferRow } from "./offers.js";
import { useFrozenOrder } from "./order.js";
import { Row } from "./row.js";
import { tab, Tabs } from "./tabs.js";

const SPARE = 4; // rows drawn beyond the window on each side, so that a fast wheel shows no gaps

/** The row the keyboard stands on, by id. */
const cursor = signal(null);

/** Whether a waiting request may be taken by me; calls are given out by the telephone exchange. */
export const takeable = (request) => Boolean(myOperator.value) && request.kind !== "call" && ["new", "queued", "offered"].includes(request.status);

const Skeleton = () => html`<div class="skeleton-late" aria-hidden="true">${[0, 1, 2, 3, 4, 5].map((at) => html`<div class="row-skeleton" key=${at}>
  <div class="skeleton"></div><div class="skeleton"></div></div>`)}</div>`;

function Empty() {
  if (filtering.value && lists.value[tab.value].length) {
    return html`<div class="empty"><${Icon} name="search" size="large" /><p class="empty-title">${t("list.noneFound")}</p>
      <button class="btn btn-small" type="button" onClick=${resetFilter}>${t("history.reset")}</button></div>`;
  }
  const why = tab.value === "queue" && lastClosed.value ? t("list.lastServed", { time: time(lastClosed.value) }) : t(`list.emptyWhy.${tab.value}`);
  return html`<div class="empty"><${Icon} name=${tab.value === "missed" ? "circle-check" : "inbox"} size="large" />
    <p class="empty-title">${t(`list.empty.${tab.value}`)}</p><p class="small">${why}</p></div>`;
}

/** The offer takes its place at the head without moving the rows under the hand: they are scrolled by as much, and back
 * when the hand has gone. */
function useStill(box, offer, frozen) {
  const height = useRef(0);
  const moved = useRef(0);
  useLayoutEffect(() => {
    const now = box.current.parentElement.querySelector(".offer-row")?.offsetHeight ?? 0;
    const step = frozen ? now - height.current : -moved.current;
    if (step) box.current.scrollTop += step;
    moved.current = frozen ? moved.current + step : 0;
    height.current = now;
  }, [offer?.id, frozen]);
}

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
  const offer = myOffer.value;
  const { text, kind, queue } = filter.value;
  const { shown, fresh, release } = useFrozenOrder(passing(lists.value[tab.value]), hover || focus, [tab.value, text, kind, queue].join("\n"), (id) => row("requests", id));
  useStill(box, offer, hover || focus);
  useLayoutEffect(() => { box.current.scrollTop = 0; }, [tab.value, text, kind, queue]);
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
  useKeys({ KeyJ: { label: "keys.down", run: () => move(1) }, KeyK: { label: "keys.up", run: () => move(-1) }, KeyG: { label: "keys.list", run: () => move(0) } });
  const onKeyDown = (event) => {
    const act = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: enter, Home: () => moveTo(0), End: () => moveTo(shown.length - 1) }[event.key];
    if (act) { event.preventDefault(); act(); }
  };
  const showFresh = () => { release(); again((n) => n + 1); box.current.scrollTop = 0; };
  const drawn = shown.slice(span.first, span.first + span.count);
  const active = shown.some((request) => request.id === cursor.value) ? cursor.value : null;
  return html`<section class="desk-left" aria-label=${t("list.name")}>
    <${Tabs} /><${Filter} />
    <div class="list-area" onPointerEnter=${() => setHover(true)} onPointerLeave=${() => setHover(false)} onFocusIn=${() => setFocus(true)} onFocusOut=${() => setFocus(false)}>
    ${offer && html`<${OfferRow} offer=${offer} />`}
    <div class="list" id="list" ref=${box} role="listbox" tabindex="0" aria-label=${t(`list.${tab.value}`)}
      aria-activedescendant=${active && drawn.some((one) => one.id === active) ? `row-${active}` : undefined}
      onKeyDown=${onKeyDown}>
      <div class="list-rows" role="presentation" style=${{ height: `calc(${shown.length} * var(--row))` }}>${drawn.map((request, at) => html`<${Row} key=${request.id} request=${request} call=${callOf(request)} at=${span.first + at}
        size=${shown.length} active=${request.id === active} open=${request.id === view.value?.request} onPick=${pick} />`)}</div>
      ${!everLive.value && html`<${Skeleton} />`}
    </div>
    ${everLive.value && shown.length === 0 && html`<div class="list-empty"><${Empty} /></div>`}
    <div class="list-foot"><${Undo} />${fresh > 0 ? html`<button class="list-fresh" type="button" onClick=${showFresh}><${Icon} name="arrow-up" size="small" />${t("list.fresh", { count: fresh })}</button>`
    : html`<span>${stale.value ? t("strip.stale", { time: time(lostAt.value) }) : t(hover || focus ? "list.frozen" : "list.order")}</span>`}</div></div>
  </section>`;
}
