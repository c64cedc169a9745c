// What a supervisor says to me, or did to me: over the page, so that nothing moves; it stays until I have read it.
import { effect, signal } from "@preact/signals";
import { me } from "../boot.js";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { order } from "../live/commands.js";
import { ask, canAct, phase, socket } from "../live/link.js";
import { say } from "./announce.js";
import { Icon } from "./icon.js";
import { sound } from "./sounds.js";

const SHOWN = 3; // the oldest first; the rest is counted
const notices = signal([]);

/** A notice's words: its author's own, or ours for what he did. */
function wordsOf(notice) {
  const key = notice.text.startsWith("@") ? `notice.${notice.text.slice(1)}` : "";
  return key ? t(has(key) ? key : "notice.other", { by: notice.author }) : notice.text.trim();
}

function take(notice) {
  const others = notices.peek().filter((one) => one.id !== notice.id);
  if (notice.seen) { notices.value = others; return; }
  const fresh = others.length === notices.peek().length;
  notices.value = [...others, notice].sort((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id));
  if (!fresh) return;
  say(t("notice.came", { text: wordsOf(notice) }));
  sound("word");
}

if (me.operator) {
  socket.on("notice", take);
  // After a reload, a lost line or another engine, what is not read yet is asked for again.
  effect(() => {
    if (phase.value !== "live") return;
    ask("notices", {}).then((answer) => { if (answer.ok) notices.value = answer.items; }, () => { /* the next connection asks again */ });
  });
}

async function read(notice) {
  const answer = await order("seen", { notice: notice.id });
  if (answer.ok) notices.value = notices.peek().filter((one) => one.id !== notice.id);
}

export function Notices() {
  useKeys({ "Alt+KeyO": { label: "keys.notice", when: () => notices.peek().length > 0, run: () => read(notices.peek()[0]) } });
  const list = notices.value;
  if (!list.length) return null;
  return html`<section class="notices" aria-label=${t("notice.title")}>${list.slice(0, SHOWN).map((notice, at) => html`<article class="notice" key=${notice.id}><${Icon} name="megaphone" />
      <div class="notice-body"><p class="notice-text">${wordsOf(notice)}</p><p class="quiet small">${notice.author} · ${dayAndTime(notice.at, serverNow())}</p></div>
      <button class="btn btn-small" type="button" disabled=${!canAct.value} onClick=${() => read(notice)}>${t("notice.read")}${at === 0 && html`<kbd class="key">Alt O</kbd>`}</button></article>`)}
    ${list.length > SHOWN && html`<p class="notice-more small">${t("notice.more", { count: list.length - SHOWN })}</p>`}</section>`;
}
