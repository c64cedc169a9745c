// Where the visitor writes; files wait beside the text until both are sent.
import { config, t } from "./config.js";
import { h, icon } from "./dom.js";

const AT_ONCE = 10;
const TYPING_MS = 3_000;

export class Composer {
  // `on` has send(text, uploads), upload(file, name) → {upload_id, name}, typing(on).
  constructor(on) {
    this.on = on;
    this.files = [];
    this.told = 0;
    this.input = h("textarea", { rows: "1", maxlength: "4000", "aria-label": t("widget.write"), placeholder: t("widget.write"), oninput: () => this.typed(), onkeydown: (event) => this.keyed(event) });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, accept: config.accept, onchange: () => this.take(this.picker.files) });
    this.said = h("p", { class: "wrong", role: "alert" });
    this.chips = h("ul", { class: "chips", "aria-label": t("widget.files") });
    this.button = h("button", { type: "submit", class: "plain send", "aria-label": t("widget.send") }, icon("send"));
    this.node = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.send(); } },
      this.chips, this.said,
      h("div", { class: "row" }, h("button", { type: "button", class: "plain", "aria-label": t("widget.attach"), onclick: () => this.picker.click() }, icon("clip")),
        this.picker, this.input, this.button));
    this.node.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); this.take(event.clipboardData.files); } });
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => { event.preventDefault(); if (this.node.isConnected) this.take(event.dataTransfer.files); });
  }

  say(words) {
    this.said.textContent = words;
  }

  keyed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
  }

  typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
    if (Date.now() - this.told < TYPING_MS) return;
    this.told = Date.now();
    this.on.typing(true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.on.typing(false), TYPING_MS + 1_000);
  }

  send() {
    const text = this.input.value.trim();
    if ((!text && !this.files.length) || this.files.some((one) => !one.id)) return;
    this.on.send(text, this.files.map(({ id, name }) => ({ id, name })));
    clearTimeout(this.timer);
    this.told = 0;
    this.input.value = "";
    this.input.style.height = "auto";
    this.files = [];
    this.draw();
    this.input.focus();
  }

  async take(files) {
    this.say("");
    for (const file of [...files]) {
      if (this.files.length >= AT_ONCE) this.say(t("widget.error.too_many_files"));
      else if (file.size > config.most) this.say(t("widget.error.too_big"));
      else await this.one(file);
    }
    this.picker.value = "";
  }

  async one(file) {
    const waiting = { id: "", name: file.name };
    this.files.push(waiting);
    this.draw();
    try {
      waiting.id = (await this.on.upload(file, file.name)).upload_id;
    } catch (error) {
      this.files = this.files.filter((one) => one !== waiting);
      this.say(t(`widget.error.${["too_big", "type", "rate"].includes(error.message) ? error.message : "upload"}`));
    }
    this.draw();
  }

  draw() {
    this.chips.replaceChildren(...this.files.map((one) => h("li", { class: one.id ? "" : "waiting" }, icon("file"), h("span", {}, one.name),
      h("button", { type: "button", class: "plain", "aria-label": t("widget.remove", { name: one.name }), onclick: () => { this.files = this.files.filter((other) => other !== one); this.draw(); } }, icon("close")))));
  }
}
