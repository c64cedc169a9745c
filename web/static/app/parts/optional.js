// Parts of the page that load when they are first wanted, and only if this version has them: the import map knows.
import { signal } from "@preact/signals";
import { html } from "../html.js";

const map = JSON.parse(document.querySelector("script[type=importmap]").textContent);
const parts = new Map();

/** Whether this version has a module, by its path below static/app. */
export const has = (path) => Object.keys(map.integrity ?? {}).some((url) => url.endsWith(`/app/${path}`));

/** The module at `path` once it has come, else null; reading it asks for it. `path` is below static/app. */
export function part(path) {
  if (!parts.has(path)) {
    const made = signal(null);
    parts.set(path, made);
    if (has(path)) import(`../${path}`).then((module) => { made.value = module; });
  }
  return parts.get(path).value;
}

/** A component of such a module; nothing until it is there. */
export function Part({ path, name, ...props }) {
  const Component = part(path)?.[name];
  return Component ? html`<${Component} ...${props} />` : null;
}
