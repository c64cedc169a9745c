// Elements by name; text is only ever text.
export const h = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "disabled" || key === "checked") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
};

const NS = "http://www.w3.org/2000/svg";
const PATHS = {
  send: "M22 2 11 13M22 2l-7 20-4-9-9-4z",
  clip: "m21 12-9 9a6 6 0 0 1-8-8l9-9a4 4 0 0 1 6 6l-9 9a2 2 0 0 1-3-3l8-8",
  close: "M18 6 6 18M6 6l12 12",
  more: "M12 6h.01M12 12h.01M12 18h.01",
  file: "M14 2H6v20h12V6zM14 2v4h4",
  phone: "M5 3h4l2 5-3 2a12 12 0 0 0 6 6l2-3 5 2v4a2 2 0 0 1-2 2A17 17 0 0 1 3 5a2 2 0 0 1 2-2z",
};
export const icon = (name) => {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
};

const LINK = /https?:\/\/[^\s<>"'«»]+[^\s<>"'«».,!?;:)\]]/g;
// The text with its addresses as links, nothing else in it is ever more than text.
export const linked = (text) => {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(text.slice(from, found.index));
    parts.push(h("a", { href: found[0], target: "_blank", rel: "noopener nofollow ugc" }, found[0]));
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
};
