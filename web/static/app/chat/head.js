// Who writes, by which channel, and what of him must be seen before anything is answered: an emergency, a number he says
// is his, that he called yesterday, that he cannot be reached here any more, that the account itself is ill.
import { signal } from "@preact/signals";
import { me } from "../boot.js";
import { Clock, serverNow } from "../clock.js";
import { Transfer } from "../desk/transfer.js";
import { close } from "../desk/closing.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { cardOf } from "../live/queries.js";
import { operatorTitle, outcomes } from "../names.js";
import { titled, may } from "../boot.js";
import { Icon, Pill } from "../parts/icon.js";
import { Menu, MenuItem, MenuLine, MenuTitle } from "../parts/menu.js";
import { toast } from "../parts/toast.js";
import { draftOf } from "../memory.js";
import { openView, view } from "../view.js";
import { Channel, channelTitle } from "./channel.js";
import { isMine } from "./mine.js";
import { refusal } from "./refusal.js";
import { openConversation, refOf, tellOf } from "./store.js";
import { readConversation } from "./subject.js";
import { startSms } from "./start.js";

const read = signal(new Set()); // conversations whose emergency somebody said he has seen

/** The script of 103 and 112, because of a word of the clinic's own list in what he wrote. */
function Emergency({ id }) {
  if (read.value.has(id)) return null;
  return html`<div class="emergency" role="alert"><${Icon} name="triangle-alert" /><div class="grow"><p class="strong">${t("chat.emergency")}</p>
      <ol class="emergency-steps"><li>${t("emergency.call")}</li><li>${t("emergency.address")}</li><li>${t("chat.emergencyStay")}</li></ol></div>
    <button class="btn btn-small" type="button" onClick=${() => { read.value = new Set([...read.peek(), id]); }}>${t("emergency.seen")}</button></div>`;
}

const digits = (text) => (text ?? "").replace(/\D/g, "");

/** The number he says is his: whether his calls are told together with what he writes is a person's choice, and can be undone. */
function Phone({ head, request, own }) {
  const contact = request && cardOf(request.id).value.card?.contact;
  const joined = Boolean(contact?.pretty) && digits(contact.pretty) === digits(head.phone);
  const act = async (name, args, word) => { if ((await order(name, { request: request.id, version: request.version, ...args })).ok) toast(t(word)); };
  return html`<p class="chat-phone small"><${Icon} name="phone" size="small" /><span class="grow">${t(head.verified ? "chat.phoneVerified" : "chat.phoneSaid", { phone: head.phone })}</span>
    ${own && contact && !joined && html`<button class="btn btn-small" type="button" disabled=${!canAct.value} title=${t("chat.itIsHeWhy")} onClick=${() => act("link", { phone: head.phone }, "chat.joined")}>${t("chat.itIsHe")}</button>`}
    ${own && joined && html`<button class="btn btn-small btn-quiet" type="button" disabled=${!canAct.value} onClick=${() => act("unlink", {}, "chat.parted")}>${t("chat.part")}</button>`}</p>`;
}

/** «He called yesterday too»: the last call of the same contact, from the card that is open. */
function Called({ request }) {
  const card = request && cardOf(request.id).value.card;
  const calls = (card?.calls ?? []).filter((one) => one.direction !== "internal").sort((a, b) => b.started_at.localeCompare(a.started_at));
  if (!calls.length) return null;
  const last = calls[0];
  return html`<p class="chat-called small"><${Icon} name=${last.direction === "inbound" && last.result !== "answered" ? "phone-missed" : "phone"} size="small" /><span class="cut">${t("chat.called", { when: dayAndTime(last.started_at, serverNow()), how: t(`${last.direction}.${last.result}`) })}</span></p>`;
}

async function block(id, on) {
  const answer = await tellOf(id, on ? { what: "block", reason: "" } : { what: "unblock" });
  toast(answer.ok ? t(on ? "chat.blocked" : "chat.unblocked") : refusal(answer.why), answer.ok ? "ok" : "warn");
  if (answer.ok) openConversation(refOf(id));
}

