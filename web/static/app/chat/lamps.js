// The supervisor's lamps: one for each account, with a word and a mark, and what to do about those that are not well.
import { useEffect } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { html } from "../html.js";
import { has, t } from "../i18n.js";
import { services } from "../live/link.js";
import { Icon, Pill } from "../parts/icon.js";
import { accounts, accountsState, refreshAccounts } from "./accounts.js";
import { Channel, channelTitle } from "./channel.js";

const TONES = { green: "ok", amber: "warn", red: "danger" };
const MARKS = { green: "circle-check", amber: "triangle-alert", red: "plug-zap" };
const AGAIN = 60000; // ms: what waits and what was not delivered is looked at each minute

export function Lamps() {
  useEffect(() => {
    refreshAccounts();
    const timer = setInterval(refreshAccounts, AGAIN);
    return () => clearInterval(timer);
  }, [services.value.chat]);
  const list = accounts.value;
  if (!list.length && accountsState.value !== "failed") return null;
  return html`<section class="card table-card" id="accounts"><div class="card-head"><h2 class="card-title">${t("chat.accounts")}</h2>${!services.value.chat && html`<${Pill} tone="danger" icon="plug-zap">${t("chat.serviceAway")}<//>`}</div>
    ${!list.length && html`<p class="quiet lamps-none">${t("chat.accountsAway")}</p>`}
    <ul class="lamps">${list.map((one) => html`<li key=${one.key} class=${`lamp tone-${TONES[one.colour]}`} data-colour=${one.colour}><span class="lamp-channel"><${Channel} name=${one.channel} /></span>
      <span class="grow"><span class="strong">${channelTitle(one.channel, one.title)}</span> <span class="quiet small">${one.key}</span><br />
        <span class="small quiet">${[one.colour !== "green" && one.why && t(has(`chat.lamp.${one.why}`) ? `chat.lamp.${one.why}` : "chat.lamp.other"), one.heard_at ? t("chat.heardAt", { time: dayAndTime(one.heard_at, serverNow()) }) : t("chat.neverHeard"),
          one.waiting > 0 && t("chat.waiting", { count: one.waiting }), one.undelivered > 0 && t("chat.undelivered", { count: one.undelivered })].filter(Boolean).join(" · ")}</span></span>
      <${Pill} tone=${TONES[one.colour]} icon=${MARKS[one.colour]}>${t(`chat.lampWord.${one.colour}`)}<//></li>`)}</ul></section>`;
}
