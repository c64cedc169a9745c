// The frame: which of its faces is shown, and what the visitor does in it.
import { Composer } from "./composer.js";
import { config, t } from "./config.js";
import { h, icon } from "./dom.js";
import { before, callback, closed, emergency, rating } from "./forms.js";
import { adopt, beside, elsewhere, keep, kept } from "./keep.js";
import { Line } from "./line.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";

const LONG_WAIT_MS = 60_000;
const FRESH_MS = 60_000;
const page = { url: "", referrer: "", utm: {}, identity: null, origin: "" };
const known = { name: "", phone: "", consent: false, started: false };
const state = { open: false, began: false, token: "", hours: { open: true, at: "" }, standing: { status: "" }, heard: 0, rated: false, offered: false };

const tell = (said) => { if (page.origin) parent.postMessage({ okno: 1, ...said }, page.origin); };
const headers = () => ({ "Okno-Visitor": state.token });

const status = h("p", { class: "status", role: "status" });
const banner = h("p", { class: "banner", role: "status", hidden: true });
const offer = h("div", { class: "offer", hidden: true });
const main = h("main", {});
const log = new Log({
  drop: (id) => { line.done(id); log.pending(line.out); },
  file: (file) => download(file),
});
const typing = h("p", { class: "typing", role: "status" });
const line = new Line({
  message: (message) => { log.put(message); typing.textContent = ""; seen(); },
  accepted: (id) => log.taken(id),
  queue: () => log.pending(line.out),
  state: (standing) => { state.standing = standing; stands(); },
  typing: (on) => { typing.textContent = on ? t("widget.typing") : ""; },
  read: (seq) => log.read(seq),
  closed: () => { state.standing = { ...state.standing, status: "closed" }; state.rated = false; stands(); show(); },
  conversation: () => { log.clear(); state.heard = 0; log.pending(line.out); },
  entered: (answer) => { state.heard = Math.max(state.heard, answer.heard_seq); log.read(answer.read_seq ?? 0); seen(); },
  link: (up) => { banner.hidden = up; banner.textContent = up ? "" : t("widget.offline"); },
  refused: (one, error, over) => { if (!over && error.code === "rate") composer.say(t("widget.error.rate")); log.pending(line.out); },
  stranger: () => restart(),
});
const composer = new Composer({
  send: (text, uploads) => { line.write(text, uploads); composer.say(""); show(); },
  upload: (file, name) => upload(file, name),
  typing: (on) => { if (line.connected) line.socket.emit("typing", { on }); },
});
const menu = new Menu({
  links: () => line.ask("links", {}),
  callback: () => face("callback"),
  end: () => finish(),
});

