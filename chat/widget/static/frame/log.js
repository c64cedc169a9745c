// The messages on the screen: those the clinic has, in their order, and below them those it has not.
import { config, date, t, time } from "./config.js";
import { h, icon, linked } from "./dom.js";

const key = (message) => message.place.join(" ");

export class Log {
  // `on` has drop(id), file(attachment).
  constructor(on) {
    this.on = on;
    this.messages = new Map();
    this.accepted = new Map();
    this.waiting = [];
    this.readUpTo = 0;
    this.list = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("widget.log"), tabindex: "0" });
    this.drawn = new Map();
  }

  clear() {
    this.messages.clear();
    this.accepted.clear();
    this.readUpTo = 0;
    this.draw();
  }

  put(message) {
    this.messages.set(message.id, message);
    this.accepted.delete(message.id);
    this.draw();
  }

  // Mine, on their way: `waiting` still here, `accepted` the clinic's already.
  pending(waiting) {
    this.waiting = waiting.filter((one) => !this.messages.has(one.id));
    for (const one of this.waiting) this.accepted.delete(one.id);
    this.draw();
  }

  taken(id) {
    const one = this.waiting.find((other) => other.id === id);
    if (one && !this.messages.has(id)) this.accepted.set(id, one);
  }

  read(seq) {
    this.readUpTo = Math.max(this.readUpTo, seq);
    this.draw();
  }

  get ordered() {
    return [...this.messages.values()].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  }

  // The newest of theirs, for «read up to».
  get theirs() {
    return this.ordered.filter((message) => message.from === "agent" || message.from === "bot").at(-1) ?? null;
  }

  draw() {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const wanted = [];
    let day = "";
    for (const message of this.ordered) {
      const today = date(new Date(message.ts));
      if (today !== day) wanted.push([`day ${today}`, today, () => h("div", { class: "day" }, today)]);
      day = today;
      const seen = message.from === "me" && message.seq <= this.readUpTo;
      wanted.push([message.id, `${JSON.stringify({ ...message, n: 0, after: 0, place: 0, name: 0 })} ${seen}`, () => this.one(message, seen)]);
    }
    for (const one of [...this.accepted.values(), ...this.waiting]) {
      const state = this.accepted.has(one.id) ? "accepted" : one.failed ?? "waiting";
      wanted.push([one.id, state, () => this.mine(one, state)]);
    }
    this.place(wanted);
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  // Only what changed is drawn anew: a reader hears each message once.
  place(wanted) {
    const before = this.drawn;
    this.drawn = new Map();
    let spot = this.list.firstChild;
    for (const [id, look, make] of wanted) {
      const old = before.get(id);
      const node = old && old.look === look ? old.node : make();
      before.delete(id);
      if (old && old.node !== node) {
        if (spot === old.node) spot = old.node.nextSibling;
        old.node.remove();
      }
      if (node === spot) spot = spot.nextSibling;
      else this.list.insertBefore(node, spot);
      this.drawn.set(id, { look, node });
    }
    for (const { node } of before.values()) node.remove();
  }

  one(message, seen) {
    const { from } = message;
    if (from === "system") return h("div", { class: "system" }, h("span", {}, message.text));
    const answered = message.reply_to ? this.messages.get(message.reply_to) : null;
    return h("div", { class: `message ${from === "me" ? "mine" : "theirs"}`, "data-id": message.id },
      from === "me" ? null : h("p", { class: "who" }, message.name || t(from === "bot" ? "widget.bot" : "widget.agent")),
      h("div", { class: "bubble" },
        answered ? h("p", { class: "quote" }, answered.text.slice(0, 120)) : null,
        message.deleted ? h("p", { class: "gone" }, t("widget.deleted")) : message.text ? h("p", { class: "text" }, linked(message.text)) : null,
        message.deleted ? null : (message.attachments ?? []).map((file) => this.file(file))),
      h("p", { class: "foot" },
        message.edited && !message.deleted ? h("span", {}, t("widget.edited")) : null,
        h("time", { datetime: message.ts }, time(new Date(message.ts))),
        from === "me" ? h("span", { class: "state" }, t(seen ? "widget.state.read" : "widget.state.sent")) : null));
  }

  mine(one, state) {
    const failed = !["waiting", "accepted"].includes(state);
    return h("div", { class: `message mine ${state === "accepted" ? "" : "pending"}`, "data-id": one.id },
      h("div", { class: "bubble" },
        one.text ? h("p", { class: "text" }, linked(one.text)) : null,
        one.uploads.map((file) => h("p", { class: "file" }, icon("file"), h("span", {}, file.name)))),
      h("p", { class: "foot" },
        failed ? h("span", { class: "error" }, t(`widget.error.${state}`)) : null,
        failed ? h("button", { type: "button", class: "link", onclick: () => this.on.drop(one.id) }, t("widget.drop")) : null,
        failed ? null : h("time", {}, time(new Date(one.at))),
        failed ? null : h("span", { class: "state" }, t(`widget.state.${state === "accepted" ? "sent" : "waiting"}`))));
  }

  file(file) {
    if (file.state === "words") return h("p", { class: "file" }, h("span", {}, file.words));
    if (file.state !== "ready") return h("p", { class: "file" }, icon("file"), h("span", {}, `${file.name || t("widget.file")} · ${t(`widget.file.${file.state}`)}`));
    return h("p", { class: "file" }, icon("file"),
      h("button", { type: "button", class: "link", onclick: () => this.on.file(file) }, file.name || t("widget.file")),
      file.size ? h("span", { class: "size" }, size(file.size)) : null);
  }
}

const UNITS = ["byte", "kilobyte", "megabyte"];
export const size = (bytes) => {
  let left = bytes;
  let unit = 0;
  while (left >= 1000 && unit < UNITS.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(config.lang, { style: "unit", unit: UNITS[unit], maximumFractionDigits: left < 10 && unit ? 1 : 0 }).format(left);
};
