// The start: the screen of this path, the live link, and the page's own title.
import { render } from "preact";
import { effect, signal } from "@preact/signals";
import { may } from "./boot.js";
import { ReadingHost } from "./chat/reading.js";
import { Desk } from "./desk/desk.js";
import { BlockHost } from "./persons/block.js";
import { PromiseHost, promiseCall } from "./callbacks/ask.js";
import { html } from "./html.js";
import { register } from "./keys.js";
import { canAct, connect, counts, phase, position, socket } from "./live/link.js";
import { work } from "./live/selectors.js";
import { worldNow } from "./live/store.js";
import { draftsKept, unsavedDrafts } from "./memory.js";
import { Announcer } from "./parts/announce.js";
import "./parts/attention.js";
import { Header } from "./parts/header.js";
import { Help } from "./parts/help.js";
import { Notices } from "./parts/notices.js";
import { PaletteHost } from "./parts/palette.js";
import { Settings } from "./parts/settings.js";
import { heard, loud } from "./parts/sounds.js";
import { Strips } from "./parts/strips.js";
import { Toasts } from "./parts/toast.js";
import { screen } from "./view.js";

const later = { "/history": () => import("./history/history.js"), "/supervisor": () => import("./supervisor/supervisor.js"),
  "/admin": () => import("./admin/admin.js"), "/ivr": () => import("./ivr/ivr.js"), "/lists": () => import("./lists/lists.js") };
const loaded = signal({ "/desk": Desk });

effect(() => {
  const path = screen.value;
  if (loaded.peek()[path] || !later[path]) return;
  later[path]().then((module) => { loaded.value = { ...loaded.peek(), [path]: module.Screen }; });
});

function App() {
  const Current = loaded.value[screen.value];
  return html`<div class="app"><${Header} /><${Strips} /><div class="app-main" data-screen=${screen.value.slice(1)}>${Current && html`<${Current} />`}</div>
    <${Notices} /><${Toasts} /><${Help} /><${Settings} /><${PaletteHost} /><${PromiseHost} /><${BlockHost} /><${ReadingHost} /><${Announcer} /></div>`;
}

register("Shift+KeyC", { label: "keys.promise", when: () => may("requests.open") && canAct.peek(), run: () => promiseCall() });
addEventListener("beforeunload", (event) => { if (!draftsKept && unsavedDrafts()) event.preventDefault(); });

const root = document.getElementById("app");
root.textContent = "";
render(html`<${App} />`, root);
connect();

// For the tests of the live protocol: they compare this world with the server's and cut the line. Nothing secret is here.
window.okno = { worldNow, position, phase: () => phase.value, counts, socket, may, work, heard, loud: () => loud.value };
