// One message: who, what, its files, what became of it. Texts are texts: nothing a stranger wrote is ever markup here.
import { titled } from "../boot.js";
import { serverNow } from "../clock.js";
import { dayAndTime, time } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { operatorTitle } from "../names.js";
import { Icon } from "../parts/icon.js";
import { Menu, MenuItem } from "../parts/menu.js";
import { addressOf, sizeOf } from "./files.js";
import { refusal } from "./refusal.js";

const STATES = { queued: "clock", sending: "clock", sent: "check", delivered: "check", read: "check", failed: "triangle-alert", unknown: "triangle-alert" };
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const SOUNDS = new Set(["audio/mpeg", "audio/ogg", "audio/mp4", "audio/aac"]);
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
const QUOTED = /(\n|^)(>.*(\n>.*)*)$/; // the tail of a mail that repeats the one before

/** A text with its addresses made into links; they open apart and learn nothing of this page. */
function linked(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(from, found.index), html`<a class="link" href=${found[0]} target="_blank" rel="noopener noreferrer nofollow">${found[0]}</a>`);
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}

function Text({ text }) {
  const tail = text.match(QUOTED);
  const own = tail ? text.slice(0, tail.index).trimEnd() : text;
  if (!tail || !own) return html`<p class="bubble-text">${linked(text)}</p>`;
  return html`<p class="bubble-text">${linked(own)}</p><details class="bubble-quoted"><summary class="small">${t("chat.quoted")}</summary><p class="bubble-text">${linked(tail[2])}</p></details>`;
}

const wordOf = (key, other) => t(has(key) ? key : other);

function File({ file, again }) {
  const name = file.name || wordOf(`chat.file.${file.kind}`, "chat.file.file");
  if (file.state === "words") return html`<p class="file-words"><${Icon} name="file-text" size="small" /><span>${wordOf(`chat.file.${file.kind}`, "chat.file.file")}${file.words && html`: ${file.words}`}</span></p>`;
  if (file.state !== "ready") {
    const why = t(`chat.attachment.${file.state}`);
    return html`<div class="file-line"><${Icon} name=${file.state === "pending" ? "clock" : "triangle-alert"} size="small" /><span class="grow"><span class="cut">${name}</span><br /><span class="small quiet">${why}</span></span>
      ${file.state === "expired" && again && html`<button class="btn btn-small" type="button" onClick=${again}>${t("chat.askAgain")}</button>`}</div>`;
  }
  if (PICTURES.has(file.mime)) {
    return html`<a class="file-picture" href=${addressOf(file)} download=${name} title=${name}><img src=${addressOf(file)} alt=${t("chat.picture", { name })} loading="lazy" /></a>`;
  }
  const line = html`<a class="file-line" href=${addressOf(file)} download=${name}><${Icon} name=${file.kind === "voice" || file.kind === "audio" ? "voicemail" : "file-text"} size="small" /><span class="grow cut">${name}</span><span class="small quiet">${sizeOf(file.size)}</span></a>`;
  return SOUNDS.has(file.mime) ? html`<audio class="file-sound" controls preload="none" src=${addressOf(file)} aria-label=${name}></audio>${line}` : line;
}

/** What became of a message of ours, as word and mark; the word is for whoever cannot see the mark. */
function State({ message }) {
  if (message.side !== "out" || !message.state || !STATES[message.state]) return null;
  const bad = message.state === "failed" || message.state === "unknown";
  const marks = message.state === "delivered" || message.state === "read" ? 2 : 1;
  return html`<span class=${`bubble-state ${bad ? "tone-danger toned" : message.state === "read" ? "tone-accent toned" : ""}`} title=${t(`chat.state.${message.state}`)}>
    ${Array.from({ length: marks }, (_, at) => html`<${Icon} key=${at} name=${STATES[message.state]} size="small" />`)}<span class=${bad ? "" : "visually-hidden"}>${t(`chat.state.${message.state}`)}</span></span>`;
}

const CHANGES = new Set(["edit_refused", "edit_unknown", "delete_refused", "delete_unknown"]);

function Trouble({ message, act }) {
  if (message.deleted) return null;
  // He has it as it stands: only what was wished of it afterwards did not come to be.
  if (CHANGES.has(message.error)) return html`<div class="bubble-trouble tone-danger"><span class="grow small">${t(`chat.error.${message.error}`)}</span></div>`;
  if (message.state !== "failed" && message.state !== "unknown") return null;
  const why = message.state === "unknown" ? t("chat.unknownWhy") : wordOf(`chat.error.${message.error}`, "chat.error.other");
  return html`<div class="bubble-trouble tone-danger"><span class="grow small">${why}</span>${act && html`<button class="btn btn-small" type="button" onClick=${() => act("retry", message)}>${t("chat.retry")}</button>`}</div>`;
}

