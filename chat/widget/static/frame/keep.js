// What a browser keeps for the visitor: his token, and each thing he wrote that is not sent yet under a name of its own,
// so that two tabs never write over one another. A browser that keeps nothing for frames of others has it kept by the
// page around us; one that does not do that either, as long as the page is open.
import { config } from "./config.js";

const PREFIX = `okno:${config.site}:`;
const memory = new Map();
let tell = null;
let heard = () => null;

const own = (() => {
  try {
    localStorage.getItem(PREFIX);
    return true;
  } catch {
    return false;
  }
})();

export const kept = (key, otherwise = null) => {
  if (!own || memory.has(key)) return memory.get(key) ?? otherwise;
  const text = localStorage.getItem(PREFIX + key);
  return text === null ? otherwise : JSON.parse(text);
};
export const keep = (key, value) => {
  if (!own) {
    if (value === null) memory.delete(key);
    else memory.set(key, value);
    tell?.({ what: "keep", key, value });
    return;
  }
  memory.delete(key);
  if (value === null) {
    localStorage.removeItem(PREFIX + key);
    return;
  }
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    memory.set(key, value); // it is full: as long as the page is open
  }
};
export const all = (prefix) => {
  const theirs = own ? Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)) : [];
  return [...new Set([...theirs, ...memory.keys()])].filter((key) => key.startsWith(prefix)).map((key) => kept(key)).filter((value) => value !== null);
};

// The page around us says what it kept, and what another tab keeps now; `listener` hears of the latter.
export const beside = (page) => { if (!own) tell = page; };
export const adopt = (values) => { if (!own) for (const [key, value] of Object.entries(values ?? {})) memory.set(key, value); };
export const elsewhere = (key, value) => {
  if (own) return;
  if (value === null) memory.delete(key);
  else memory.set(key, value);
  heard();
};
export const listen = (listener) => {
  heard = listener;
  addEventListener("storage", (event) => { if (event.key?.startsWith(PREFIX)) heard(); });
};

// Only one tab sends at a time; each reads anew what is left to send. Where a frame of others may hold no lock, each
// sends: the clinic knows a message by its id.
export const alone = async (key, work) => {
  if (!navigator.locks) return work();
  let begun = false;
  try {
    return await navigator.locks.request(PREFIX + key, () => {
      begun = true;
      return work();
    });
  } catch (error) {
    if (begun) throw error;
    return work();
  }
};
