// My state: the phone's word, my own word, and how long; the menu changes my own word.
import { useRef } from "preact/hooks";
import { titled } from "../boot.js";
import { Clock } from "../clock.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { reasons, reasonTitle } from "../names.js";
import { useKeys } from "../keys.js";
import { presence } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { Icon } from "./icon.js";
import { tired } from "./attention.js";
import { Menu, MenuItem, MenuLine, MenuTitle } from "./menu.js";

/** The word of a state; a break says its reason. */
export const stateWord = (operator, key) =>
  (key === "break" && operator.presence_reason ? t("presence.breakFor", { reason: reasonTitle(operator.presence_reason) }) : t(`presence.${key}`));

export function PresenceMenu({ operator }) {
  const opener = useRef();
  useKeys({ KeyP: { label: "keys.presence", run: () => opener.current() } });
  const { key, since } = operatorState(operator);
  const word = stateWord(operator, key);
  const label = html`<span class="visually-hidden">${t("presence.mine")} </span><span class=${`dot tone-${OPERATOR_STATES[key].tone}`}></span><span class="cut">${word}</span> ${since && html`<${Clock} since=${since} label=${t("presence.since")} />`}${tired.value && html`<${Icon} name="coffee" size="small" />`}<${Icon} name="chevron-down" size="small" />`;
  const item = (value, reason, icon, text) => html`<${MenuItem} key=${value + reason} checked=${operator.presence === value && (operator.presence_reason || "") === reason}
    onClick=${() => presence(value, reason)}><${Icon} name=${icon} />${text}<//>`;
  return html`<${Menu} opener=${opener} className="btn head-state" name=${t("presence.mine")} spoken=${true} disabled=${!canAct.value}
      title=${canAct.value ? undefined : t("refused.offline")} label=${label}>
    ${item("available", "", "circle-check", t("presence.available"))}
    <${MenuTitle}>${t(tired.value ? "presence.tired" : "presence.pause")}<//>
    ${reasons().map((reason) => item("break", reason.id, "coffee", titled(reason.title)))}
    <${MenuLine} />
    ${item("offline", "", "phone-off", t("presence.offline"))}
  <//>`;
}