const authorOf = (message, name) => (message.side === "in" ? name || t("chat.nameless") : message.author ? operatorTitle(message.author) : message.side === "note" ? "" : t(message.what === "echo" ? "chat.elsewhere" : "chat.byItself"));

/** Where one message answers another, the other's beginning. */
const Answered = ({ to, name, onJump }) => html`<button class="bubble-answered" type="button" onClick=${() => onJump(to.id)}><span class="strong">${authorOf(to, name)}</span> <span class="cut">${to.deleted ? t("chat.deleted") : to.text || t("chat.file.file")}</span></button>`;

function Does({ message, can, act }) {
  const own = message.side === "out" && !message.deleted && message.author;
  const items = [can.reply && message.side === "in" && !message.deleted && ["reply", "undo-2"], can.edit && own && message.text && ["edit", "sticky-note"], can.delete && own && ["delete", "x"]].filter(Boolean);
  if (!items.length) return null;
  return html`<${Menu} className="btn btn-quiet btn-small btn-icon bubble-menu" place=${message.side === "in" ? "" : "end"} name=${t("chat.does")} label=${html`<${Icon} name="ellipsis" size="small" />`}>
    ${items.map(([what, icon]) => html`<${MenuItem} key=${what} onClick=${() => act(what, message)}><${Icon} name=${icon} />${t(`chat.do.${what}`)}<//>`)}<//>`;
}

/** A line of the system: greeted, closed, handed over, rated. */
const System = ({ message }) => html`<p class="bubble-system small"><span>${has(`chat.said.${message.what}`) ? t(`chat.said.${message.what}`, { text: message.text, who: message.author ? operatorTitle(message.author) : "" }) : message.text || message.what}</span> · ${time(message.at)}</p>`;

/** `can`: {reply, edit, delete} as the channel and the owner allow; `act(what, message)` does it; `find(id)` another message. */
export function Bubble({ message, name, can = {}, act, find, onJump, grouped }) {
  if (message.side === "system") return html`<${System} message=${message} />`;
  const to = message.reply_to && find(message.reply_to);
  const lately = message.sent_at ? html` · <span class="tone-warn toned">${t("chat.sentAt", { time: dayAndTime(message.sent_at, serverNow()) })}</span>` : "";
  return html`<article class="bubble" data-side=${message.side} data-grouped=${grouped ? "" : undefined} data-id=${message.id}>
    <div class="bubble-body">
      ${(!grouped || message.side === "note") && html`<p class="bubble-who small">${message.side === "note" && html`<${Icon} name="sticky-note" size="small" />${t("chat.note")} `}${authorOf(message, name)}</p>`}
      ${message.subject && html`<p class="strong bubble-subject">${message.subject}</p>`}
      ${to && html`<${Answered} to=${to} name=${name} onJump=${onJump} />`}
      ${message.deleted && html`<p class="bubble-deleted small"><${Icon} name="x" size="small" />${t("chat.deleted")}</p>`}
      ${message.what === "unsupported" && !message.text && html`<p class="small quiet">${t("chat.unsupported")}</p>`}
      ${message.text && html`<${Text} text=${message.text} />`}
      ${!message.deleted && message.attachments.map((file) => html`<${File} key=${file.id} file=${file} again=${act && message.side === "in" ? () => act("askAgain", message) : null} />`)}
      <p class="bubble-foot small"><time datetime=${message.at} title=${dayAndTime(message.at, serverNow())}>${time(message.at)}</time>${lately}${message.edited && !message.deleted && html` · ${t("chat.edited")}`}<${State} message=${message} /></p>
      <${Trouble} message=${message} act=${act} />
    </div>
    ${act && html`<${Does} message=${message} can=${can} act=${act} />`}
  </article>`;
}

/** A message of mine the server does not have yet. */
export function Unsent({ message, again, withdraw }) {
  return html`<article class="bubble" data-side=${message.what === "note" ? "note" : "out"} data-unsent=""><div class="bubble-body">
    ${message.text && html`<p class="bubble-text">${message.text}</p>`}${message.template && html`<p class="bubble-text">${titled(message.template.title) || message.template.name}</p>`}
    ${(message.files ?? []).map((file) => html`<p key=${file.id} class="file-line"><${Icon} name="file-text" size="small" /><span class="cut">${file.name}</span></p>`)}
    <p class="bubble-foot small"><span class="bubble-state"><${Icon} name="clock" size="small" />${!message.why && t("chat.state.sending")}</span></p>
    ${message.why && html`<div class="bubble-trouble tone-danger"><span class="grow small">${t("chat.notSent")}: ${refusal(message.why)}</span>
      <button class="btn btn-small" type="button" onClick=${again}>${t("chat.retry")}</button><button class="btn btn-small btn-quiet" type="button" onClick=${withdraw}>${t("chat.withdraw")}</button></div>`}
  </div></article>`;
}
