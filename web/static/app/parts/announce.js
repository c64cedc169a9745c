// Two live regions for screen readers: one polite (lists, answers), one assertive (my phone rings, the connection is lost).
import { signal } from "@preact/signals";
import { html } from "../html.js";

const polite = signal("");
const assertive = signal("");

export const say = (text) => { polite.value = text; };
export const cry = (text) => { assertive.value = text; };

export const Announcer = () => html`<div>
  <div class="visually-hidden" aria-live="polite">${polite}</div>
  <div class="visually-hidden" aria-live="assertive">${assertive}</div>
</div>`;
