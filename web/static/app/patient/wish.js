// A place on the waiting list: what would suit, until when. A cancellation in the MIS makes a request of it.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { hourOf } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { toast } from "../parts/toast.js";
import { sendGiveUp, sendWish } from "./asks.js";
import { Choice } from "./choice.js";
import { loadWishes } from "./known.js";
import { entryName } from "./mis.js";
import { dayAfter, enough, today } from "./panel.js";
import { dateAt, wrong } from "./words.js";

const USUAL = 14; // days ahead that are offered
const wanted = signal(null);
export const openWish = (request, query = {}) => { wanted.value = { request, query, key: crypto.randomUUID() }; };

function Form({ request, query: begun, own, onClose }) {
  const [query, setQuery] = useState({ specialty: "", doctor: "", branch: "", service: "", part: "any", ...begun });
  const [since, setSince] = useState(today());
  const [until, setUntil] = useState(dayAfter(today(), USUAL));
  const [urgent, setUrgent] = useState(false);
  const [sending, setSending] = useState(false);
  const ready = enough(query) && since && until >= since && canAct.value && !sending;
  const save = async (event) => {
    event.preventDefault();
    if (!ready) return;
    setSending(true);
    const { specialty, doctor, branch, service } = query;
    const moments = { since: new Date(hourOf(since, 0)).toISOString(), until: new Date(hourOf(dayAfter(until, 1), 0)).toISOString() };
    const answer = await sendWish({ request, wish: { key: own, specialty, doctor, branch, service, urgent, ...moments } });
    setSending(false);
    if (!answer.ok) { toast(wrong(answer.why), "warn"); return; }
    toast(t("wish.done"));
    loadWishes(request);
    onClose();
  };
  return html`<form class="stack" onSubmit=${save}><p class="small quiet">${t("wish.why")}</p><${Choice} query=${query} put=${(more) => setQuery({ ...query, ...more })} parts=${false} />
    <div class="pair"><label class="field"><span class="field-label">${t("wish.since")}</span><input class="field-input" type="date" required min=${today()} value=${since} onInput=${(event) => setSince(event.target.value)} /></label>
      <label class="field"><span class="field-label">${t("wish.until")}</span><input class="field-input" type="date" required min=${since} value=${until} onInput=${(event) => setUntil(event.target.value)} /></label></div>
    <label class="check"><input type="checkbox" checked=${urgent} onChange=${(event) => setUrgent(event.target.checked)} />${t("wish.urgent")}</label>
    <div class="dialog-foot"><button class="btn" type="button" onClick=${onClose}>${t("action.cancel")}</button><button class="btn btn-primary" type="submit" disabled=${!ready}>${t("wish.save")}</button></div></form>`;
}

export function WishHost() {
  const open = wanted.value;
  const close = () => { wanted.value = null; };
  return open && html`<${Dialog} title=${t("wish.title")} onClose=${close} wide=${true}><${Form} request=${open.request} query=${open.query} own=${open.key} onClose=${close} /><//>`;
}

/** The places a patient has on the list. */
export function Wishes({ request, wishes }) {
  if (!wishes.length) return null;
  const leave = async (wish) => {
    const answer = await sendGiveUp({ request: request.id, key: wish.key });
    if (answer.ok) { toast(t("wish.given")); loadWishes(request.id); } else toast(wrong(answer.why), "warn");
  };
  const whom = (wish) => entryName("doctors", wish.doctor) || entryName("specialties", wish.specialty) || entryName("services", wish.service);
  const what = (wish) => [whom(wish), entryName("branches", wish.branch), t("wish.between", { since: dateAt(wish.since), until: dateAt(Date.parse(wish.until) - 1000) })].filter(Boolean).join(" · ");
  return html`<div class="wishes"><h3 class="field-label">${t("wish.list")}</h3><ul>${wishes.map((one) => html`<li key=${one.key} class="wish">
    <${Icon} name="clock" size="small" /><span class="grow">${what(one)}${one.urgent && html` <span class="tone-warn toned small">${t("wish.isUrgent")}</span>`}
    <span class="small quiet"> · ${t(`wish.${one.status}`)}</span></span><button class="btn btn-small btn-quiet" type="button" disabled=${!canAct.value} onClick=${() => leave(one)}>${t("wish.giveUp")}</button></li>`)}</ul></div>`;
}
