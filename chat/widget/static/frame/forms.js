// What is asked before the first message, out of hours, for a call back, and at the end.
import { config, t } from "./config.js";
import { h } from "./dom.js";

const LENGTHS = { name: 100, phone: 40, topic: 1000 };
const COMPLETE = { name: "name", phone: "tel" };

const field = (name, required, { lines = false, label = `widget.field.${name}` } = {}) => {
  const id = `field-${name}`;
  const attributes = { id, name, maxlength: LENGTHS[name], required, autocomplete: COMPLETE[name], "aria-describedby": `${id}-wrong` };
  return h("div", { class: "field" },
    h("label", { for: id }, t(label), required ? h("span", { class: "must", "aria-hidden": "true" }, " *") : null),
    lines ? h("textarea", { ...attributes, rows: "3" }) : h("input", { ...attributes, type: name === "phone" ? "tel" : "text" }),
    h("p", { class: "wrong", id: `${id}-wrong`, role: "alert" }));
};

// Consent is a wish of its own: unticked, its words apart from the rest.
const consent = () => h("div", { class: "field consent" },
  h("label", {}, h("input", { type: "checkbox", name: "consent", required: true, id: "field-consent", "aria-describedby": "field-consent-wrong" }),
    h("span", {}, config.consent.text, " ", config.consent.url
      ? h("a", { href: config.consent.url, target: "_blank", rel: "noopener" }, t("widget.consent.more")) : null)),
  h("p", { class: "wrong", id: "field-consent-wrong", role: "alert" }));

const honeypot = () => h("div", { class: "hp", "aria-hidden": "true" },
  h("label", {}, t("widget.field.hp"), h("input", { name: "hp", tabindex: "-1", autocomplete: "off" })));

export const emergency = () => h("p", { class: "emergency", role: "note" }, t("widget.emergency"), " ",
  h("a", { href: "tel:103" }, "103"), " ", t("widget.or"), " ", h("a", { href: "tel:112" }, "112"));

// A form that says which fields are wrong; `send(values)` returns {error: {code, fields?}} or nothing.
const form = (name, title, lead, fields, button, send) => {
  const said = h("p", { class: "wrong", role: "alert" });
  const submit = h("button", { class: "main", type: "submit" }, button);
  const made = h("form", { class: "form", name, novalidate: true, "aria-labelledby": `${name}-title` },
    h("h2", { id: `${name}-title` }, title), lead ? h("p", { class: "lead" }, lead) : null, fields, said, submit);
  const wrong = (input, words) => {
    input.setAttribute("aria-invalid", String(Boolean(words)));
    made.querySelector(`#field-${input.name}-wrong`).textContent = words;
  };
  const inputs = () => [...made.elements].filter((input) => input.name && input.name !== "hp");
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    for (const input of inputs()) wrong(input, input.validity.valid && !(input.required && input.type !== "checkbox" && !input.value.trim()) ? "" : t(`widget.wrong.${input.name}`));
    const first = inputs().find((input) => input.getAttribute("aria-invalid") === "true");
    if (first) {
      first.focus();
      return;
    }
    said.textContent = "";
    submit.disabled = true;
    const values = Object.fromEntries([...made.elements].filter((input) => input.name)
      .map((input) => [input.name, input.type === "checkbox" ? input.checked : input.value.trim()]));
    let answer;
    try {
      answer = await send(values);
    } catch {
      answer = { error: { code: "down" } };
    }
    submit.disabled = false;
    if (!answer?.error) return;
    for (const name of answer.error.fields ?? []) {
      const input = made.elements.namedItem(name);
      if (input) wrong(input, t(`widget.wrong.${name}`));
    }
    said.textContent = t(`widget.error.${answer.error.code}`);
    (inputs().find((input) => input.getAttribute("aria-invalid") === "true") ?? submit).focus();
  });
  return made;
};

export const before = (known, send) => form("before", config.title, config.greeting, [
  emergency(),
  config.ask.includes("name") && !known.name ? field("name", config.required.includes("name")) : null,
  config.ask.includes("phone") && !known.phone ? field("phone", config.required.includes("phone")) : null,
  config.ask.includes("topic") ? field("topic", config.required.includes("topic"), { lines: true }) : null,
  honeypot(), consent(),
], t("widget.start"), send);

export const closed = (known, opens, send) => form("closed", t("widget.closed.title"), opens ? t("widget.closed.opens", { at: opens }) : t("widget.closed.lead"), [
  emergency(),
  known.name ? null : field("name", config.required.includes("name")),
  field("phone", true),
  field("topic", false, { lines: true }),
  honeypot(), known.consent ? null : consent(),
], t("widget.closed.send"), send);

export const callback = (known, send) => form("callback", t("widget.callback.title"), t("widget.callback.lead"), [
  field("phone", true), known.consent ? null : consent(),
], t("widget.callback.send"), send);

export const rating = (send, skip) => {
  const made = form("rating", t("widget.rate.title"), null, [
    h("fieldset", { class: "stars" }, h("legend", {}, t("widget.rate.legend")), [1, 2, 3, 4, 5].map((score) =>
      h("label", {}, h("input", { type: "radio", name: "score", value: String(score), required: true }), h("span", {}, String(score))))),
    h("p", { class: "wrong", id: "field-score-wrong", role: "alert" }),
    h("div", { class: "field" }, h("label", { for: "field-comment" }, t("widget.rate.comment")),
      h("textarea", { id: "field-comment", name: "comment", maxlength: "1000", rows: "2" }), h("p", { class: "wrong", id: "field-comment-wrong" })),
  ], t("widget.rate.send"), async () => send({ score: Number(new FormData(made).get("score")), comment: String(new FormData(made).get("comment")) }));
  made.append(h("button", { type: "button", class: "link", onclick: skip }, t("widget.rate.skip")));
  return made;
};
