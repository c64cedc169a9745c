// What flows, steps, fields and mistakes are called.
import { boot, titled } from "../boot.js";
import { lists } from "../admin/draft.js";
import { flaw as plainFlaw } from "../admin/words.js";
import { has, t } from "../i18n.js";
import { namesOf } from "./shape.js";

const told = (key, plain) => (has(key) ? t(key) : plain);
export const kindTitle = (kind) => told(`ivr.kind.${kind}`, kind);
export const fieldTitle = (field) => told(`ivr.field.${field}`, field);
export const valueTitle = (value) => told(`ivr.value.${value}`, String(value));

/** Each kind's icon and tone: what is heard, what he chooses, what is decided, what is looked up, where it ends. */
const LOOKS = {
  play: ["volume-2", "talk"], say: ["volume-2", "talk"], menu: ["layers", "accent"], digits: ["keyboard", "accent"], hours: ["clock", "warn"], branch: ["arrow-right-left", "warn"],
  set: ["sticky-note", "idle"], lookup: ["search", "wrap"], visit: ["calendar-clock", "wrap"], decide: ["circle-check", "wrap"], http: ["plug-zap", "wrap"], queue: ["users", "ok"],
  callback: ["phone-outgoing", "ok"], voicemail: ["voicemail", "ok"], transfer: ["phone-forwarded", "ok"], survey: ["gauge", "accent"], leave: ["phone-off", "idle"],
};
export const lookOf = (kind) => LOOKS[kind] ?? ["file-text", "idle"];

export const flowTitle = (flow) => titled(flow?.title) || flow?.title?.ru || flow?.title?.en || flow?.name || "";
export const stepTitle = (name, step) => titled(step?.label) || step?.label?.ru || step?.label?.en || name;
export const promptOf = (name) => (lists.value?.prompts ?? []).find((one) => one.name === name);
export const promptTitle = (name) => { const found = promptOf(name); return titled(found?.label) || found?.label?.ru || found?.label?.en || name; };
const queueTitle = (name) => titled(lists.value?.queues.find((one) => one.name === name)?.title) || name;

/** One line of what a step does, for its drawing: the prompt it plays, the queue it leads to. */
export function detailOf(step, fields) {
  const [prompt] = namesOf(step, fields, "prompt");
  const [queue] = namesOf(step, fields, "queue");
  const [hours] = namesOf(step, fields, "hours");
  const [extension] = namesOf(step, fields, "extension");
  if (queue) return queueTitle(queue);
  if (prompt) { const text = promptOf(prompt)?.text; return titled(text) || text?.ru || text?.en || promptTitle(prompt); }
  return hours ?? extension ?? (typeof step.value === "string" && step.value) ?? "";
}

/** What stands at an exit: the key or value that leads there, else the field's name. */
export const exitTitle = ({ field, word }) => word || fieldTitle(field);

/** What a thing somebody may name is called, for the choice in a form: [[value, title], ...]. */
export function choicesOf(what, flow, addresses) {
  switch (what) {
    case "step": return Object.entries(flow.steps ?? {}).map(([name, step]) => [name, stepTitle(name, step) === name ? name : `${stepTitle(name, step)} (${name})`]);
    case "prompt": return (lists.value?.prompts ?? []).map(({ name }) => [name, promptTitle(name)]);
    case "queue": return (lists.value?.queues ?? []).map(({ name }) => [name, queueTitle(name)]);
    case "hours": return (lists.value?.hours ?? []).map(({ name }) => [name, name]);
    case "extension": return (lists.value?.operators ?? []).map((one) => [one.extension, `${one.extension} ${titled(one.title)}`]);
    case "http": return addresses.map((name) => [name, name]);
    default: return [];
  }
}

/** A flaw in the reader's language. */
export function flawText({ word, message, more }) {
  if (word === "broken") return plainFlaw(message);
  if (!has(`ivr.flaw.${word}`)) return message;
  return t(`ivr.flaw.${word}`, { ...more, language: more.language ? t(`lang.${more.language}`) : "", steps: (more.steps ?? []).join(" \u2192 ") });
}

export const inBoth = boot.lang === "ru" ? ["ru", "en"] : ["en", "ru"];
