// Nothing moves under the hand: while the pointer or the focus is in the list its order is frozen. Rows that leave stay
// as ghosts, rows that come are counted and wait for the bar «3 new» or for the hand to go. Without a hand, what another
// took or closed still stays in its place for three seconds.
import { useRef } from "preact/hooks";
import { departed } from "../live/departed.js";

function withFarewells(list, before) {
  const gone = departed.value;
  if (!gone.size) return list;
  const here = new Set(list.map((row) => row.id));
  const shown = list.slice();
  before.forEach((row, at) => {
    if (gone.has(row.id) && !here.has(row.id)) shown.splice(Math.min(at, shown.length), 0, gone.get(row.id).row);
  });
  return shown;
}

/**
 * {shown: rows, fresh: how many wait, release}; `list` is the true order, `frozen` whether to keep the one on the screen,
 * `name` of what is listed (another list is never frozen by the one before), `find` tells a row that left this list but
 * not the world (somebody took it: that is what its row then says).
 */
export function useFrozenOrder(list, frozen, name, find) {
  const kept = useRef({ name: null, rows: [] });
  if (!frozen || kept.current.name !== name) {
    const shown = kept.current.name === name ? withFarewells(list, kept.current.rows) : list;
    kept.current = { name, rows: shown };
    return { shown, fresh: 0, release: () => {} };
  }
  const now = new Map(list.map((row) => [row.id, row]));
  const shown = kept.current.rows.map((row) => now.get(row.id) ?? find(row.id) ?? (row.ghost ? row : { ...row, ghost: true }));
  kept.current = { name, rows: shown };
  const here = new Set(shown.map((row) => row.id));
  const fresh = list.reduce((count, row) => count + (here.has(row.id) ? 0 : 1), 0);
  return { shown, fresh, release: () => { kept.current = { name, rows: list }; } };
}
