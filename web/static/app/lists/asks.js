// What the page of lists asks: the lists every few seconds while it is seen, people of one when something has changed.
import { signal } from "@preact/signals";
import { csrf } from "../boot.js";
import { has, t } from "../i18n.js";
import { toast } from "../parts/toast.js";

export const PAGE = 50;
const LONGEST = 500;
const EVERY = 3000; // ms
export const lists = signal({ status: "loading", items: [], toConfirm: 0 });
export const flows = signal([]); // [{name, title}]
export const chosen = signal(null); // a list's id
export const people = signal({ status: "loading", of: null, state: "", items: [], more: false });

/** Ask; never throws. `key` makes an order one, however often it is sent. Returns {ok, status, data}. */
export async function ask(method, path, body, key) {
  const headers = { "Okno-Form": csrf, ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(key ? { "Idempotency-Key": key } : {}) };
  try {
    const answer = await fetch(`/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { ok: answer.ok, status: answer.status, data: await answer.json().catch(() => ({})) };
  } catch {
    return { ok: false, status: 0, data: {} };
  }
}

/** Why it was not done, in words. */
export const refusal = (answer) => (answer.status === 0 || answer.status === 503 ? t("lists.away") : has(answer.data.key) && answer.data.key.startsWith("refused.") ? t(answer.data.key) : t("lists.refused"));

export const list = () => lists.value.items.find((one) => one.id === chosen.value) ?? null;

export async function load() {
  const answer = await ask("GET", "/lists");
  if (!answer.ok) { lists.value = { ...lists.peek(), status: lists.peek().status === "ready" ? "old" : "failed" }; return; }
  const before = lists.peek().items.find((one) => one.id === chosen.peek());
  lists.value = { status: "ready", items: answer.data.items, toConfirm: answer.data.to_confirm };
  const now = answer.data.items.find((one) => one.id === chosen.peek());
  if (now && before && JSON.stringify(now.counts) !== JSON.stringify(before.counts)) loadPeople(people.peek().state, people.peek().items.length);
}

export async function loadFlows() {
  const answer = await ask("GET", "/directory");
  if (answer.ok) flows.value = Object.entries(answer.data.document.flows ?? {}).map(([name, flow]) => ({ name, title: flow.title }));
}

/** The first people of the chosen list, or as many as are shown already. */
export async function loadPeople(state = "", shown = 0) {
  const of = chosen.peek();
  if (!of) return;
  if (people.peek().of !== of || people.peek().state !== state) people.value = { status: "loading", of, state, items: [], more: false };
  const limit = Math.max(PAGE, Math.min(shown, LONGEST));
  const answer = await ask("GET", `/lists/${of}/people?limit=${limit}&state=${state}`);
  if (chosen.peek() !== of || people.peek().state !== state) return;
  people.value = answer.ok ? { status: "ready", of, state, items: answer.data.items, more: answer.data.items.length === limit } : { ...people.peek(), status: people.peek().items.length ? "ready" : "failed" };
}

export async function morePeople() {
  const { of, state, items } = people.peek();
  const answer = await ask("GET", `/lists/${of}/people?limit=${PAGE}&state=${state}&after=${items.at(-1)?.place ?? 0}`);
  if (!answer.ok) { toast(refusal(answer), "danger"); return; }
  if (people.peek().of === of && people.peek().state === state) people.value = { ...people.peek(), items: [...people.peek().items, ...answer.data.items], more: answer.data.items.length === PAGE };
}

/** Everybody of a list, to be taken away as a file (the audit trail says so); or the answer that was none. */
export async function everybody(id) {
  let items = [];
  for (;;) {
    const answer = await ask("GET", `/lists/${id}/people?export=true&limit=${LONGEST}&after=${items.at(-1)?.place ?? 0}`);
    if (!answer.ok) return answer;
    items = [...items, ...answer.data.items];
    if (answer.data.items.length < LONGEST) return { ok: true, items };
  }
}

export function choose(id) {
  chosen.value = id;
  if (id) loadPeople();
}

/** Pause, go on, stop, pace; says what came of it. */
export async function steer(id, order) {
  const answer = await ask("POST", `/lists/${id}/steer`, order, crypto.randomUUID());
  if (answer.ok) lists.value = { ...lists.peek(), items: lists.peek().items.map((one) => (one.id === id ? answer.data : one)) };
  else toast(refusal(answer), "danger");
  return answer.ok;
}

export async function steerPerson(id, what) {
  const answer = await ask("POST", `/list-people/${id}/steer`, { what }, crypto.randomUUID());
  if (!answer.ok) toast(refusal(answer), "danger");
  await Promise.all([load(), loadPeople(people.peek().state, people.peek().items.length)]);
}

/** Look every few seconds while the page is seen; returns how to stop. */
export function watch() {
  load();
  const again = setInterval(() => { if (document.visibilityState === "visible") load(); }, EVERY);
  return () => clearInterval(again);
}
