// The one way to write markup. htm caches static sub-trees per template, and with Preact the cached vnode's parent
// pointer keeps every removed row alive: an eight-hour leak. `this[0] = 3` tells htm to cache nothing.
import htm from "htm";
import { h } from "preact";

export const html = htm.bind(function element(type, props, ...children) {
  this[0] = 3;
  return h(type, props, ...children);
});