function More({ id, head, request, own }) {
  const mayBlock = may("numbers.block") && (own || may("numbers.unblock")) && !head.blocked; // a supervisor anybody
  const mayUnblock = may("numbers.unblock") && head.blocked;
  const elsewhere = request && view.value?.request !== request.id;
  if (!own && !mayBlock && !mayUnblock && !elsewhere) return null;
  return html`<${Menu} className="btn btn-small btn-icon btn-quiet" place="end" name=${t("chat.more")} label=${html`<${Icon} name="ellipsis" size="small" />`}>
    ${elsewhere && html`<${MenuItem} onClick=${() => openView({ request: request.id })}><${Icon} name="file-text" />${t("chat.openRequest")}<//>`}
    ${own && html`<${MenuTitle}>${t("chat.finish")}<//>${outcomes().map((one) => html`<${MenuItem} key=${one.id} disabled=${!canAct.value} onClick=${() => close(request, one.id, draftOf(request.id).peek().note.trim(), true)}><${Icon} name="check" />${titled(one.title)}<//>`)}
      ${!outcomes().length && html`<${MenuItem} disabled=${!canAct.value} onClick=${() => close(request, "", "", true)}><${Icon} name="check" />${t("chat.finish")}<//>`}`}
    ${(mayBlock || mayUnblock) && html`<${MenuLine} /><${MenuItem} onClick=${() => block(id, mayBlock)}><${Icon} name="x" />${t(mayBlock ? "chat.block" : "chat.unblock")}<//>`}<//>`;
}

const lampTone = { red: "danger", amber: "warn" };

/** What stands over the thread. */
export function Head({ id, head, request }) {
  const own = isMine(request);
  const waits = request?.conversation?.waits_since;
  const owner = request?.owner;
  const title = channelTitle(head.channel, head.title);
  return html`<header class="chat-head">
    <div class="chat-line"><span class="chat-channel" title=${title}><${Channel} name=${head.channel} /></span>
      <h2 class="chat-name grow cut" title=${head.name}>${head.name || head.username || t("chat.nameless")}</h2>
      ${waits && html`<${Pill} tone="warn" icon="clock"><span class="visually-hidden">${t("chat.waits")} </span><${Clock} since=${waits} label=${t("chat.waits")} /><//>`}
      ${own && html`<${Transfer} request=${request} note=${draftOf(request.id).value.note} />`}
      <${More} id=${id} head=${head} request=${request} own=${own} /></div>
    <p class="small quiet chat-facts">${[title, head.username && `@${head.username.replace(/^@/, "")}`, head.entry.source && t(has(`chat.entry.${head.entry.source}`) ? `chat.entry.${head.entry.source}` : "chat.entry.other"), head.subject,
      owner && owner !== me.operator && t("chat.ownedBy", { owner: operatorTitle(owner) }), !head.open && t("chat.over"), head.score && t("chat.score", { score: head.score })].filter(Boolean).join(" · ")}</p>
    <${Called} request=${request} />
    ${head.earlier.length > 0 && html`<p class="small"><button class="link" type="button" onClick=${() => readConversation({ conversation: head.earlier[0].id, key: head.earlier[0].key })}>${t("chat.earlier", { count: head.earlier.length })}</button></p>`}
    ${head.phone && html`<${Phone} head=${head} request=${request} own=${own} />`}
    ${lampTone[head.lamp] && html`<p class=${`chat-warn small tone-${lampTone[head.lamp]}`}><${Icon} name="plug-zap" size="small" /><span>${t(`chat.lampWarn.${head.lamp}`, { channel: title })}</span></p>`}
    ${head.unreachable && html`<p class="chat-warn small tone-warn"><${Icon} name="triangle-alert" size="small" /><span class="grow">${t("chat.unreachable")}</span>${own && html`<button class="btn btn-small" type="button" onClick=${() => startSms(request)}>${t("chat.bySms")}…</button>`}</p>`}
    ${(head.emergency || request?.conversation?.emergency) && own && html`<${Emergency} id=${id} />`}</header>`;
}
