// SIP by JsSIP, over our own web socket. One call at a time: Asterisk rings a free phone only.
import JsSIP from "jssip";
import { closeMic, hear, hush } from "./audio.js";

const GATHER = 250; // ms: on a LAN the first candidates are all there are
const FREE = { ringing: false, talking: false, held: false, muted: false, dialling: false };
const SETTINGS = {
  register: true, register_expires: 300, session_timers: false, connection_recovery_min_interval: 1, connection_recovery_max_interval: 4, user_agent: "Okno",
};

/** The engine orders the call from this page itself: the phone lifts by itself, nobody has to. */
const byItself = (request) => /answer-after=0/i.test(request.getHeader("Call-Info") ?? "") || /auto/i.test(request.getHeader("Alert-Info") ?? "");

/**
 * A registered phone. `secret` is what the server gave; `host` has openMic(), state(name, reason), line(facts), ended(cause)
 * and renew() for a new password. Returns what can be done with it.
 */
export function open(secret, host) {
  const socket = new JsSIP.WebSocketInterface(location.origin.replace(/^http/, "ws") + secret.socket);
  const ua = new JsSIP.UA({ ...SETTINGS, sockets: [socket], uri: secret.uri, password: secret.password });
  const phone = { session: null, stream: null, facts: FREE, cut: false, renewed: false };
  const tell = (change) => { phone.facts = { ...phone.facts, ...change }; host.line(phone.facts); };

  ua.on("registered", () => {
    phone.renewed = false;
    host.state("ready", "");
    mend(phone);
  });
  ua.on("disconnected", ({ code }) => {
    phone.cut = Boolean(phone.session?.isEstablished());
    if (code === 4001) host.state("elsewhere", "machine");
    else host.state("registering", "socket");
    if (code === 4001 && !phone.session) ua.stop();
  });
  ua.on("registrationFailed", ({ cause, response }) => {
    if ([401, 403].includes(response?.status_code) && !phone.renewed) renew(ua, phone, host);
    else if (cause !== JsSIP.C.causes.CONNECTION_ERROR) host.state("failed", "refused");
  });
  ua.on("newRTCSession", ({ originator, session, request }) => {
    if (phone.session || originator !== "remote") { session.terminate({ status_code: 486 }); return; }
    ring(phone, session, request, host, tell);
  });
  host.state("registering", "");
  ua.start();
  return actions(ua, phone, host);
}

/** Tell Asterisk the way back to us after the socket was cut in mid-call; a call it no longer knows ends here too. */
function mend(phone) {
  if (!phone.cut || !phone.session?.isEstablished()) return;
  phone.cut = false;
  phone.session.renegotiate({ useUpdate: false });
}

async function renew(ua, phone, host) {
  phone.renewed = true;
  const secret = await host.renew();
  if (!secret) { host.state("failed", "refused"); return; }
  ua.set("password", secret.password);
  ua.set("ha1", null);
  ua.register();
}

function ring(phone, session, request, host, tell) {
  phone.session = session;
  const over = ({ cause, originator }) => {
    closeMic(phone.stream);
    hush();
    Object.assign(phone, { session: null, stream: null, cut: false });
    tell(FREE);
    host.ended(cause, originator);
  };
  let timer = 0;
  session.on("icecandidate", ({ ready }) => { clearTimeout(timer); timer = setTimeout(ready, GATHER); });
  session.on("peerconnection", ({ peerconnection }) => peerconnection.addEventListener("track", ({ track, streams }) => hear(streams[0] ?? new MediaStream([track]))));
  session.on("accepted", () => tell({ ringing: false, talking: true }));
  session.on("hold", ({ originator }) => { if (originator === "local") tell({ held: true }); });
  session.on("unhold", ({ originator }) => { if (originator === "local") tell({ held: false }); });
  session.on("muted", () => tell({ muted: true }));
  session.on("unmuted", () => tell({ muted: false }));
  session.on("ended", over);
  session.on("failed", over);
  const own = byItself(request);
  tell({ ringing: !own, dialling: own });
  if (own) answer(phone, host);
}

async function answer(phone, host) {
  const { session } = phone;
  if (!session || session.isEstablished() || phone.stream) return;
  try {
    phone.stream = await host.openMic();
  } catch (error) {
    host.state("blocked", error.reason ?? "mic_failed");
    return;
  }
  if (phone.session !== session) { closeMic(phone.stream); phone.stream = null; return; } // the caller gave up meanwhile
  session.answer({ mediaStream: phone.stream, pcConfig: { iceServers: [] } });
}

function actions(ua, phone, host) {
  const when = (act) => (...args) => { if (phone.session?.isEstablished()) act(phone.session, ...args); };
  return {
    answer: () => answer(phone, host),
    hangUp: () => phone.session?.terminate(phone.session.isEstablished() ? {} : { status_code: 486 }),
    hold: when((session, on) => (on ? session.hold() : session.unhold())),
    mute: when((session, on) => (on ? session.mute({ audio: true }) : session.unmute({ audio: true }))),
    tones: when((session, digits) => session.sendDTMF(digits, { transportType: "RFC2833", duration: 120, interToneGap: 80 })),
    /** Speak through another microphone from now on. */
    async through() {
      if (!phone.stream || !phone.session?.connection) return;
      const stream = await host.openMic();
      const [track] = stream.getAudioTracks();
      const sender = phone.session.connection.getSenders().find((one) => one.track?.kind === "audio");
      track.enabled = sender?.track?.enabled ?? true;
      await sender?.replaceTrack(track);
      closeMic(phone.stream);
      phone.stream = stream;
    },
    busy: () => Boolean(phone.session),
    /** How it stands for the tests: bytes and packets of the call. */
    stats: () => phone.session?.connection?.getStats(),
    close: () => ua.stop(),
  };
}
