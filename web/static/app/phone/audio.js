// The microphone and the speaker of the phone in the page: which of them, whether they work, how loud.
import { effect, signal } from "@preact/signals";

const remembered = (name) => {
  const made = signal(localStorage.getItem(name) ?? "");
  effect(() => localStorage.setItem(name, made.value));
  return made;
};

/** The chosen devices by id; empty is the system's own. */
export const mic = remembered("okno.mic");
export const speaker = remembered("okno.speaker");

const REASONS = { NotAllowedError: "mic_blocked", SecurityError: "mic_blocked", NotFoundError: "mic_none", OverconstrainedError: "mic_none", NotReadableError: "mic_busy" };
const wishes = (id) => ({ audio: { deviceId: id ? { exact: id } : undefined, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });

/** The microphone, open. Throws an Error whose `reason` is mic_blocked, mic_none, mic_busy, insecure or mic_failed. */
export async function openMic() {
  const wrong = (reason) => Object.assign(new Error(reason), { reason });
  if (!navigator.mediaDevices?.getUserMedia) throw wrong("insecure");
  try {
    return await navigator.mediaDevices.getUserMedia(wishes(mic.peek()));
  } catch (error) {
    if (mic.peek() && REASONS[error.name] === "mic_none") { // the chosen one was unplugged: the system's own
      mic.value = "";
      return openMic();
    }
    throw wrong(REASONS[error.name] ?? "mic_failed");
  }
}

export const closeMic = (stream) => { for (const track of stream?.getTracks() ?? []) track.stop(); };

/** {mics, speakers}: [{id, label}]; browsers name them once the microphone was allowed. */
export async function devices() {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  const of = (kind) => all.filter((one) => one.kind === kind && one.deviceId && one.label).map((one) => ({ id: one.deviceId, label: one.label }));
  return { mics: of("audioinput"), speakers: "setSinkId" in HTMLMediaElement.prototype ? of("audiooutput") : [] };
}

let voice = null;

/** The element the other side is heard from; one for the page. */
export function hear(stream) {
  if (!voice) {
    voice = document.createElement("audio");
    voice.id = "phone-voice";
    voice.autoplay = true;
    document.body.append(voice);
    effect(() => { voice.setSinkId?.(speaker.value).catch(() => { speaker.value = ""; }); });
  }
  voice.srcObject = stream;
  return voice.play().catch((error) => { if (error.name !== "AbortError") throw error; }); // a call that ended at once
}
export const hush = () => { if (voice) voice.srcObject = null; };

/** Tell `take` how loud a stream is, 0 to 1, twenty times a second, until the function returned is called. */
export function measure(stream, take) {
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(ear);
  const samples = new Float32Array(ear.fftSize);
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    take(Math.min(1, Math.sqrt(power) * 4));
  }, 50);
  return () => { clearInterval(timer); context.close(); };
}

/** A short tone out of the chosen speaker. Throws when it cannot sound. */
export async function trySpeaker() {
  const context = new AudioContext();
  if (speaker.peek() && context.setSinkId) await context.setSinkId(speaker.peek());
  const gain = context.createGain();
  gain.gain.value = 0.15;
  gain.connect(context.destination);
  for (const [at, hertz] of [[0, 523], [0.25, 659], [0.5, 784]]) {
    const tone = context.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(gain);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.22);
  }
  setTimeout(() => context.close(), 1200);
}
