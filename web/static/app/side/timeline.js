// The history of a contact over all channels. One kind of entry is one function in KINDS; a conversation is a request's.
import { useEffect } from "preact/hooks";
import { may } from "../boot.js";
import { channelTitle } from "../chat/channel.js";
import { readConversation } from "../chat/subject.js";
import { serverNow } from "../clock.js";
import { day, duration, isoDay, time } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { everLive, canAct } from "../live/link.js";
import { callMark, REQUEST_ICONS } from "../live/states.js";
import { operatorTitle, outcomeTitle, queueTitle } from "../names.js";
import { Icon } from "../parts/icon.js";
import { load, moments } from "./moments.js";

const OPEN = new Set(["new", "queued", "offered", "in_progress", "wrap_up", "postponed"]);

function call({ call: row, request, made }) {
  const talked = row.legs?.findLast((leg) => leg.result === "answered");
  const waited = row.talk_s ? t("moment.talk", { time: duration(row.talk_s) }) : row.wait_s ? t("moment.wait", { time: duration(row.wait_s) }) : "";
  return { ...callMark(row), title: t(`${row.direction}.${row.result}`), who: talked?.operator, running: !row.ended_at,
    facts: [queueTitle(row.queue), waited, made && request?.outcome && outcomeTitle(request.outcome)] };
}

function request({ request: row }) {
  const open = OPEN.has(row.status);
  const talk = row.conversation;
  return { icon: REQUEST_ICONS[row.kind], tone: open ? "accent" : "idle", title: [t(`kind.${row.kind}`), talk && channelTitle(talk.channel)].filter(Boolean).join(" \u00b7 "), who: row.owner, talk: talk && { conversation: talk.id, request: row.id, key: talk.key ?? "" },
    facts: [queueTitle(row.queue), t("request.number", { number: row.number }), open ? t(`status.${row.status}`) : outcomeTitle(row.outcome)] };
}

const KINDS = { call, request };

function Moment({ entry }) {
  const kind = KINDS[entry.kind];
  if (!kind || !entry[entry.kind]) return null;
  const { icon, tone, title, who, running, facts, talk } = kind(entry);
  return html`<li class="moment"><span class=${`moment-mark tone-${tone}`}><${Icon} name=${icon} size="small" /></span>
    <div class="moment-body"><p class="moment-title">${title}${who && html`<span class="quiet"> · ${operatorTitle(who)}</span>`}</p>
      <p class="small quiet">${[running ? t("moment.now") : time(entry.at), ...facts].filter(Boolean).join(" · ")}</p>
      ${talk?.key && may("chats.read") && html`<button class="btn btn-small moment-read" type="button" onClick=${() => readConversation(talk)}><${Icon} name="message-square" size="small" />${t("chat.read")}</button>`}
      ${entry.notes.map((note, at) => html`<p key=${at} class="moment-note">${note.note}</p>`)}</div></li>`;
}

const Empty = ({ icon, title, why, children }) => html`<div class="empty"><${Icon} name=${icon} size="large" /><p class="empty-title">${title}</p>${why && html`<p class="small">${why}</p>`}${children}</div>`;
const Loading = () => html`<div class="side-skeleton skeleton-late" aria-hidden="true">${[0, 1, 2, 3].map((at) => html`<div class="skeleton" key=${at}></div>`)}</div>`;

function Days({ items }) {
  const days = Map.groupBy(items, (one) => isoDay(one.at));
  return [...days].map(([key, ones]) => html`<section key=${key}><h3 class="moments-day">${day(ones[0].at, serverNow())}</h3>
    <ol>${ones.map((one) => html`<${Moment} key=${one.id} entry=${one} />`)}</ol></section>`);
}

/** Whether an entry is what is in hand itself: then it is not a thing of the past. */
const inHand = (subject) => (entry) => entry.id === subject.request || entry.id === subject.call
  || (entry.made && Boolean(subject.request) && entry.request?.id === subject.request);

/** `subject`: {request?, call?} in hand; `version` changes when what is known of it has changed. */
export function Timeline({ subject, version }) {
  const key = subject?.request ?? subject?.call ?? "";
  useEffect(() => { if (everLive.value) load(subject); }, [key, version, everLive.value]);
  if (!key) return html`<${Empty} icon="history" title=${t("side.nobody")} why=${t("side.nobodyWhy")} />`;
  const { key: shown, status, items, cursor, missing, why } = moments.value;
  if (shown !== key || (status === "loading" && !items.length)) return html`<${Loading} />`;
  if (status === "failed" && !items.length) {
    return html`<${Empty} icon="triangle-alert" title=${t(has(`refused.${why}`) ? `refused.${why}` : "card.failed")}>
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => load(subject)}>${t("action.retry")}</button><//>`;
  }
  const first = !cursor && !missing.length && items.every(inHand(subject));
  return html`<div class="moments">
    ${missing.length > 0 && html`<p class="side-partly tone-warn"><${Icon} name="triangle-alert" size="small" /><span class="grow">${t("side.partly", { what: missing.map((one) => t(`side.source.${one}`)).join(", ") })}</span>
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => load(subject)}>${t("action.retry")}</button></p>`}
    <${Days} items=${items} />
    ${first && html`<${Empty} icon="history" title=${t("side.first")} why=${t("side.firstWhy")} />`}
    ${cursor && html`<button class="btn btn-small moments-older" type="button" disabled=${status === "more" || !canAct.value} onClick=${() => load(subject, true)}>${t(status === "more" ? "side.loading" : "side.older")}</button>`}
    ${status === "failed" && items.length > 0 && html`<p class="small tone-warn toned">${t("card.failed")}</p>`}</div>`;
}
