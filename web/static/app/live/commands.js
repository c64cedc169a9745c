// What a person orders. Each order has its own id, so that the same order twice is one. Only taking and presence are
// shown before the answer; closing, postponing and handing over wait for it.
import { me, titled } from "../boot.js";
import { has, t } from "../i18n.js";
import { toast } from "../parts/toast.js";
import { serverNow } from "../clock.js";
import { ask, canAct } from "./link.js";
import { hope, row } from "./store.js";

function refusal(answer) {
  const key = `refused.${answer.why}`;
  return t(has(key) ? key : "refused.other", { by: titled(row("operators", answer.by)?.title) || answer.by || t("refused.somebody") });
}

const flying = new Map(); // what is on its way: a double click or key is the same order, not another
const REPEATED = new Set(["tones"]); // two equal digits are two

/** Send an order. Its answer is {ok, why, by, request}; a refusal has been said and undone by then. */
export function order(name, args, undo = () => {}) {
  const key = `${name} ${JSON.stringify(args)}`;
  if (flying.has(key)) {
    undo();
    return flying.get(key);
  }
  const sent = send(name, args, undo).finally(() => flying.delete(key));
  if (!REPEATED.has(name)) flying.set(key, sent);
  return sent;
}

async function send(name, args, undo) {
  if (!canAct.value) {
    undo();
    toast(t("refused.offline"), "warn");
    return { ok: false, why: "offline" };
  }
  try {
    const answer = await ask("command", { id: crypto.randomUUID(), name, args });
    if (!answer.ok) {
      undo();
      toast(refusal(answer), "warn");
    }
    return answer;
  } catch {
    undo(); // the outcome is unknown: the list will show what became of it, the order is not repeated
    toast(t("refused.unknown"), "danger");
    return { ok: false, why: "unknown" };
  }
}

const stamp = () => new Date(serverNow()).toISOString();

export const take = (request) =>
  order("take", { request: request.id, version: request.version },
    hope("requests", request.id, { owner: me.operator, status: "in_progress", since: stamp() }));

/** My own word; `phone` ("desk" or "web") chooses today's phone with it. */
export const presence = (value, reason = "", phone = "") =>
  order("presence", phone ? { presence: value, reason, phone } : { presence: value, reason },
    hope("operators", me.operator, { presence: value, presence_reason: reason, presence_since: stamp() }));

/** Answer an offer; it is gone from the screen at once, and comes back if the answer came too late. */
export const accept = (offer) => order("accept", { offer: offer.id }, hope("offers", offer.id, { state: "accepted" }));
export const refuse = (offer) => order("refuse", { offer: offer.id }, hope("offers", offer.id, { state: "rejected" }));

/** Half a minute more after the call. */
export const prolong = (request) => order("prolong", { request: request.id });

/** Call the number of a request: the engine knows it whole, this page only its last digits. */
export const dial = (request) => order("dial", { to: "", request: request.id });

export const complete = (request, outcome, note) =>
  order("complete", { request: request.id, version: request.version, outcome, note });

export const postpone = (request, until, note) =>
  order("postpone", { request: request.id, version: request.version, until: new Date(until).toISOString(), note });

export const transfer = (request, to, note) =>
  order("transfer", { request: request.id, version: request.version, ...to, note });

export const addNote = (request, note) => order("note", { request: request.id, note });
