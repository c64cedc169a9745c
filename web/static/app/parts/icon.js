import { icons } from "../boot.js";
import { html } from "../html.js";

/** One of the sprite's icons; decorative, the word beside it says what it means. */
export const Icon = ({ name, size = "" }) =>
  html`<svg class=${`icon ${size && `icon-${size}`}`} aria-hidden="true"><use href=${`${icons}#${name}`} /></svg>`;

/** A state: word, icon, colour. */
export const Pill = ({ tone, icon, children, title }) =>
  html`<span class=${`pill tone-${tone}`} title=${title}>${icon && html`<${Icon} name=${icon} size="small" />`}${children}</span>`;
