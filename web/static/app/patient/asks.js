// What the page asks of the MIS, through web: nothing of it stands in an address. A read that is not answered may be asked
// again; a write that is not answered is looked for by its key, never repeated blindly (P2).
import { ask } from "../live/link.js";

const READ = 8000; // ms: the service itself gives up after 3 s and answers with what it has
const WRITE = 20000;

/** The answer, or {ok: false, why: "unanswered"}. */
async function tell(event, body, wait) {
  try {
    return await ask(event, body, wait);
  } catch {
    return { ok: false, why: "unanswered" };
  }
}

const reads = (event) => (body = {}) => tell(event, body, READ);
const writes = (event) => (body) => tell(event, body, WRITE);

export const askStatus = reads("mis_status");
export const askDirectory = reads("mis_directory");
export const askCandidates = reads("patients");
export const askSearch = reads("patient_search");
export const askCard = reads("patient");
export const askSlots = reads("slots");
export const askBooking = reads("booking");
export const askBookings = reads("bookings");
export const askWishes = reads("wishes");

export const sendIdentify = writes("identify");
export const sendDisown = writes("disown");
export const sendPatient = writes("patient_new");
export const sendHold = writes("hold");
export const sendRelease = writes("slot_release");
export const sendBook = writes("book");
export const sendMove = writes("move");
export const sendCancel = writes("visit_cancel");
export const sendConfirm = writes("visit_confirm");
export const sendWish = writes("wish");
export const sendGiveUp = writes("give_up");
