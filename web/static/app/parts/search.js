// What the palette finds: open requests by number or last digits at once, calls of the past by the server.
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../clock.js";
import { dayAndTime } from "../format.js";
import { t } from "../i18n.js";
import { search } from "../live/queries.js";
import { canAct } from "../live/link.js";
import { rows } from "../live/store.js";
import { callMark, REQUEST_ICONS } from "../live/states.js";

const ASK_AFTER = 250;
const MEANINGFUL = /^(\+?[\d\s()-]{4,}|\d{4}-\d{1,6})$/;
const IDLE = { status: "idle", items: [] };
const digits = (value) => value.replace(/\D/g, "");

/** Open requests whose number or visible last digits match; needs no server. */
function inTheWorld(value) {
  const wanted = digits(value);
  if (wanted.length < 3) return [];
  return [...rows("requests").values()].filter((request) => request.number.includes(value)
    || (wanted.length >= 4 && digits(request.phone ?? "").endsWith(wanted.slice(-4)))).slice(0, 5);
}

async function ask(value, keep) {
  keep({ status: "asking", items: [] });
  try {
    const answer = await search(value);
    keep({ status: answer.ok ? "ready" : "failed", items: answer.items ?? [] });
  } catch {
    keep({ status: "failed", items: [] });
  }
}

/** What was found, here and by the server; a call whose request is already listed is not listed twice. */
function choices(text, found) {
  const told = (type) => found.items.filter((one) => one.type === type).map((one) => one.row);
  const requests = new Map([...inTheWorld(text), ...told("request")].map((request) => [request.id, request]));
  const here = [...requests.values()].map((request) => ({ id: `r-${request.id}`, icon: REQUEST_ICONS[request.kind], title: request.phone || t("phone.hidden"),
    about: `${t("request.number", { number: request.number })} · ${t(`kind.${request.kind}`)}`, subject: { request: request.id } }));
  const past = told("call").map((call) => ({ id: `c-${call.id}`, icon: callMark(call).icon, title: call.phone || t("phone.hidden"),
    about: `${dayAndTime(call.started_at, serverNow())} · ${t(`result.${call.result}`)}`, subject: { request: call.request, call: call.id } }));
  return [...here, ...past.filter((one) => !here.some((other) => other.subject.request === one.subject.request))];
}

/** What there is for a text: {status: idle | asking | ready | failed, items: [{id, icon, title, about, subject}]}. */
export function useFound(text) {
  const [found, setFound] = useState(IDLE);
  useEffect(() => {
    const value = text.trim();
    let mine = true;
    setFound(IDLE);
    if (!MEANINGFUL.test(value) || !canAct.peek()) return undefined;
    const timer = setTimeout(ask, ASK_AFTER, value, (answer) => mine && setFound(answer));
    return () => { mine = false; clearTimeout(timer); };
  }, [text]);
  return { status: found.status, items: text.trim() ? choices(text, found) : [] };
}
