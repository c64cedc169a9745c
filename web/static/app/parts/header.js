// The bar that is always there: who I am and in which state, who waits, whether the screen tells the truth.
import { useRef } from "preact/hooks";
import { boot, csrf, may, me, titled } from "../boot.js";
import { Clock, secondsSince } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { phase } from "../live/link.js";
import { myOperator, waiting } from "../live/selectors.js";
import { theme, unsavedDrafts } from "../memory.js";
import { go, screen } from "../view.js";
import { showHelp } from "./help.js";
import { Icon } from "./icon.js";
import { Menu, MenuItem, MenuLine } from "./menu.js";
import { PresenceMenu } from "./presence.js";
import { Search } from "./search.js";

const SCREENS = [
  { path: "/desk", icon: "headset", permission: "desk" }, { path: "/history", icon: "history", permission: "history" },
  { path: "/supervisor", icon: "gauge", permission: "supervisor" },
];
const LINK_TONES = { live: "ok", syncing: "warn", offline: "danger" };
const THEMES = [["light", "sun"], ["dark", "moon"], ["system", "monitor"]];

/** The account's choice is kept by the server; the language needs the page anew, the theme does not. */
async function prefer(change) {
  const body = new URLSearchParams({ csrf, back: screen.value, ...change });
  const answer = await fetch("/preferences", { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (answer && change.lang && (!unsavedDrafts() || confirm(t("draft.leave")))) location.reload();
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

function UserMenu() {
  return html`<${Menu} className="btn btn-quiet head-user" place="end" name=${t("head.account", { name: titled(me.title) || me.login })}
      label=${html`<span class="cut">${titled(me.title) || me.login}</span><${Icon} name="chevron-down" size="small" />`}>
    ${["ru", "en"].map((lang) => html`<${MenuItem} key=${lang} checked=${boot.lang === lang} onClick=${() => lang !== boot.lang && prefer({ lang })}>
      <${Icon} name="languages" />${t(`lang.${lang}`)}<//>`)}
    <${MenuLine} />
    <${MenuItem} onClick=${showHelp}><${Icon} name="keyboard" />${t("keys.title")}<//>
    <${MenuLine} />
    <${MenuItem} onClick=${() => document.getElementById("logout").requestSubmit()}><${Icon} name="log-out" />${t("head.logout")}<//>
  <//>
  <form id="logout" method="post" action="/logout" hidden><input type="hidden" name="csrf" value=${csrf} /></form>`;
}

export function Header() {
  const box = useRef();
  useKeys({ "Ctrl+KeyK": () => box.current(), "Shift+Slash": showHelp });
  const operator = myOperator.value;
  const screens = SCREENS.filter((one) => may(`page.${one.permission}`));
  return html`<header class="head">
    <span class="head-clinic cut" title=${boot.clinic.name}>${boot.clinic.name}</span>
    ${screens.length > 1 && html`<nav class="head-nav" aria-label=${t("head.screens")}>${screens.map((one) => html`
      <a key=${one.path} class="btn btn-quiet btn-icon" href=${one.path} title=${t(`title.${one.permission}`)} aria-label=${t(`title.${one.permission}`)}
        aria-current=${screen.value === one.path ? "page" : undefined} onClick=${(event) => { event.preventDefault(); go(one.path); }}><${Icon} name=${one.icon} /></a>`)}</nav>`}
    ${operator && html`<${PresenceMenu} operator=${operator} />`}
    <${Waiting} />
    <span class="grow"></span>
    ${may("page.desk") && html`<${Search} box=${box} />`}
    <span class=${`head-link tone-${LINK_TONES[phase.value]}`}><span class="dot"></span><span class="head-link-word">${t(`link.${phase.value}`)}</span>${operator
      && html`<span class="wide-only quiet">· ${t("head.extension", { n: operator.extension })}</span>`}</span>
    <${ThemeMenu} /><${UserMenu} />
  </header>`;
}
