// The chat pane of the desk: tabs of my conversations with what is unanswered in each, the thread, the composer. Several
// stand side by side; whichever is chosen, the others go on being heard.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../boot.js";
import { Clock } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { take } from "../live/commands.js";
import { canAct, everLive, services } from "../live/link.js";
import { cardOf, fetchCard } from "../live/queries.js";
import { operatorTitle } from "../names.js";
import { say } from "../parts/announce.js";
import { Icon } from "../parts/icon.js";
import { notify, unnotify } from "../parts/notify.js";
import { sound } from "../parts/sounds.js";
import { toast } from "../parts/toast.js";
import { takeable } from "../desk/list.js";
import { openView } from "../view.js";
import { Channel, channelTitle } from "./channel.js";
import { Composer } from "./composer.js";
import { Head } from "./head.js";
import { active, chosen, isMine, mine, onWritten, paneShown, requestOf, unanswered } from "./mine.js";
import { chatDraft } from "./outbox.js";
import { Failed, Loading } from "./reading.js";
import { refusal } from "./refusal.js";
import { changeOf, hold, openConversation, seen, stateOf } from "./store.js";
import { Thread } from "./thread.js";

const inSight = (id) => paneShown.peek() && active.peek()?.id === id && !document.hidden && document.hasFocus();

onWritten((request) => {
  const id = request.conversation.id;
  const name = stateOf(id).peek().head?.name;
  say(t("chat.announce", { name: name || channelTitle(request.conversation.channel) }));
  if (inSight(id)) return;
  sound("chat");
  notify(`chat-${id}`, t("notify.chat"), channelTitle(request.conversation.channel), { open: () => { chosen.value = id; openView({ request: request.id }); } });
});

/** What a tab is called: his name once the conversation was opened, else the channel. */
const tabName = (request) => stateOf(request.conversation.id).value.head?.name || `${channelTitle(request.conversation.channel)} ${request.number.slice(-3)}`;

function Tab({ request, on }) {
  const { id, channel, unheard, waits_since: since } = request.conversation;
  const count = on ? 0 : unheard;
  const draft = !on && chatDraft(id).value.note.trim();
  return html`<button class="chat-tab" id=${`chat-tab-${id}`} type="button" role="tab" aria-selected=${on ? "true" : "false"} aria-controls="chat-panel" tabindex=${on ? 0 : -1} onClick=${() => { chosen.value = id; }}>
    <${Channel} name=${channel} /><span class="cut">${tabName(request)}</span>${draft && html`<${Icon} name="sticky-note" size="small" /><span class="visually-hidden"> ${t("chat.draft")}</span>`}
    ${count > 0 && html`<span class="chat-count"><span class="visually-hidden"> ${t("chat.unanswered")} </span>${count}</span>`}${count > 0 && since && html`<${Clock} className="clock small quiet" since=${since} label=${t("chat.waits")} />`}</button>`;
}

function Tabs({ list, at }) {
  const step = (by) => { const ids = list.map((one) => one.conversation.id); if (ids.length) chosen.value = ids.at((ids.indexOf(at) + by + ids.length) % ids.length); };
  useKeys({ "Alt+ArrowDown": { label: "keys.nextChat", run: () => step(1) }, "Alt+ArrowUp": { label: "keys.chatBefore", run: () => step(-1) } });
  const onKeyDown = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
    event.currentTarget.querySelector(`#chat-tab-${chosen.peek()}`)?.focus();
  };
  return html`<div class="chat-tabs" role="tablist" aria-label=${t("chat.mine")} onKeyDown=${onKeyDown}>${list.map((one) => html`<${Tab} key=${one.conversation.id} request=${one} on=${one.conversation.id === at} />`)}</div>`;
}

function Conversation({ id, request }) {
  const { status, head, why, templates, seq } = stateOf(id).value;
  const about = useSignal(null);
  const own = isMine(request);
  const ref = { conversation: id, request: request.id };
  useEffect(() => hold(id), [id]);
  // That he called yesterday, and whose number he says is his, is his card's to tell: the centre may show another's.
  useEffect(() => { if (own && everLive.value && cardOf(request.id).peek().status !== "loading") fetchCard(request.id, { request: request.id }); }, [own, request.id, request.version, everLive.value]);
  useEffect(() => { if (everLive.value) openConversation(ref); }, [id, request.owner, request.status, request.phone, everLive.value, services.value.chat]);
  const look = () => { if (own && head && !document.hidden) { seen(id); unnotify(`chat-${id}`); } };
  useEffect(look, [seq, own, Boolean(head)]);
  useEffect(() => {
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [id, own, Boolean(head)]);
  if (!head) return status === "failed" ? html`<${Failed} why=${why} retry=${() => openConversation(ref)} />` : html`<${Loading} />`;
  const { abilities } = head;
  const act = async (what, message) => {
    if (what === "reply" || what === "edit") { about.value = { what, message }; return; }
    if (what === "askAgain") { const draft = chatDraft(id); draft.value = { ...draft.peek(), note: t("chat.askAgainText") }; return; }
    const answer = await changeOf(id, { what, message: message.id });
    if (!answer.ok) toast(refusal(answer.why), "warn");
  };
  const can = own && head.open ? { reply: abilities.reply, edit: abilities.edit, delete: abilities.delete } : {};
  const grab = takeable(request) && html`<button class="btn btn-small btn-primary" type="button" disabled=${!canAct.value} onClick=${() => take(request)}><${Icon} name="check" size="small" />${t("action.take")}</button>`;
  return html`<${Head} id=${id} head=${head} request=${request} /><${Thread} key=${id} id=${id} name=${head.name} can=${can} act=${own ? act : null} />
    <${Composer} key=${`composer-${id}`} id=${id} head=${head} request=${request} about=${about} templates=${templates} name=${head.name} owner=${operatorTitle(request.owner)} reload=${() => openConversation(ref)}>${grab}<//>`;
}

const Away = () => html`<p class="chat-warn small tone-warn" role="status"><${Icon} name="plug-zap" size="small" /><span>${t("chat.serviceDown")}</span></p>`;

/** The pane. It says while it is on the screen, so that what is looked at is not counted as unseen. */
export function ChatPane() {
  useEffect(() => { paneShown.value = true; return () => { paneShown.value = false; }; }, []);
  const now = active.value;
  const list = mine.value;
  const shown = now && !list.some((one) => one.conversation.id === now.id) ? [...list, now.request] : list;
  if (!now) return html`<div class="empty"><${Icon} name="message-square" size="large" /><p class="empty-title">${t("chat.none")}</p><p class="small">${t(me.operator ? "chat.noneWhy" : "chat.noneSeen")}</p></div>`;
  return html`<section class="chat" aria-label=${t("side.chat")}>${shown.length > 1 && html`<${Tabs} list=${shown} at=${now.id} />`}${!services.value.chat && html`<${Away} />`}
    <div class="chat-panel" id="chat-panel" role=${shown.length > 1 ? "tabpanel" : undefined} aria-labelledby=${shown.length > 1 ? `chat-tab-${now.id}` : undefined}><${Conversation} key=${now.id} id=${now.id} request=${requestOf(now.id) ?? now.request} /></div></section>`;
}

/** How many words of my people nobody has answered where I do not look: for the tab of the pane. */
export const ChatCount = () => unanswered.value > 0 && html`<span class="chat-count"><span class="visually-hidden"> ${t("chat.unanswered")} </span>${unanswered.value}</span>`;
