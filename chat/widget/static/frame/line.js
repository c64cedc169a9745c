// The line to the clinic: what is written is kept until the clinic has it, and after each gap everything is asked for
// from the last number on. A number seen twice is dropped, a hole is asked again.
import { io } from "../vendor/socket.io.mjs";
import { config } from "./config.js";
import { all, alone, keep, listen } from "./keep.js";

const ANSWER_MS = 10_000;
const PAUSE_MS = 2_000;
const OLDEST_MS = 30 * 86_400_000;

export class Line {
  // `on` hears: message, accepted, state, typing, read, closed, conversation, entered, link, queue, refused, stranger.
  constructor(on) {
    this.on = on;
    this.token = "";
    this.conversation = null;
    this.last = 0;
    this.greeted = false;
    this.draining = false;
    this.socket = io("/widget", {
      path: "/widget/socket.io", transports: ["websocket", "polling"], tryAllTransports: true, autoConnect: false,
      reconnectionDelay: 300, reconnectionDelayMax: 5_000, timeout: ANSWER_MS,
    });
    this.socket.on("connect", () => this.hello());
    this.socket.on("disconnect", (reason) => {
      this.greeted = false;
      this.on.link(false);
      // The other connections are made again by the client itself.
      if (reason === "io server disconnect") this.later(PAUSE_MS);
    });
    this.socket.io.on("reconnect_attempt", () => this.on.link(false));
    this.socket.on("msg", (message) => this.heard(message));
    this.socket.on("state", (state) => this.on.state(state));
    this.socket.on("typing", (said) => this.on.typing(Boolean(said.on)));
    this.socket.on("read", (said) => this.on.read(said.up_to_seq));
    this.socket.on("closed", (said) => { if (said.conversation === this.conversation) this.on.closed(); });
    addEventListener("online", () => this.again());
    addEventListener("pageshow", () => this.again());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.again(); });
    listen(() => { this.on.queue(); this.drain(); });
  }

  begin(token) {
    this.token = token;
    if (this.socket.connected) this.hello();
    else this.socket.connect();
  }

  end() {
    this.token = "";
    this.conversation = null;
    this.last = 0;
    clearTimeout(this.timer);
    this.socket.disconnect();
  }

  again() {
    if (this.token && !this.socket.connected) this.socket.connect();
    else if (this.token) this.hello();
  }

  get connected() {
    return this.greeted && this.socket.connected;
  }

  async ask(event, body) {
    // What is said before the greeting would wait in the socket, and be nobody's when it comes.
    if (event !== "hello" && !this.connected) throw new Error("down");
    return this.socket.timeout(ANSWER_MS).emitWithAck(event, body);
  }

  // After each connection, and whenever a number is missing.
  async hello() {
    if (this.asking) {
      this.missed = true;
      return;
    }
    this.asking = true;
    try {
      let answer;
      do {
        answer = await this.ask("hello", { visitor_token: this.token, conversation: this.conversation, since_seq: this.last, lang: config.lang });
        if (answer.error) {
          if (answer.error.code === "stranger") this.on.stranger();
          else this.later((answer.error.retry_after ?? 2) * 1000);
          return;
        }
        this.entered(answer);
        this.on.entered(answer);
      } while (answer.more);
      this.greeted = true;
      this.on.link(true);
      this.on.state(answer.state);
    } catch {
      this.later(PAUSE_MS);
      return;
    } finally {
      this.asking = false;
    }
    if (this.missed) {
      this.missed = false;
      this.hello();
    }
    this.drain();
  }

  later(pause) {
    this.on.link(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.again(), pause);
  }

  entered(answer) {
    if (answer.conversation !== this.conversation) {
      if (this.conversation) this.on.conversation(answer.conversation);
      this.conversation = answer.conversation;
      this.last = 0;
    }
    for (const message of answer.messages) this.take(message);
  }

  heard(message) {
    if (!this.greeted || this.asking) {
      this.missed = true;
      return;
    }
    if (message.conversation !== this.conversation) {
      if (this.conversation) this.on.conversation(message.conversation);
      this.conversation = message.conversation;
      this.last = 0;
    }
    if (message.after > this.last) this.hello();
    else this.take(message);
  }

  // `n` is the number of a message's last change; each change takes the next one.
  take(message) {
    if (message.n <= this.last) return;
    this.last = message.n;
    this.done(message.id);
    this.on.message(message);
  }

  get out() {
    return all("out:").sort((a, b) => a.at - b.at || a.n - b.n);
  }

  // The clinic has it: `kept` when it is not shown by the line yet.
  done(id, kept = false) {
    if (kept) this.on.accepted(id);
    if (this.out.some((one) => one.id === id)) {
      keep(`out:${id}`, null);
      this.on.queue();
    }
  }

  write(text, uploads = [], reply = null) {
    const id = crypto.randomUUID?.() ?? ([1e7] + -1e3 + -4e3 + -8e3 + -1e11).replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));
    this.written = (this.written ?? 0) + 1;
    keep(`out:${id}`, { id, text, uploads, reply, at: Date.now(), n: this.written });
    this.on.queue();
    this.drain();
    return id;
  }

  async drain() {
    if (this.draining || !this.connected) return;
    this.draining = true;
    try {
      let pause = 0;
      while (this.connected && this.out.some((one) => !one.failed)) {
        pause = await alone("out", () => this.one());
        if (pause) await new Promise((resolve) => { setTimeout(resolve, pause); });
      }
    } finally {
      this.draining = false;
    }
  }

  // Send the oldest; return how long to wait before the next.
  async one() {
    const next = this.out.find((one) => !one.failed);
    if (!next || !this.connected) return 0;
    let answer;
    try {
      answer = await this.ask("msg", {
        client_msg_id: next.id, text: next.text, reply_to: next.reply, upload_ids: next.uploads.map((one) => one.id),
        age_ms: Math.min(OLDEST_MS, Math.max(0, Date.now() - next.at)),
      });
    } catch {
      return PAUSE_MS; // whether it came is not known: the same id is the same message
    }
    if (answer.ok) {
      this.done(next.id, true);
      return 0;
    }
    if (answer.error.code === "stranger") this.on.stranger();
    if (["rate", "down", "stranger", "failed"].includes(answer.error.code)) {
      this.on.refused(next, answer.error, false);
      return (answer.error.retry_after ?? 2) * 1000;
    }
    keep(`out:${next.id}`, { ...next, failed: answer.error.code });
    this.on.refused(next, answer.error, true);
    return 0;
  }
}
