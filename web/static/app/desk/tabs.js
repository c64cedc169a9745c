// The tabs of the list: an icon and a count, the word on the chosen one only. Digits would be outcomes, so arrows and clicks.
import { signal } from "@preact/signals";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { lists } from "../live/selectors.js";
import { Icon } from "../parts/icon.js";

const TABS = [["mine", "user"], ["queue", "inbox"], ["missed", "phone-missed"], ["callbacks", "undo-2"], ["postponed", "calendar-clock"], ["all", "layers"]];
export const tab = signal("queue");

const step = (by) => { tab.value = TABS.at((TABS.findIndex(([name]) => name === tab.value) + by) % TABS.length)[0]; };

export function Tabs() {
  useKeys({ BracketRight: { label: "keys.nextTab", run: () => step(1) }, BracketLeft: { label: "keys.tabBefore", run: () => step(-1) } });
  const onKeyDown = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    step(by);
    event.currentTarget.querySelector(`#tab-${tab.value}`).focus();
  };
  return html`<div class="tabs list-tabs" role="tablist" aria-label=${t("list.tabs")} onKeyDown=${onKeyDown}>${TABS.map(([name, icon]) => {
    const chosen = tab.value === name;
    const count = name === "callbacks" ? lists.value.due : lists.value[name].length;
    return html`<button key=${name} id=${`tab-${name}`} class="tab" role="tab" type="button" aria-selected=${chosen ? "true" : "false"} aria-controls="list"
      tabindex=${chosen ? 0 : -1} title=${t(`list.${name}`)} onClick=${() => { tab.value = name; }}>
      <${Icon} name=${icon} /><span class=${chosen ? "cut" : "visually-hidden"}>${t(`list.${name}`)} </span><span class=${chosen || (count && name !== "all") ? `tab-count ${name === "missed" && count ? "tone-danger" : ""}` : "visually-hidden"}>${count}</span></button>`;
  })}</div>`;
}
