// The mark and the name of a channel. Letters stand for those whose signs are somebody's trade marks.
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { titled } from "../boot.js";
import { Icon } from "../parts/icon.js";

const ICONS = { widget: "message-square", mail: "mail", feedback: "file-text", forms: "file-text", sms: "phone" };
const LETTERS = { max: "MX", vk: "VK", telegram: "TG", whatsapp: "WA", viber: "VB" };

const OF_SITES = ["widget", "feedback"]; // a site has one of each: its title alone says neither

/** What people call it: the account's own title, else the channel's name, else its key; of a site's both. */
export function channelTitle(channel, title) {
  const word = has(`chat.channel.${channel}`) ? t(`chat.channel.${channel}`) : channel, own = titled(title);
  return own && OF_SITES.includes(channel) ? `${word} · ${own}` : own || word;
}

export const Channel = ({ name }) => (LETTERS[name]
  ? html`<span class="channel" aria-hidden="true">${LETTERS[name]}</span>` : html`<${Icon} name=${ICONS[name] ?? "message-square"} />`);
