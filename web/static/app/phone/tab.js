// One tab of this browser is the phone: whichever holds the lock. The others wait for it, and may ask for it.
import { signal } from "@preact/signals";
import { me } from "../boot.js";

const NAME = `okno.phone.${me.login}`;
const ANSWER_WITHIN = 700; // ms; a tab that is frozen does not answer and is not asked twice
const SETTLE = 300;

/** `none`: nobody asked; `mine`; `elsewhere`. */
export const tab = signal("none");
/** Whether a call lives in this tab: set by the device. */
export const busy = { here: () => false };

const channel = new BroadcastChannel(NAME);
let release = () => {};
let waiting = null;
let answered = () => {};

channel.onmessage = ({ data }) => {
  if (data.ask && tab.peek() === "mine") channel.postMessage({ busy: busy.here() });
  if ("busy" in data) answered(data.busy);
};

const held = () => new Promise((done) => {
  tab.value = "mine";
  release = () => { tab.value = "none"; done(); };
});

async function lock(options) {
  try {
    await navigator.locks.request(NAME, options, held);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    if (tab.peek() === "mine") { // another tab took it
      tab.value = "elsewhere";
      wait();
    }
  }
}

function wait() {
  waiting = new AbortController();
  lock({ signal: waiting.signal });
}

/** Become the phone, now or when the tab that is it closes. */
export function claim() {
  if (tab.peek() !== "none") return;
  if (!navigator.locks) { tab.value = "mine"; return; }
  wait();
  setTimeout(() => { if (tab.peek() === "none" && waiting) tab.value = "elsewhere"; }, SETTLE);
}

/** Stop being, and wanting to be, the phone. */
export function leave() {
  waiting?.abort();
  waiting = null;
  release();
  release = () => {};
  tab.value = "none";
}

/** Take the phone from the other tab; false when a call lives there. */
export async function takeOver() {
  const talking = await new Promise((done) => {
    answered = done;
    setTimeout(done, ANSWER_WITHIN, false);
    channel.postMessage({ ask: true });
  });
  if (talking) return false;
  waiting?.abort();
  lock({ steal: true });
  return true;
}
