// A state is always a word, an icon and a colour. The words are `state.<key>` of the catalogue.
const DUE_SOON = 120; // seconds before the deadline when it begins to be shown

export const REQUEST_STATES = {
  new: { tone: "accent", icon: "inbox" }, queued: { tone: "accent", icon: "inbox" }, arrived: { tone: "idle", icon: "phone-incoming" },
  waiting: { tone: "warn", icon: "clock" }, ringing: { tone: "ok", icon: "phone-call" }, dialling: { tone: "ok", icon: "phone-outgoing" },
  talking: { tone: "talk", icon: "phone" }, held: { tone: "warn", icon: "pause" }, wrap_up: { tone: "wrap", icon: "sticky-note" },
  in_progress: { tone: "idle", icon: "user" }, postponed: { tone: "idle", icon: "calendar-clock" },
  due_soon: { tone: "warn", icon: "timer" }, overdue: { tone: "danger", icon: "triangle-alert" }, done: { tone: "ok", icon: "check" },
  gone: { tone: "idle", icon: "check" }, taken: { tone: "idle", icon: "user" }, taking: { tone: "accent", icon: "user" },
  offered: { tone: "accent", icon: "clock" }, closing: { tone: "ok", icon: "check" },
};

const OF_PHASE = { arrived: "arrived", queued: "waiting", ringing: "ringing", talking: "talking", held: "held" };

/** The state of a request as people see it at `now` (server seconds). */
export function requestState(request, call, now) {
  if (request.status === "done" || request.status === "cancelled") return "done";
  if (request.hoped) return "taking";
  if (request.status === "wrap_up") return "wrap_up";
  if (call && OF_PHASE[call.phase] && request.kind === "call") {
    return call.direction === "outbound" && call.phase !== "talking" && call.phase !== "held" ? "dialling" : OF_PHASE[call.phase];
  }
  if (request.status === "in_progress" || request.status === "postponed") return request.status;
  const left = request.due_at ? Date.parse(request.due_at) / 1000 - now : Infinity;
  if (left <= 0) return "overdue";
  if (left <= DUE_SOON) return "due_soon";
  return request.status === "new" || request.status === "offered" ? request.status : "queued";
}

export const OPERATOR_STATES = {
  available: { tone: "ok", icon: "circle-check" }, break: { tone: "warn", icon: "coffee" }, offline: { tone: "idle", icon: "phone-off" },
  phone: { tone: "ok", icon: "phone" },
  not_responding: { tone: "danger", icon: "phone-missed" }, ringing: { tone: "ok", icon: "phone-call" },
  incall: { tone: "talk", icon: "phone" }, wrap_up: { tone: "wrap", icon: "sticky-note" }, unreachable: { tone: "danger", icon: "plug-zap" },
};

/** An operator's state, {key, since}: the phone speaks before the person's own word. */
export function operatorState(operator) {
  if (["ringing", "incall"].includes(operator.voice)) return { key: operator.voice, since: operator.voice_since };
  if (operator.wrap_up || operator.voice === "wrap_up") return { key: "wrap_up", since: operator.voice_since };
  if (operator.presence !== "offline" && !operator.reachable) return { key: "unreachable", since: operator.voice_since };
  // He said nothing here, but Asterisk rings his phone: to callers and colleagues he is there.
  if (operator.presence === "offline" && operator.reachable && !operator.paused) return { key: "phone", since: operator.voice_since };
  return { key: operator.presence, since: operator.presence_since };
}

export const REQUEST_ICONS = {
  call: "phone", missed_call: "phone-missed", callback: "undo-2", chat: "message-square", form: "file-text", email: "mail", voicemail: "voicemail",
};

/** How a call ended, for history: tone and icon by result and direction. */
export function callMark(call) {
  if (call.direction === "outbound") return { icon: "phone-outgoing", tone: call.result === "answered" ? "talk" : "idle" };
  if (call.result === "answered" || call.result === "in_progress") return { icon: "phone-incoming", tone: "talk" };
  return { icon: "phone-missed", tone: call.result === "out_of_hours" || call.result === "self_service" ? "idle" : "danger" };
}
