// Nothing moves under the hand: while the pointer or the focus is in the list its order is frozen. Rows that leave stay
// as ghosts, rows that come are counted and wait for the bar «3 new» or for the hand to go.
import { useRef } from "preact/hooks";

/**
 * {shown: rows, fresh: how many wait, release}; `list` is the true order, `frozen` whether to keep the one on the screen,
 * `find` tells a row that left this list but not the world (somebody took it: that is what its row then says).
 */
export function useFrozenOrder(list, frozen, name, find) {
  const kept = useRef({ name: null, rows: [] });
  if (!frozen || kept.current.name !== name) {
    kept.current = { name, rows: list };
    return { shown: list, fresh: 0, release: () => {} };
  }
  const now = new Map(list.map((row) => [row.id, row]));
  const shown = kept.current.rows.map((row) => now.get(row.id) ?? find(row.id) ?? (row.ghost ? row : { ...row, ghost: true }));
  kept.current = { name, rows: shown };
  const here = new Set(shown.map((row) => row.id));
  const fresh = list.reduce((count, row) => count + (here.has(row.id) ? 0 : 1), 0);
  return { shown, fresh, release: () => { kept.current = { name, rows: list }; } };
}
