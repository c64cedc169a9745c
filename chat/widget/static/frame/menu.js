// What else can be done: to be called back, to go on in a messenger, to end the conversation.
import { t } from "./config.js";
import { h, icon } from "./dom.js";

export class Menu {
  // `on` has links() → {links: [{channel, url}]}, callback(), end().
  constructor(on) {
    this.on = on;
    this.button = h("button", {
      type: "button", class: "plain", "aria-label": t("widget.menu"), "aria-haspopup": "true", "aria-expanded": "false", "aria-controls": "menu",
      onclick: () => this.toggle(),
    }, icon("more"));
    this.list = h("div", { class: "menu", id: "menu", role: "menu", hidden: true, onkeydown: (event) => this.keyed(event) });
    this.node = h("div", { class: "more" }, this.button, this.list);
    this.state = { chat: false, over: false };
    document.addEventListener("click", (event) => { if (!this.node.contains(event.target)) this.close(); });
  }

  able(state) {
    this.state = state;
    this.button.hidden = !state.chat;
  }

  item(words, attributes) {
    return h(attributes.href ? "a" : "button", { role: "menuitem", tabindex: "-1", ...(attributes.href ? {} : { type: "button" }), ...attributes }, words);
  }

  async toggle() {
    if (this.close()) return;
    const own = [this.item(t("widget.menu.callback"), { onclick: () => { this.close(); this.on.callback(); } })];
    const end = this.state.over ? [] : [this.item(t("widget.menu.end"), { onclick: () => { this.close(); this.on.end(); } })];
    this.list.replaceChildren(...own, ...end);
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.list.firstChild.focus();
    const answer = await this.on.links().catch(() => ({ links: [] }));
    if (this.list.hidden) return;
    const links = (answer.links ?? []).map((one) => this.item(t(`widget.continue.${one.channel}`), { href: one.url, target: "_blank", rel: "noopener noreferrer" }));
    own[0].after(...links);
  }

  // Returns whether it was open.
  close() {
    if (this.list.hidden) return false;
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
    return true;
  }

  keyed(event) {
    const items = [...this.list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  }
}
