// Strips appear under the header only when something is wrong, and say what still works.
import { computed, effect, signal } from "@preact/signals";
import { boot } from "../boot.js";
import { secondsUntil, serverNow, second } from "../clock.js";
import { time, timeToSecond } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { everLive, farewell, lostAt, outdated, phase, services, unsaved } from "../live/link.js";
import { darkPbxes } from "../live/selectors.js";
import { cry } from "./announce.js";
import { Icon } from "./icon.js";
import { allowSounds, silenced } from "./sounds.js";

const SHOW_AFTER = 1; // seconds: a blink of the network needs no strip
const STALE_AFTER = 30;
const WARN_BEFORE = 600; // seconds before the session ends

const gone = computed(() => (lostAt.value ? second.value - Math.floor(lostAt.value / 1000) : 0));
const offline = computed(() => phase.value !== "live" && gone.value >= SHOW_AFTER);
export const stale = computed(() => phase.value !== "live" && gone.value >= STALE_AFTER);

effect(() => document.body.toggleAttribute("data-stale", stale.value));
effect(() => { if (offline.value) cry(t("strip.offline")); });

// A link that blinks while an engine restarts should not make the page jump: the strip waits a second too.
const engineDown = signal(false);
let engineTimer = 0;
effect(() => {
  clearTimeout(engineTimer);
  if (services.value.engine) engineDown.value = false;
  else engineTimer = setTimeout(() => { engineDown.value = true; }, SHOW_AFTER * 1000);
});

const ending = computed(() => Boolean(boot.session_ends) && secondsUntil(boot.session_ends) <= WARN_BEFORE);

const Strip = ({ icon, tone = "warn", children }) =>
  html`<div class=${`strip tone-${tone}`}><${Icon} name=${icon} /><span>${children}</span></div>`;

export function Strips() {
  const dark = phase.value === "live" && services.value.engine && everLive.value ? darkPbxes.value : [];
  return html`<div role="status">
    ${farewell.value && html`<${Strip} icon="log-out">${t(`bye.${farewell.value}`)} <a class="link" href="/login">${t("bye.login")}</a><//>`}
    ${!farewell.value && offline.value && html`<${Strip} icon="wifi-off">
      ${t("strip.offline")} ${stale.value && t("strip.stale", { time: timeToSecond(lostAt.value ?? serverNow()) })}<//>`}
    ${phase.value === "live" && engineDown.value && html`<${Strip} icon="plug-zap">${t("strip.engine")}<//>`}
    ${dark.map((pbx) => html`<${Strip} key=${pbx.id} icon="plug-zap">${pbx.since
      ? t("strip.pbx", { pbx: pbx.id, time: timeToSecond(pbx.since) }) : t("strip.pbxNever", { pbx: pbx.id })}<//>`)}
    ${phase.value === "live" && unsaved.value && html`<${Strip} icon="database">${t("strip.unsaved")}<//>`}
    ${!farewell.value && silenced.value && html`<${Strip} icon="volume-x">${t("strip.silenced")} <button class="link" type="button" onClick=${allowSounds}>${t("strip.allowSound")}</button><//>`}
    ${!farewell.value && ending.value && html`<${Strip} icon="timer">${t("strip.session", { time: time(boot.session_ends) })}<//>`}
    ${!farewell.value && outdated.value && html`<${Strip} icon="arrow-up" tone="accent">${t("strip.version")} <button class="link" type="button" onClick=${() => location.reload()}>${t("strip.reload")}</button><//>`}
  </div>`;
}
