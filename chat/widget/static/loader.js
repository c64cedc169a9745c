// The one script of a site's page: a button and a frame in a shadow root. Everything a visitor types stays in the frame.
(() => {
  "use strict";
  const look = "__LOOK__";
  const script = document.currentScript;
  if (!script || window.oknoWidget) return;
  const home = new URL(script.src).origin;
  const lang = script.dataset.lang === "en" || script.dataset.lang === "ru" ? script.dataset.lang : look.lang;
  const theme = ["light", "dark", "auto"].includes(script.dataset.theme) ? script.dataset.theme : look.theme;
  const say = look.words[lang];
  const USED = `okno-widget:${look.site}`;
  const KEPT = /^(token|out:[\w-]{1,40})$/;

  // A site's policy may forbid <style>; sheets made by a script are the script's.
  const CSS = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    .place { position: fixed; bottom: 20px; ${look.side}: 20px; z-index: 2147483000; display: flex; flex-direction: column;
      align-items: ${look.side === "left" ? "flex-start" : "flex-end"}; gap: 12px; font: 15px/1.4 system-ui, sans-serif; pointer-events: none; }
    .place > * { pointer-events: auto; }
    button { position: relative; width: 60px; height: 60px; border: 0; border-radius: 50%; cursor: pointer; color: ${look.ink};
      background: ${look.accent}; box-shadow: 0 4px 16px rgb(0 0 0 / 28%); display: grid; place-items: center; padding: 0; }
    button:focus-visible { outline: 3px solid ${look.accent}; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
      background: #b3261e; color: #fff; font: 700 13px/22px system-ui, sans-serif; text-align: center; }
    .panel { width: 376px; height: min(680px, calc(100vh - 120px)); border-radius: 14px; overflow: hidden; background: #fff;
      box-shadow: 0 10px 40px rgb(0 0 0 / 32%); }
    [hidden] { display: none !important; }
    iframe { width: 100%; height: 100%; border: 0; display: block; color-scheme: normal; }
    @media (max-width: 480px) {
      .place { bottom: 14px; ${look.side}: 14px; }
      .panel { position: fixed; inset: 0; width: 100vw; height: 100vh; height: 100dvh; border-radius: 0; }
      .place[data-open] > button { display: none; }
    }`;

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const picture = () => {
    const NS = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(NS, "path");
    path.setAttribute("d", "M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5zM9 11h.01M13 11h.01M17 11h.01");
    svg.append(path);
    return svg;
  };
  const styled = (root) => {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      root.adoptedStyleSheets = [sheet];
    } catch {
      const style = element("style", script.nonce ? { nonce: script.nonce } : {});
      style.textContent = CSS;
      root.append(style);
    }
  };
  const remembered = (write) => {
    try {
      return write ? localStorage.setItem(USED, "1") : localStorage.getItem(USED) === "1";
    } catch {
      return false;
    }
  };

  // Browsers that keep nothing for frames of others have it kept here.
  const stored = () => {
    const found = {};
    try {
      for (const name of Object.keys(localStorage)) {
        const key = name.slice(USED.length + 1);
        if (name.startsWith(`${USED}:`) && KEPT.test(key)) found[key] = JSON.parse(localStorage.getItem(name));
      }
    } catch {
      return {}; // a browser that keeps nothing at all: the frame has it as long as the page is open
    }
    return found;
  };
  const store = (key, value) => {
    if (!KEPT.test(key)) return;
    try {
      if (value === null) localStorage.removeItem(`${USED}:${key}`);
      else localStorage.setItem(`${USED}:${key}`, JSON.stringify(value));
    } catch {
      return; // as above
    }
  };

  const host = element("div", { "data-okno": look.site, lang });
  const root = host.attachShadow({ mode: "open" });
  const badge = element("span", { class: "badge", hidden: "" });
  const button = element("button", { type: "button", "aria-label": say.open, "aria-expanded": "false", "aria-controls": "panel" }, picture(), badge);
  const panel = element("div", { class: "panel", id: "panel", role: "dialog", "aria-label": look.title[lang], hidden: "" });
  const place = element("div", { class: "place" });
  let frame = null;
  let ready = false;
  let open = false;
  let unread = 0;
  let identity = null;

  const tell = (said) => { if (ready) frame.contentWindow.postMessage({ okno: 1, ...said }, home); };
  const utm = () => Object.fromEntries([...new URLSearchParams(location.search)]
    .filter(([name]) => /^utm_(source|medium|campaign|content|term)$/.test(name)).map(([name, text]) => [name.slice(4), text.slice(0, 200)]));
  const context = () => ({
    what: "page", open, identity, utm: utm(), kept: stored(),
    url: (location.origin + location.pathname).slice(0, 1000), referrer: document.referrer.split(/[?#]/)[0].slice(0, 1000),
  });
  const framed = () => {
    if (frame) return;
    const query = new URLSearchParams({ site: look.site, lang, theme });
    frame = element("iframe", { title: look.title[lang], src: `${home}/widget/frame?${query}`, allow: "clipboard-write" });
    panel.append(frame);
  };
  const show = (wanted) => {
    if (wanted === open) return;
    open = wanted;
    if (open) framed();
    panel.hidden = !open;
    place.toggleAttribute("data-open", open);
    button.setAttribute("aria-expanded", String(open));
    named();
    tell({ what: "open", open });
    if (open) frame.focus();
    else button.focus();
  };
  const named = () => {
    const words = open ? say.close : unread ? say.unread.replace("{count}", unread) : say.open;
    button.setAttribute("aria-label", words);
    badge.hidden = open || !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
  };

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home || event.data?.okno !== 1) return;
    const { what } = event.data;
    if (what === "ready") {
      ready = true;
      tell(context());
    } else if (what === "unread") {
      unread = Math.max(0, Number(event.data.count) || 0);
      named();
    } else if (what === "close") show(false);
    else if (what === "used") remembered(true);
    else if (what === "keep") store(event.data.key, event.data.value);
  });
  window.addEventListener("storage", (event) => {
    const key = event.key?.startsWith(`${USED}:`) ? event.key.slice(USED.length + 1) : "";
    if (KEPT.test(key)) tell({ what: "kept", key, value: event.newValue === null ? null : JSON.parse(event.newValue) });
  });
  button.addEventListener("click", () => show(!open));
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") show(false); });

  window.oknoWidget = Object.freeze({
    open: () => show(true),
    close: () => show(false),
    // Who is signed in at the site: {id, name, phone, ts, hmac}, signed by the site's own server; null: nobody.
    identify: (who) => { identity = who || null; tell({ what: "identity", identity }); },
  });
  const begin = () => {
    styled(root);
    place.append(panel, button);
    root.append(place);
    document.body.append(host);
    if (remembered()) framed();
  };
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
})();
