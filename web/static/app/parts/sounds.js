// Sounds are made here, not fetched: a call, an offer, a message and an overdue request sound different. Only a ringing call and an
// offer repeat. One tab of a person sounds, whichever holds the lock; the others know it. «Quiet» leaves the ringing call.
import { computed, effect, signal } from "@preact/signals";
import { me } from "../boot.js";
import { quiet, sink, volume } from "../memory.js";

const NOTES = { // [hertz, from, for] in seconds
  call: [[660, 0, 0.35], [880, 0.4, 0.35], [660, 0.8, 0.35]],
  offer: [[784, 0, 0.18], [988, 0.2, 0.3]],
  overdue: [[330, 0, 0.5]],
  word: [[587, 0, 0.15]],
  chat: [[880, 0, 0.09], [1175, 0.11, 0.14]],
};
const EVERY = { call: 3000, offer: 5000 };

/** What has sounded in this tab, by kind: for the tests. */
export const heard = { call: 0, offer: 0, overdue: 0, word: 0, chat: 0 };
/** The browser lets no page sound before its first click: something should have sounded and did not. */
export const silenced = signal(false);
/** Whether this tab is the one that sounds and notifies. */
export const loud = signal(!navigator.locks);
navigator.locks?.request(`okno.loud.${me.login}`, () => { loud.value = true; return new Promise(() => {}); });

let context = null;
let output = "";

async function ready() {
  context ??= new AudioContext();
  if (output !== sink.peek() && context.setSinkId) {
    output = sink.peek();
    await context.setSinkId(output).catch(() => { sink.value = ""; }); // the device is gone: the system's own
  }
  if (context.state === "suspended") await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 200))]);
  return context.state === "running";
}

/** Play a sound now, at the chosen volume. A browser that has seen no click yet keeps silent: it allows no page to sound. */
export async function play(kind) {
  heard[kind] += 1;
  if (!volume.peek()) return;
  silenced.value = !(await ready());
  if (silenced.value) return;
  for (const [hertz, from, length] of NOTES[kind]) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    const start = context.currentTime + from;
    const loudness = (volume.peek() / 100) ** 2 * 0.5;
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness, start + 0.02);
    gain.gain.setTargetAtTime(0, start + length * 0.6, length * 0.15);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + length + 0.3);
  }
}

/** A click has come: sounds are allowed from now on. */
export async function allowSounds() { silenced.value = !(await ready()); }

for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => { if (silenced.peek()) allowSounds(); }, { capture: true });

/** Sound once, unless another tab does or «quiet» is on. */
export const sound = (kind) => { if (loud.peek() && !quiet.peek()) play(kind); };

/** Sound again and again while `on` (a signal) is true; `through` sounds in quiet too. */
export function repeat(kind, on, through = false) {
  let timer = 0;
  const may = computed(() => on.value && loud.value && (through || !quiet.value));
  effect(() => {
    clearInterval(timer);
    if (!may.value) return;
    play(kind);
    timer = setInterval(play, EVERY[kind], kind);
  });
}

/** The devices sounds may come out of: [{id, label}]; browsers name them only once the microphone was allowed. */
export async function outputs() {
  if (!navigator.mediaDevices?.enumerateDevices || !("setSinkId" in AudioContext.prototype)) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((one) => one.kind === "audiooutput" && one.deviceId && one.label).map((one) => ({ id: one.deviceId, label: one.label }));
}
