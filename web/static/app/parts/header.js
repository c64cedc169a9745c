// The bar that is always there: who I am and in which state, who waits, whether the screen tells the truth.
import { boot, csrf, may, me, titled } from "../boot.js";
import { Clock, secondsSince } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { phase } from "../live/link.js";
import { myOperator, waiting } from "../live/selectors.js";
import { draftsKept, forgetDrafts, quiet, theme, unsavedDrafts } from "../memory.js";
import { go, screen } from "../view.js";
import { showHelp } from "./help.js";
import { Icon } from "./icon.js";
import { Menu, MenuItem, MenuLine } from "./menu.js";
import { Part } from "./optional.js";
import { offerInPalette, showPalette } from "./palette.js";
import { PresenceMenu } from "./presence.js";
import { showSettings } from "./settings.js";

const SCREENS = [
  { path: "/desk", icon: "headset", permission: "desk" }, { path: "/history", icon: "history", permission: "history" },
  { path: "/supervisor", icon: "gauge", permission: "supervisor" }, { path: "/lists", icon: "phone-outgoing", permission: "lists" }, { path: "/admin", icon: "settings", permission: "admin" }, { path: "/ivr", icon: "phone-forwarded", permission: "ivr" },
];
const LINK_TONES = { live: "ok", syncing: "warn", offline: "danger" };
const THEMES = [["light", "sun"], ["dark", "moon"], ["system", "monitor"]];

/** The account's choice is kept by the server; the language needs the page anew, the theme does not. */
async function prefer(change) {
  const body = new URLSearchParams({ csrf, back: screen.value, ...change });
  const answer = await fetch("/preferences", { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (answer && change.lang && (draftsKept || !unsavedDrafts() || confirm(t("draft.leave")))) location.reload();
}

function Waiting() {
  const { count, since, level } = waiting.value;
  const late = since ? secondsSince(since) / level : 0;
  const tone = late > 2 ? "danger" : late > 1 ? "warn" : "none";
  return html`<p class="head-waiting">${t("head.waiting")} <b>${count}</b>${count > 0 && since && html` · <span class="wide-only">${t("head.longest")} </span>
    <span class=${`tone-${tone} head-longest`}><${Clock} since=${since} label=${t("head.longest")} /></span>`}</p>`;
}

function ThemeMenu() {
  const now = THEMES.find(([name]) => name === theme.value) ?? THEMES[2];
  const choose = (name) => { theme.value = name; prefer({ theme: name }); };
  return html`<${Menu} className="btn btn-quiet btn-icon" place="end" name=${t("theme.name")} title=${t("theme.name")} label=${html`<${Icon} name=${now[1]} />`}>
    ${THEMES.map(([name, icon]) => html`<${MenuItem} key=${name} checked=${theme.value === name} onClick=${() => choose(name)}><${Icon} name=${icon} />${t(`theme.${name}`)}<//>`)}
  <//>`;
}

function logOut() {
  if (unsavedDrafts() && !confirm(t("draft.logout"))) return;
  forgetDrafts(true);
  document.getElementById("logout").requestSubmit();
}

/** Only my own ringing call sounds while it is on; it is seen, so that nobody wonders. */
const Quiet = () => html`<button class="btn btn-quiet btn-icon" type="button" aria-pressed=${quiet.value ? "true" : "false"} aria-label=${t("settings.quiet")} title=${t("settings.quietWhy")}
  onClick=${() => { quiet.value = !quiet.value; }}><${Icon} name=${quiet.value ? "volume-x" : "volume-2"} /></button>`;

offerInPalette(() => [
  ...SCREENS.filter((one) => may(`page.${one.permission}`) && one.path !== screen.value).map((one) => ({ id: `s-${one.permission}`, icon: one.icon, name: t(`title.${one.permission}`), run: () => go(one.path) })),
  { id: "s-logout", icon: "log-out", name: t("head.logout"), run: logOut },
  { id: "s-settings", icon: "settings", name: t("settings.title"), run: showSettings },
  { id: "s-quiet", icon: quiet.value ? "volume-2" : "volume-x", name: t("settings.quiet"), run: () => { quiet.value = !quiet.value; } },
  ...THEMES.map(([name, icon]) => ({ id: `t-${name}`, icon, name: `${t("theme.name")}: ${t(`theme.${name}`)}`, run: () => { theme.value = name; prefer({ theme: name }); } })),
]);

function UserMenu() {
  const name = titled(myOperator.value?.title) || titled(me.title) || me.login; // the directory's, in this language
  return html`<${Menu} className="btn btn-quiet head-user" place="end" name=${t("head.account", { name })}
      label=${html`<span class="cut">${name}</span><${Icon} name="chevron-down" size="small" />`}>
    ${["ru", "en"].map((lang) => html`<${MenuItem} key=${lang} checked=${boot.lang === lang} onClick=${() => lang !== boot.lang && prefer({ lang })}>
      <${Icon} name="languages" />${t(`lang.${lang}`)}<//>`)}
    <${MenuLine} />
    <${MenuItem} onClick=${showSettings}><${Icon} name="settings" />${t("settings.title")}<//>
    <${MenuItem} onClick=${showHelp}><${Icon} name="keyboard" />${t("keys.title")}<//>
    <${MenuLine} />
    <${MenuItem} onClick=${logOut}><${Icon} name="log-out" />${t("head.logout")}<//>
  <//>
  <form id="logout" method="post" action="/logout" hidden><input type="hidden" name="csrf" value=${csrf} /></form>`;
}

export function Header() {
  const desk = may("page.desk");
  useKeys({ "Ctrl+KeyK": { label: "keys.search", when: () => desk, run: showPalette }, "Shift+Slash": { label: "keys.help", run: showHelp } });
  const operator = myOperator.value;
  const screens = SCREENS.filter((one) => may(`page.${one.permission}`));
  return html`<header class="head">
    <span class="head-clinic cut" title=${boot.clinic.name}>${boot.clinic.name}</span>
    ${screens.length > 1 && html`<nav class="head-nav" aria-label=${t("head.screens")}>${screens.map((one) => html`
      <a key=${one.path} class="btn btn-quiet btn-icon" href=${one.path} title=${t(`title.${one.permission}`)} aria-label=${t(`title.${one.permission}`)}
        aria-current=${screen.value === one.path ? "page" : undefined} onClick=${(event) => { event.preventDefault(); go(one.path); }}><${Icon} name=${one.icon} /></a>`)}</nav>`}
    ${operator && html`<${PresenceMenu} operator=${operator} /><${Part} path="phone/menu.js" name="PhoneMenu" operator=${operator} />`}
    <${Waiting} />
    <span class="grow"></span>
    ${desk && html`<button class="search" type="button" onClick=${showPalette}><${Icon} name="search" /><span class="grow cut search-hint">${t("search.placeholder")}</span><kbd class="key">Ctrl K</kbd></button>`}
    <span class=${`head-link tone-${LINK_TONES[phase.value]}`}><span class="dot"></span><span class="head-link-word">${t(`link.${phase.value}`)}</span>${operator
      && html`<span class="wide-only quiet">· ${t("head.extension", { n: operator.extension })}</span>`}</span>
    ${desk && html`<${Quiet} />`}<${ThemeMenu} /><${UserMenu} />
  </header>`;
}
