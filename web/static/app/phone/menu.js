// The phone of today in the header: which it is, whether it can ring, microphone and speaker.
import { useRef } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { Icon } from "../parts/icon.js";
import { Menu, MenuItem, MenuLine, MenuTitle } from "../parts/menu.js";
import { take } from "./beside.js";
import { device, line, retry } from "./device.js";
import { Setup, showSetup } from "./setup.js";

const TONES = { ready: "ok", registering: "warn", elsewhere: "warn", blocked: "danger", failed: "danger", off: "idle" };
const ICONS = { desk: "phone", web: "headset" };

// The order carries his own word beside the phone. "Not responding" is the engine's word, not his: who chooses a phone is here.
const ownWord = (operator) => (operator.presence === "not_responding" ? "available" : operator.presence);
const choose = (operator, phone) => order("presence", { presence: ownWord(operator), reason: operator.presence_reason || "", phone });

/** What is wrong, and what to do about it; nothing when the phone can ring. */
function Remedy({ state, reason, kind }) {
  if (state === "ready" || state === "off" || state === "registering") return null;
  return html`<p class="menu-word small tone-danger toned" role="none">${t(`phone.why.${reason || state}`)}</p>
    ${kind === "web" && (state === "elsewhere" ? html`<${MenuItem} onClick=${take}><${Icon} name="arrow-left-right" />${t("phone.takeOver")}<//>`
    : html`<${MenuItem} onClick=${retry}><${Icon} name="undo-2" />${t("action.retry")}<//>`)}`;
}

export function PhoneMenu({ operator }) {
  const opener = useRef();
  useKeys({ "Shift+KeyP": { label: "phone.menu", run: () => opener.current() } });
  const { kind, state, reason } = device.value;
  const busy = line.value.talking || line.value.ringing || line.value.dialling;
  const word = t(`phone.state.${state}`);
  const label = html`<span class="visually-hidden">${t("phone.name")}: </span><${Icon} name=${ICONS[kind]} size="small" /><span class=${`dot tone-${TONES[state]}`}></span><span class="head-phone-word cut">${word}</span><${Icon} name="chevron-down" size="small" />`;
  return html`<${Menu} opener=${opener} className="btn btn-quiet head-phone" name=${t("phone.name")} spoken=${true} title=${`${t(`phone.kind.${kind}`)} · ${operator.extension} · ${word}`} label=${label}>
    <${MenuTitle}>${t("phone.today")}<//>
    ${["desk", "web"].map((one) => html`<${MenuItem} key=${one} checked=${kind === one} disabled=${!canAct.value || busy || (one === "web" && !operator.web_phone)} onClick=${() => kind !== one && choose(operator, one)}>
      <${Icon} name=${ICONS[one]} /><span class="grow">${t(`phone.kind.${one}`)}<br /><span class="quiet small">${t(one === "web" && !operator.web_phone ? "phone.noWeb" : `phone.kindWhy.${one}`)}</span></span><//>`)}
    <${Remedy} kind=${kind} state=${state} reason=${reason} />
    <${MenuLine} />
    <${MenuItem} onClick=${showSetup}><${Icon} name="mic" />${t("phone.setup")}…<//><//><${Setup} />`;
}
