// The directory in force, the draft made from it, and what the server says of the draft. A draft outlives a reload of the
// page: it names people who work here and nothing of a patient, and goes with the log-out.
import { batch, computed, effect, signal } from "@preact/signals";
import { api } from "./api.js";
import { documented, listed, SECTIONS } from "./schema.js";

const KEPT = "okno.directory";
const CHECK_AFTER = 400; // ms after the last key
const NOTHING = { errors: [], warnings: [], busy: [], diff: [] };

/** loading, ready or failed. */
export const state = signal("loading");
/** What the draft was made from: {version, head, lists}. */
export const base = signal(null);
/** Section -> entries, as they would be. */
export const lists = signal(null);
/** The server's word about the draft; `fresh` when it is about this very draft. */
export const checked = signal({ ...NOTHING, fresh: false });
/** Who saved meanwhile, while the draft waits to be looked at again: {version, head}. */
export const conflict = signal(null);

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const text = (value) => JSON.stringify(documented(value));
export const dirty = computed(() => Boolean(base.value && lists.value) && text(lists.value) !== text(base.value.lists));
/** Names that are given twice where the document could not say so. */
export const doubled = computed(() => new Set(SECTIONS.filter((one) => one.plain).flatMap(({ id, key }) => {
  const names = (lists.value?.[id] ?? []).map((entry) => entry[key]);
  return names.filter((one, at) => names.indexOf(one) !== at).map((one) => `${id}.${one}`);
})));

const taken = (answer) => ({ version: answer.version, head: answer.head, lists: listed(answer.document) });

/** Fetch the directory in force; a draft of before is taken up again, on top of what others saved meanwhile. */
export async function load({ quietly = false } = {}) {
  if (!quietly) state.value = base.peek() ? "ready" : "loading";
  const answer = await api("GET", "/directory");
  if (!answer.ok) { state.value = base.peek() ? "ready" : "failed"; return; }
  const now = taken(answer.data);
  const kept = read();
  batch(() => {
    if (kept && kept.version !== now.version) {
      conflict.value = { version: now.version, head: now.head };
      lists.value = merged(kept.base, kept.lists, now.lists);
    } else lists.value = kept ? kept.lists : now.lists;
    base.value = now;
    state.value = "ready";
  });
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    return kept && SECTIONS.every(({ id }) => Array.isArray(kept.lists[id]) && Array.isArray(kept.base[id])) ? kept : null;
  } catch {
    return null;
  }
}

effect(() => {
  if (!base.value || !lists.value) return;
  if (dirty.value) localStorage.setItem(KEPT, JSON.stringify({ version: base.value.version, base: base.value.lists, lists: lists.value }));
  else localStorage.removeItem(KEPT);
});

let last = 0;
let waiting = 0;
/** Ask the server about the draft, now; its answer counts only if the draft is still the same. */
export async function check() {
  const mine = ++last;
  clearTimeout(waiting);
  const answer = await api("POST", "/directory/check", { document: documented(lists.peek()) });
  if (mine !== last) return null;
  checked.value = answer.ok ? { ...answer.data, fresh: true } : { ...checked.peek(), fresh: false };
  return answer;
}
effect(() => {
  if (!lists.value || !base.value) return;
  clearTimeout(waiting);
  last += 1;
  checked.value = dirty.value ? { ...checked.peek(), fresh: false } : { ...NOTHING, fresh: true };
  if (dirty.value) waiting = setTimeout(check, CHECK_AFTER);
});

const put = (section, entries) => { lists.value = { ...lists.peek(), [section]: entries }; };
export const setEntry = (section, at, entry) => put(section, lists.peek()[section].map((one, place) => (place === at ? entry : one)));
export const removeEntry = (section, at) => put(section, lists.peek()[section].filter((_, place) => place !== at));
export function addEntry(section, entry) { put(section, [...lists.peek()[section], entry]); return lists.peek()[section].length - 1; }
export function moveEntry(section, at, by) {
  const entries = [...lists.peek()[section]];
  entries.splice(at + by, 0, ...entries.splice(at, 1));
  put(section, entries);
}
export const discard = () => { batch(() => { lists.value = base.peek().lists; conflict.value = null; }); };

/** Whether an entry is new, changed or as it was: what the table marks. */
export function standing(section, entry) {
  const { key } = SECTIONS.find((one) => one.id === section);
  const before = base.value.lists[section].find((one) => one[key] === entry[key]);
  return !before ? "new" : same(before, entry) ? "" : "changed";
}

/** Save the draft as the next version. Returns the server's answer; a stale base is taken over, the draft kept on top. */
export async function save(note, force) {
  const answer = await api("PUT", "/directory", { base: base.peek().version, document: documented(lists.peek()), note, force });
  if (answer.ok) {
    localStorage.removeItem(KEPT);
    conflict.value = null;
    const now = await api("GET", "/directory");
    if (now.ok) batch(() => { base.value = taken(now.data); lists.value = base.value.lists; });
  } else if (answer.status === 409 && answer.data.newest) {
    const now = taken(answer.data.newest);
    batch(() => {
      lists.value = merged(base.peek().lists, lists.peek(), now.lists);
      base.value = now;
      conflict.value = { version: now.version, head: now.head };
    });
  }
  return answer;
}

/** My edits on top of theirs, entry by entry and field by field; where both touched a field, mine stands and is shown. */
export function merged(before, mine, theirs) {
  return Object.fromEntries(SECTIONS.map(({ id, key }) => {
    const named = (entries) => new Map(entries.map((one) => [one[key], one]));
    const [b, m, th] = [named(before[id]), named(mine[id]), named(theirs[id])];
    const kept = theirs[id].filter((one) => m.has(one[key]) || !b.has(one[key])).map((one) => over(b.get(one[key]), m.get(one[key]), one));
    const added = mine[id].filter((one) => !th.has(one[key]) && (!b.has(one[key]) || !same(b.get(one[key]), one)));
    const entries = [...kept, ...added];
    const order = (list) => list.map((one) => one[key]).filter((one) => b.has(one) && m.has(one));
    if (!same(order(before[id]), order(mine[id]))) {
      const place = new Map(mine[id].map((one, at) => [one[key], at]));
      entries.sort((one, other) => (place.get(one[key]) ?? Infinity) - (place.get(other[key]) ?? Infinity));
    }
    return [id, entries];
  }));
}

function over(before, mine, theirs) {
  if (!mine) return theirs;
  const fields = Object.keys({ ...theirs, ...mine });
  return Object.fromEntries(fields.map((field) => [field, before && same(before[field], mine[field]) ? theirs[field]
    : field === "steps" ? steps(before?.steps, mine.steps, theirs.steps) : mine[field]]));
}

/** Two who changed different steps of one flow keep both changes. */
function steps(before = {}, mine = {}, theirs = {}) {
  const names = Object.keys({ ...theirs, ...mine });
  return Object.fromEntries(names.map((name) => [name, same(before[name], mine[name]) ? theirs[name] : mine[name]]).filter(([, step]) => step));
}
