// What is found by a text: open requests by number at once; contacts by name or number, calls and requests of the past by
// the server. Each question is written down there before it is answered, so one is asked only when the typing rests.
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { t } from "../i18n.js";
import { whoOf } from "../names.js";
import { search } from "../live/queries.js";
import { canAct } from "../live/link.js";
import { rows } from "../live/store.js";
import { callMark, REQUEST_ICONS } from "../live/states.js";

const ASK_AFTER = 250;
const LETTERS = 2; // fewer name half the town
const IDLE = { status: "idle", items: [] };
const digits = (value) => value.replace(/\D/g, "");

/** Open requests whose number or visible last digits match; needs no server. */
function inTheWorld(value) {
  const wanted = digits(value);
  if (wanted.length < 3) return [];
  return [...rows("requests").values()].filter((request) => request.number.includes(value)
    || (wanted.length >= 4 && digits(request.phone ?? "").endsWith(wanted.slice(-4)))).slice(0, 5);
}

/** A name's beginning, four digits, a whole number, a request's number: what the server can look for. */
const worthAsking = (value) => (/^[\d\s+()#\u2116-]+$/.test(value) ? digits(value).length >= 3 : value.length >= LETTERS);

/** Ask the server; `keep` gets {status, items} as they come. */
export async function searchFor(value, keep) {
  keep({ status: "asking", items: [] });
  try {
    const answer = await search(value);
    keep({ status: answer.ok ? "ready" : answer.why === "too_fast" ? "tooFast" : "failed", items: answer.items ?? [] });
  } catch {
    keep({ status: "failed", items: [] });
  }
}

const requestItem = (request) => ({ id: `r-${request.id}`, icon: REQUEST_ICONS[request.kind], title: whoOf(request),
  about: `${t("request.number", { number: request.number })} · ${t(`kind.${request.kind}`)} · ${t(`status.${request.status}`)}`, subject: { request: request.id } });
const contactItem = (contact) => ({ id: `k-${contact.id}`, icon: "user", title: contact.name || contact.phone, contact: contact.id,
  about: [contact.name && contact.phone, t("search.earlier", { count: contact.earlier_calls })].filter(Boolean).join(" · "),
  subject: contact.request ? { request: contact.request } : contact.call ? { call: contact.call } : null });
const callItem = (call) => ({ id: `c-${call.id}`, icon: callMark(call).icon, title: call.phone || t("phone.hidden"),
  about: `${dayAndTime(call.started_at, serverNow())} · ${t(`result.${call.result}`)}`, subject: call.request ? { request: call.request, call: call.id } : { call: call.id } });
const ITEMS = { request: requestItem, contact: contactItem, call: callItem };

/** What was found, here first; a call whose request is already listed is not listed twice, nor is a request. */
function choices(text, answered) {
  const listed = new Map(inTheWorld(text).map((request) => [request.id, requestItem(request)]));
  for (const { type, row } of answered.items) {
    const key = type === "call" ? row.request ?? row.id : row.id;
    const item = ITEMS[type]?.(row);
    if (item?.subject && !listed.has(key)) listed.set(key, item);
  }
  return [...listed.values()];
}

/** What there is for a text: {status: idle | asking | ready | failed | tooFast, items: [{id, icon, title, about, subject, contact}]}. */
export function useFound(text) {
  const [found, setFound] = useState(IDLE);
  useEffect(() => {
    const value = text.trim();
    let mine = true;
    setFound(IDLE);
    if (!worthAsking(value) || !canAct.peek()) return undefined;
    const timer = setTimeout(searchFor, ASK_AFTER, value, (answer) => mine && setFound(answer));
    return () => { mine = false; clearTimeout(timer); };
  }, [text]);
  return { status: found.status, items: text.trim() ? choices(text, found) : [] };
}
