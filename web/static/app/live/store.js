// The browser's copy of the world. Rows are replaced, never changed, so that identity tells what is new.
import { batch, signal } from "@preact/signals";

const NAMES = ["calls", "requests", "operators", "queues", "pbxes", "offers", "alerts", "lines", "rules"];
const tables = Object.fromEntries(NAMES.map((name) => [name, new Map()]));
const versions = Object.fromEntries(NAMES.map((name) => [name, signal(0)]));
const watchers = new Set();

/** A whole table; reading it subscribes to its changes. */
export function rows(name) {
  versions[name].value;
  return tables[name];
}

export const row = (name, id) => (id ? rows(name).get(id) : undefined);

/** Called with (table, id, row or null, row before) for each change that came by a patch. Returns how to stop. */
export function watch(listener) {
  watchers.add(listener);
  return () => watchers.delete(listener);
}

function touch(names) {
  batch(() => { for (const name of names) versions[name].value += 1; });
}

/** Everything anew: the start, a long absence, another engine. */
export function replaceAll(snapshot) {
  for (const name of NAMES) tables[name] = new Map(Object.entries(snapshot[name] ?? {}));
  touch(NAMES);
}

/** A patch's operations in order: ["set", table, id, row] or ["del", table, id]. */
export function applyOps(ops) {
  const touched = new Set();
  batch(() => {
    for (const [op, name, id, next] of ops) {
      const table = tables[name];
      if (!table) continue;
      const before = table.get(id);
      if (op === "set") table.set(id, next);
      else table.delete(id);
      touched.add(name);
      for (const listener of watchers) listener(name, id, op === "set" ? next : null, before);
    }
    touch(touched);
  });
}

/**
 * Show a row as it will be before the server has said so. Returns the way back, which does nothing if the row
 * has moved on meanwhile.
 */
export function hope(name, id, change) {
  const before = tables[name].get(id);
  if (!before) return () => {};
  const hoped = { ...before, ...change, hoped: true };
  tables[name].set(id, hoped);
  touch([name]);
  return () => {
    if (tables[name].get(id) !== hoped) return;
    tables[name].set(id, before);
    touch([name]);
  };
}

/** All tables as plain objects, for the tests that compare two worlds. */
export const worldNow = () => Object.fromEntries(NAMES.map((name) => [name, Object.fromEntries(tables[name])]));
