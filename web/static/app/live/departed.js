// What has just left the lists by another's hand: it stays for three seconds and says who took it, or that it was closed.
import { signal } from "@preact/signals";
import { me } from "../boot.js";
import { serverNow } from "../clock.js";
import { WAITING } from "./selectors.js";
import { watch } from "./store.js";

const STAYS = 3000;
const MOST = 20; // at once; a storm of changes needs no farewells

/** id -> {why: "taken" | "closed", by, row} */
export const departed = signal(new Map());
/** When the last request was closed, in the server's ms; 0 if none was while this page looked. */
export const lastClosed = signal(0);

const over = (row) => !row || row.status === "done" || row.status === "cancelled";

function mark(id, farewell) {
  if (departed.peek().size >= MOST && !departed.peek().has(id)) return;
  departed.value = new Map(departed.peek()).set(id, farewell);
  setTimeout(() => {
    if (departed.peek().get(id) !== farewell) return;
    const left = new Map(departed.peek());
    left.delete(id);
    departed.value = left;
  }, STAYS);
}

watch((name, id, next, before) => {
  if (name !== "requests" || !before || over(before)) return;
  if (over(next)) {
    lastClosed.value = serverNow();
    if (before.owner !== me.operator) mark(id, { why: "closed", by: "", row: { ...before, ghost: true, farewell: "closed" } });
  } else if (WAITING.has(before.hoped ? "queued" : before.status) && next.owner && next.owner !== me.operator) {
    mark(id, { why: "taken", by: next.owner, row: next });
  }
});
