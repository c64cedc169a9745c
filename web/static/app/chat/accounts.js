// The clinic's accounts of messengers, mail and SMS, and how each is: a lamp, and what it means in words.
import { signal } from "@preact/signals";
import { ask, phase, socket } from "../live/link.js";

/** [{key, channel, title, colour, why, since, heard_at, waiting, undelivered}]. */
export const accounts = signal([]);
/** Whether they were heard: empty, ready or failed. */
export const accountsState = signal("empty");
let wanted = false;

export async function refreshAccounts() {
  wanted = true;
  try {
    const answer = await ask("chat_accounts", {});
    if (answer.ok) accounts.value = answer.items;
    accountsState.value = answer.ok || accounts.peek().length ? "ready" : "failed";
  } catch {
    if (!accounts.peek().length) accountsState.value = "failed";
  }
}

socket.on("chat_account", () => { refreshAccounts(); });
phase.subscribe((now) => { if (now === "live" && wanted) refreshAccounts(); });
