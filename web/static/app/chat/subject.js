// Which conversation the reading dialog shows.
import { signal } from "@preact/signals";

/** {conversation, request?, key?}, or null. */
export const subject = signal(null);
export const readConversation = (ref) => { subject.value = ref; };
