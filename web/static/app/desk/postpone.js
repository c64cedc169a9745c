// Put a request aside until a time: the moments one usually asks for, or any other, in the clinic's own zone.
import { useRef, useState } from "preact/hooks";
import { serverNow } from "../clock.js";
import { clinicHour, dayAndTime, isoDay, momentOf, time } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { postpone } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { Menu, MenuItem, MenuLine } from "../parts/menu.js";
import { leave, offlineWhy } from "./leaving.js";

const MINUTE = 60000;

function moments() {
  const now = serverNow();
  const evening = clinicHour(now, 0, 18);
  return [[now + 15 * MINUTE, t("postpone.minutes", { count: 15 })], [now + 60 * MINUTE, t("postpone.hour")],
    evening > now + 30 * MINUTE && [evening, t("postpone.today", { time: time(evening) })],
    [clinicHour(now, 1, 9), t("postpone.tomorrow", { time: time(clinicHour(now, 1, 9)) })]].filter(Boolean);
}

function Exact({ put, close }) {
  const start = serverNow() + 60 * MINUTE;
  const [date, setDate] = useState(isoDay(start));
  const [clock, setClock] = useState(time(start));
  const at = date && clock ? momentOf(date, clock) : NaN;
  const past = !(at > serverNow());
  const submit = (event) => { event.preventDefault(); if (!past) { put(at); close(); } };
  return html`<${Dialog} title=${t("postpone.title")} onClose=${close}><form class="stack" onSubmit=${submit}>
    <div class="pair"><label class="field"><span class="field-label">${t("postpone.day")}</span><input class="field-input" type="date" required min=${isoDay(serverNow())} value=${date} onInput=${(event) => setDate(event.target.value)} /></label>
      <label class="field"><span class="field-label">${t("postpone.time")}</span><input class="field-input" type="time" required value=${clock} onInput=${(event) => setClock(event.target.value)} /></label></div>
    <p class="small quiet" aria-live="polite">${past ? t("refused.bad_time") : t("done.postponed", { time: dayAndTime(at, serverNow()) })}</p>
    <div class="dialog-foot"><button class="btn" type="button" onClick=${close}>${t("action.cancel")}</button><button class="btn btn-primary" type="submit" disabled=${past}>${t("action.postpone")}</button></div>
  </form><//>`;
}

export function Postpone({ request, note, opener }) {
  const own = useRef();
  const [exact, setExact] = useState(false);
  const put = (at) => leave(postpone(request, at, note), request, t("done.postponed", { time: dayAndTime(at, serverNow()) }));
  return html`<${Menu} className="btn btn-small" name=${t("action.postpone")} spoken=${true} disabled=${!canAct.value} title=${offlineWhy()} opener=${opener ?? own}
      label=${html`<${Icon} name="calendar-clock" size="small" />${t("action.postpone")}<kbd class="key">S</kbd>`}>
    ${moments().map(([at, text]) => html`<${MenuItem} key=${text} onClick=${() => put(at)}>${text}<//>`)}
    <${MenuLine} /><${MenuItem} onClick=${() => setExact(true)}><${Icon} name="calendar-clock" />${t("postpone.exact")}<//>
  <//>${exact && html`<${Exact} put=${put} close=${() => setExact(false)} />`}`;
}
