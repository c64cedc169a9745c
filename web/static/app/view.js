// What the centre of the desk shows, and which screen is open. A view is {request?, call?}; nothing is chosen by index.
import { effect, signal } from "@preact/signals";
import { forget } from "./live/queries.js";

export const view = signal(null);
export const screen = signal(location.pathname);
/** The pane shown when there is no room for all: list, now or side. */
export const pane = signal("now");

export function go(path) {
  if (path === screen.value) return;
  history.pushState(null, "", path);
  screen.value = path;
}
addEventListener("popstate", () => { screen.value = location.pathname; });

/** Show a request or a call on the desk. */
export function openView(subject) {
  view.value = subject;
  pane.value = "now";
  go("/desk");
}

effect(() => { if (forget.value) view.value = null; });
