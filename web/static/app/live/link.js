// The live protocol: one path for start, reconnect, restart and sleep. Patches are numbered by the engine; a hole or
// another epoch asks for a sync, whose answer is the missed patches or a whole snapshot. Patches arriving meanwhile wait.
import { io } from "socket.io-client";
import { computed, signal } from "@preact/signals";
import { boot } from "../boot.js";
import { onJump, serverNow, setServerTime } from "../clock.js";
import { applyOps, replaceAll } from "./store.js";

const SYNC_TIMEOUT = 8000;
const SYNC_PAUSE = 500; // between two syncs in a row: a server that keeps leaving holes must not be hammered

/** `live`, `syncing` or `offline`: the word in the header. */
export const phase = signal("syncing");
/** When the connection was lost (server ms), or null. */
export const lostAt = signal(null);
export const everLive = signal(false);
export const services = signal({ engine: true, chat: true, mis: true });
/** The engine goes on without its database: what is shown is not stored yet. */
export const unsaved = signal(false);
export const farewell = signal("");
/** The server has another version of this page than the one that is open. */
export const outdated = signal(false);
export const canAct = computed(() => phase.value === "live" && services.value.engine);
/** Counts for the tests: how many syncs brought patches, and how many a snapshot. */
export const counts = { replays: 0, snapshots: 0 };

let epoch = null;
let seq = 0;
let syncing = false;
let attempt = 0;
let lastSync = 0;
let waiting = [];

export const socket = io({
  path: "/socket.io", transports: ["websocket"], autoConnect: false,
  reconnectionDelay: 250, reconnectionDelayMax: 3000, randomizationFactor: 0.4,
});

/** Where this copy of the world stands: for the tests. */
export const position = () => ({ epoch, seq });

function advance(patch) {
  applyOps(patch.ops);
  seq = patch.to;
}

function take(patch) {
  if (syncing) { waiting.push(patch); return; }
  if (patch.epoch !== epoch || patch.from > seq) { waiting.push(patch); sync(); return; }
  if (patch.to <= seq) return;
  advance(patch);
  unsaved.value = Boolean(patch.unsaved);
}

function absorb(answer, roundTrip) {
  setServerTime(answer.now, roundTrip);
  if (answer.snapshot) {
    counts.snapshots += 1;
    replaceAll(answer.snapshot);
  } else {
    counts.replays += 1;
    for (const patch of answer.patches) if (patch.to > seq) advance(patch);
  }
  epoch = answer.epoch;
  seq = answer.seq;
  unsaved.value = Boolean(answer.unsaved);
  if (answer.version && boot.version) outdated.value = answer.version !== boot.version;
}

onJump(() => { if (socket.connected) sync(); });

const again = (mine) => { if (mine === attempt && !farewell.peek()) socket.disconnect().connect(); };

async function sync() {
  if (syncing) return;
  syncing = true;
  const mine = ++attempt;
  phase.value = "syncing";
  const pause = lastSync + SYNC_PAUSE - performance.now();
  if (pause > 0 && lastSync) await new Promise((done) => setTimeout(done, pause));
  if (mine !== attempt) return;
  const asked = performance.now();
  lastSync = asked;
  try {
    const answer = await socket.timeout(SYNC_TIMEOUT).emitWithAck("sync", { epoch, seq });
    if (mine !== attempt) return;
    if (answer.ok === false) throw new Error(answer.why);
    absorb(answer, performance.now() - asked);
  } catch {
    if (mine === attempt) setTimeout(again, SYNC_PAUSE, mine); // no good answer: a new connection asks again
    return;
  }
  syncing = false;
  phase.value = "live";
  everLive.value = true;
  lostAt.value = null;
  const held = waiting.filter((patch) => patch.epoch === epoch);
  waiting = [];
  for (const patch of held) take(patch);
}

// A handshake refused without a word may mean that the session is over; a page tells, a WebSocket cannot.
let refused = 0;
async function askWhy() {
  const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer && (answer.status === 401 || answer.type === "opaqueredirect")) { farewell.value = "expired"; socket.disconnect(); }
}

socket.on("connect", () => { refused = 0; syncing = false; lastSync = 0; sync(); });
socket.on("disconnect", () => {
  attempt += 1;
  syncing = false;
  waiting = [];
  phase.value = "offline";
  lostAt.value ??= serverNow();
});
socket.on("connect_error", () => {
  phase.value = "offline";
  lostAt.value ??= serverNow();
  refused += 1;
  if (refused % 3 === 0) askWhy();
});
socket.on("patch", take);
socket.on("link", (state) => { services.value = { ...services.value, ...state }; });
socket.on("bye", ({ reason }) => { farewell.value = reason; socket.disconnect(); });

/** Ask the server something; throws when it is away or does not answer within `wait` ms. */
export const ask = (event, body, wait = 10000) => {
  if (!socket.connected) return Promise.reject(new Error("offline"));
  return socket.timeout(wait).emitWithAck(event, body);
};

export const connect = () => socket.connect();