const post = async (path, body) => {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

// What the clinic knows of this visitor, and whether somebody is there.
const session = async () => {
  const answer = await post("/widget/session", {
    site_key: config.site, visitor_token: kept("token", ""), page_url: page.url, referrer: page.referrer, utm: page.utm,
    identity: page.identity, lang: config.lang,
  });
  state.token = answer.visitor_token;
  state.asked = Date.now();
  // A person the site vouches for is asked for anew on each page: his token is for this page only.
  keep("token", page.identity ? null : answer.visitor_token);
  Object.assign(known, answer.visitor);
  state.hours = { open: answer.queue.open, at: answer.queue.opens_at ?? "" };
  state.standing = { status: "", position: answer.queue.position, eta_s: answer.queue.eta_s };
  if (known.started) {
    tell({ what: "used" });
    line.begin(state.token);
  }
};
const begin = async () => {
  if (state.began) return;
  state.began = true;
  for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
    try {
      await session();
      break;
    } catch {
      banner.hidden = false;
      banner.textContent = t("widget.offline");
      await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
  }
  banner.hidden = true;
  log.pending(line.out);
  face(known.started ? "chat" : state.hours.open ? "before" : "closed");
  stands();
};
const restart = async () => {
  line.end();
  keep("token", null);
  Object.assign(known, { name: "", phone: "", consent: false, started: false });
  state.began = false;
  log.clear();
  await begin();
};

// The visitor gave his consent and says who he is; his line begins.
const start = async (values) => {
  const answer = await post("/widget/start", { site_key: config.site, visitor_token: state.token, ...values,
    page_url: page.url, referrer: page.referrer, utm: page.utm, identity: page.identity, lang: config.lang });
  if (answer.error) return answer;
  Object.assign(known, answer.visitor, { started: true });
  tell({ what: "used" });
  line.begin(state.token);
  return null;
};
const connected = async () => {
  for (let waited = 0; !line.connected && waited < 15_000; waited += 50) await new Promise((resolve) => { setTimeout(resolve, 50); });
};
const called = async (values) => {
  await connected();
  const answer = await line.ask("callback_request", { phone: values.phone, when: "asap", topic: values.topic ?? "" });
  if (!answer.error) face("thanks", answer);
  return answer;
};

const faces = {
  before: () => before(known, async (values) => {
    const refused = await start(values);
    if (refused) return refused;
    if (values.topic) line.write(values.topic);
    face("chat");
    return null;
  }),
  closed: () => [closed(known, state.hours.at, async (values) => (await start(values)) ?? called(values)),
    h("p", { class: "aside" }, h("button", { type: "button", class: "link", onclick: () => face("before") }, t("widget.closed.write")))],
  callback: () => [callback(known, called),
    h("p", { class: "aside" }, h("button", { type: "button", class: "link", onclick: () => face("chat") }, t("widget.back")))],
  thanks: (answer) => h("section", { class: "form", role: "status" }, h("h2", {}, t("widget.thanks")), h("p", {}, answer.eta_text),
    h("p", {}, `${t("widget.reference")} `, h("strong", {}, answer.reference)),
    h("button", { type: "button", class: "main", onclick: () => face("chat") }, t("widget.back"))),
  chat: () => [emergency(), offer, log.list, typing, after(), composer.node],
};
const after = () => {
  const over = state.standing.status === "closed";
  if (!over || state.rated || !known.started) return null;
  return h("section", { class: "over" }, rating(async (score) => {
    const answer = await line.ask("rate", { ...score, conversation: line.conversation });
    if (answer.error) return answer;
    state.rated = true;
    show();
    return null;
  }, () => { state.rated = true; show(); }));
};
let shown = "";
const face = (name, ...more) => {
  shown = name;
  menu.able({ chat: known.started, over: state.standing.status === "closed" });
  main.replaceChildren(...[faces[name](...more)].flat().filter(Boolean));
  main.dataset.face = name;
  if (name === "chat") {
    log.draw();
    log.list.scrollTop = log.list.scrollHeight;
    seen();
  }
  focus();
};
const focus = () => {
  if (!state.open) return;
  if (shown === "chat") composer.input.focus();
  else main.querySelector("input:not([tabindex]), textarea, button")?.focus();
};
const show = () => { if (shown === "chat") face("chat"); };

const stands = () => {
  const { status: how, position, eta_s: eta, agent } = state.standing;
  status.textContent = how === "closed" ? t("widget.status.closed")
    : how === "agent" ? t("widget.status.agent", { name: agent?.name || t("widget.agent") })
      : !state.hours.open ? t("widget.status.hours")
        : how === "waiting" && position ? [t("widget.status.position", { position }), eta ? t("widget.status.eta", { count: Math.max(1, Math.round(eta / 60)) }) : ""].filter(Boolean).join(" ")
          : how === "waiting" ? t("widget.status.waiting") : t("widget.status.open");
  menu.able({ chat: known.started, over: how === "closed" });
  clearTimeout(state.timer);
  if (how === "waiting" && line.conversation) state.timer = setTimeout(() => offered(), LONG_WAIT_MS);
  else offer.hidden = true;
};
// Nobody came for a minute: he need not wait here.
const offered = async () => {
  const answer = await line.ask("links", {}).catch(() => ({ links: [] }));
  offer.replaceChildren(h("p", {}, t("widget.offer")),
    h("button", { type: "button", class: "link", onclick: () => face("callback") }, t("widget.menu.callback")),
    ...(answer.links ?? []).map((one) => h("a", { href: one.url, target: "_blank", rel: "noopener noreferrer" }, t(`widget.continue.${one.channel}`))));
  offer.hidden = false;
};
const finish = async () => {
  await line.ask("end", {}).catch(() => null);
};

// What he sees he has read; the page's button shows how much is new.
const seen = () => {
  const last = log.theirs;
  const looking = state.open && !document.hidden && shown === "chat";
  const from = state.heard;
  if (last && looking && last.seq > from && line.connected) {
    state.heard = last.seq;
    line.socket.emit("read", { up_to_seq: last.seq });
  }
  const fresh = looking ? 0 : log.ordered.filter((one) => (one.from === "agent" || one.from === "bot") && one.seq > from).length;
  tell({ what: "unread", count: fresh });
};

const upload = async (file, name) => {
  const answer = await fetch(`/widget/upload?site=${encodeURIComponent(config.site)}`, {
    method: "POST", body: file, headers: { ...headers(), "Content-Type": file.type || "application/octet-stream", "Okno-Name": encodeURIComponent(name) },
  });
  if (!answer.ok) throw new Error({ 413: "too_big", 415: "type", 429: "rate" }[answer.status] ?? "down");
  return answer.json();
};
const download = async (file) => {
  const answer = await fetch(`/widget/file/${file.id}`, { headers: headers() }).catch(() => null);
  if (!answer?.ok) {
    composer.say(t("widget.error.down"));
    return;
  }
  const url = URL.createObjectURL(await answer.blob());
  const link = h("a", { href: url, download: file.name || "file" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

document.documentElement.style.setProperty("--accent", config.accent);
document.documentElement.style.setProperty("--ink", config.ink);
const shut = h("button", { type: "button", class: "plain", "aria-label": t("widget.close"), onclick: () => tell({ what: "close" }) }, icon("close"));
document.body.append(
  h("header", {}, h("div", {}, h("h1", {}, config.title), status), menu.node, shut), banner, main);
addEventListener("keydown", (event) => { if (event.key === "Escape" && !menu.close()) tell({ what: "close" }); });
document.addEventListener("visibilitychange", seen);
addEventListener("message", async (event) => {
  if (event.source !== parent || !config.origins.includes(event.origin) || event.data?.okno !== 1) return;
  page.origin = event.origin;
  const said = event.data;
  if (said.what === "kept") return elsewhere(said.key, said.value);
  if (said.what === "page") adopt(said.kept);
  if (said.what === "page") Object.assign(page, { url: said.url, referrer: said.referrer, utm: said.utm, identity: said.identity });
  if (said.what === "page" || said.what === "open") state.open = Boolean(said.open);
  if (said.what === "identity") {
    page.identity = said.identity;
    // What another person wrote here and could not send is not sent in this one's name.
    if (state.began) for (const one of line.out) line.done(one.id);
    if (state.began) await restart();
  }
  // The page brings the frame by itself only to who has used it before.
  if (state.open || kept("token") || page.identity) await begin();
  // A page left open overnight: whether somebody is there is asked again.
  if (said.what === "open" && state.open && !known.started && Date.now() - state.asked > FRESH_MS && ["before", "closed"].includes(shown)) {
    const was = state.hours.open;
    await session().catch(() => null);
    if (state.hours.open !== was) face(state.hours.open ? "before" : "closed"); // else what he typed stays
    stands();
  }
  if (said.what === "open" && state.open) {
    seen();
    focus();
  }
});
beside(tell);
// Whoever frames us is one of the clinic's sites, else the browser would not show us; it answers with its page.
const around = location.ancestorOrigins?.[0];
for (const origin of config.origins.includes(around) ? [around] : config.origins) parent.postMessage({ okno: 1, what: "ready" }, origin);
