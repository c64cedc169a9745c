// The flows and prompts of the draft, and every change of them: each can be undone. The draft itself is the directory's.
import { batch, computed, signal } from "@preact/signals";
import { base, lists } from "../admin/draft.js";
import { exitsOf, freshStep, withAt } from "./shape.js";

const MOST = 200; // changes kept
const TYPING = 1500; // ms: letters of one word are one change

/** Kind -> its fields, once the engine has told. */
export const kinds = signal({});
export const flows = computed(() => lists.value?.flows ?? []);
export const prompts = computed(() => lists.value?.prompts ?? []);
/** Which flow and which step of it are open. */
export const flowName = signal("");
export const stepName = signal(null);
export const flow = computed(() => flows.value.find((one) => one.name === flowName.value) ?? flows.value[0] ?? null);

const past = signal([]);
const ahead = signal([]);
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => ahead.value.length > 0);
let last = { what: "", at: 0 };

const now = () => ({ flows: lists.peek().flows, prompts: lists.peek().prompts, flow: flowName.peek(), step: stepName.peek() });

function show(state) {
  batch(() => {
    lists.value = { ...lists.peek(), flows: state.flows, prompts: state.prompts };
    flowName.value = state.flow;
    const steps = state.flows.find((one) => one.name === state.flow)?.steps ?? {};
    stepName.value = state.step in steps ? state.step : null;
  });
}

/** Change flows or prompts; `what` names the change, so that typing on is one change and not one for each letter. */
export function change(what, sections) {
  const typing = what && what === last.what && performance.now() - last.at < TYPING;
  batch(() => {
    if (!typing) past.value = [...past.peek().slice(1 - MOST), now()];
    ahead.value = [];
    lists.value = { ...lists.peek(), ...sections };
  });
  last = { what, at: performance.now() };
}

function turn(from, to) {
  const state = from.peek().at(-1);
  if (!state) return;
  batch(() => {
    to.value = [...to.peek(), now()];
    from.value = from.peek().slice(0, -1);
    show(state);
  });
  last = { what: "", at: 0 };
}
export const undo = () => turn(past, ahead);
export const redo = () => turn(ahead, past);
/** What was undone and redone before does not fit what others have saved. */
export function forgetPast() { past.value = []; ahead.value = []; }

const putFlow = (what, name, changed) => change(what, { flows: lists.peek().flows.map((one) => (one.name === name ? changed : one)) });
const current = () => flow.peek();

export const setFlow = (field, value) => putFlow(`flow.${field}`, current().name, { ...current(), [field]: value });

/** Put a value at a path of a step. */
export function setAt(name, path, value) {
  const one = current();
  putFlow(`${one.name}.${name}.${path.join(".")}`, one.name, { ...one, steps: { ...one.steps, [name]: withAt(one.steps[name], path, value) } });
}

/** A name nobody has yet: menu, menu_2, … */
export function unusedName(wanted, taken) {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}_${number}`;
    if (!taken.includes(name)) return name;
  }
}

/** Add a step of a kind; with `from`, an exit {step, path} leads to it. Returns its name. */
export function addStep(kind, from = null) {
  const one = current();
  const name = unusedName(kind.replace(/[^a-z0-9_-]/g, "_"), Object.keys(one.steps ?? {}));
  const steps = { ...one.steps, [name]: freshStep(kind, kinds.peek()[kind]) };
  if (from) steps[from.step] = withAt(steps[from.step], from.path, name);
  putFlow("", one.name, { ...one, steps, start: one.start || name });
  stepName.value = name;
  return name;
}

/** Every exit that leads to `before` leads to `after`; an empty one leads nowhere. */
function led(steps, before, after) {
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, exitsOf(step, kinds.peek()[step.kind]).filter((exit) => exit.to === before)
    .reduce((made, exit) => withAt(made, exit.path, after), step)]));
}

/** Take a step away; what led to it leads on to where it led first, so that a step between two goes without a gap. */
export function removeStep(name) {
  const one = current();
  const { [name]: gone, ...rest } = one.steps;
  const on = exitsOf(gone, kinds.peek()[gone.kind]).map((exit) => exit.to).find((to) => to && to !== name) ?? "";
  putFlow("", one.name, { ...one, start: one.start === name ? on || Object.keys(rest)[0] || "" : one.start, steps: led(rest, name, on) });
  if (stepName.peek() === name) stepName.value = null;
}

/** Call a step something else, everywhere in its flow. Returns whether it could be. */
export function renameStep(name, wanted) {
  const one = current();
  if (wanted === name || !/^[a-z][a-z0-9_-]{0,39}$/.test(wanted) || wanted in one.steps) return false;
  const steps = Object.fromEntries(Object.entries(led(one.steps, name, wanted)).map(([key, step]) => [key === name ? wanted : key, step]));
  putFlow("", one.name, { ...one, start: one.start === name ? wanted : one.start, steps });
  stepName.value = wanted;
  return true;
}

/** The same step once more, beside it. */
export function copyStep(name) {
  const one = current();
  const made = unusedName(name, Object.keys(one.steps));
  putFlow("", one.name, { ...one, steps: { ...one.steps, [made]: structuredClone(one.steps[name]) } });
  stepName.value = made;
}

/** Add a flow (a copy of one, if given) and open it. */
export function addFlow(name, title, like = null) {
  const made = like ? { ...structuredClone(like), name, title } : { name, title, language: "ru", start: "", steps: {} };
  change("", { flows: [...lists.peek().flows, made] });
  flowName.value = name;
  stepName.value = null;
}

export function removeFlow(name) {
  change("", { flows: lists.peek().flows.filter((one) => one.name !== name) });
  flowName.value = "";
  stepName.value = null;
}

/** A recording is brought or dropped at once, however quickly: only words are typed. */
export const setPrompt = (name, field, value) => change(field === "file" ? "" : `prompt.${name}.${field}`, { prompts: lists.peek().prompts.map((one) => (one.name === name ? { ...one, [field]: value } : one)) });
export const addPrompt = (prompt) => change("", { prompts: [...lists.peek().prompts, prompt] });
export const removePrompt = (name) => change("", { prompts: lists.peek().prompts.filter((one) => one.name !== name) });
/** Whether a prompt or flow is in force already: then its name does not change. */
export const inForce = (section, name) => Boolean(base.value?.lists[section].some((one) => one.name === name));
