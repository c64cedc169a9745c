// Copies the libraries, the font, the icons and axe (tests only) out of node_modules and writes vendor.lock; what ships
// as raw CommonJS (JsSIP) is bundled to one ESM file first, with the libraries inside it and their licences.
// Run by `make vendor`, at development time only; the result is committed, so nobody else needs node.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const packages = join(here, "node_modules");
const shipped = join(root, "web/static/vendor");
const testing = join(root, "tests/screens/vendor");
// The widget's frame is served by another service, which takes nothing from `web`.
const widget = join(root, "chat/widget/static/vendor");

// Never htm/preact: its static cache keeps every removed row alive (see web/static/app/html.js).
const MODULES = [
  { specifier: "preact", package: "preact", from: "dist/preact.mjs", file: "preact.mjs" },
  { specifier: "preact/hooks", package: "preact", from: "hooks/dist/hooks.mjs", file: "preact-hooks.mjs" },
  { specifier: "@preact/signals-core", package: "@preact/signals-core", from: "dist/signals-core.mjs", file: "signals-core.mjs" },
  { specifier: "@preact/signals", package: "@preact/signals", from: "dist/signals.mjs", file: "signals.mjs" },
  { specifier: "htm", package: "htm", from: "dist/htm.mjs", file: "htm.mjs" },
  { specifier: "socket.io-client", package: "socket.io-client", from: "dist/socket.io.esm.min.js", file: "socket.io.mjs" },
];
// `lazy`: no page fetches it before it is needed.
const BUNDLES = [
  { specifier: "jssip", package: "jssip", file: "jssip.mjs", lazy: true, inside: ["debug", "ms", "events", "sdp-transform"] },
  { specifier: "uplot", package: "uplot", file: "uplot.mjs", lazy: true },
];
const FONTS = [
  { package: "@fontsource-variable/inter", from: "files/inter-latin-wght-normal.woff2", file: "inter-latin.woff2" },
  { package: "@fontsource-variable/inter", from: "files/inter-cyrillic-wght-normal.woff2", file: "inter-cyrillic.woff2" },
];
const ICONS = [
  "arrow-left-right", "arrow-right-left", "arrow-up", "bell", "bell-off", "calendar-clock", "check", "chevron-down",
  "chevron-right", "circle-check", "clock", "coffee", "database", "ear", "ellipsis", "file-text", "gauge", "grip", "headset",
  "history", "inbox", "keyboard", "languages", "layers", "link", "log-out", "mail", "megaphone", "message-square", "mic",
  "mic-off", "monitor", "moon", "pause", "phone", "phone-call", "phone-forwarded", "phone-incoming", "phone-missed", "phone-off",
  "phone-outgoing", "play", "plug-zap", "search", "settings", "sticky-note", "sun", "timer", "triangle-alert", "tv", "undo-2",
  "user", "users", "voicemail", "volume-2", "volume-x", "wifi-off", "x",
];

const manifest = (name) => JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
const sha384 = (bytes) => "sha384-" + createHash("sha384").update(bytes).digest("base64");
const locked = [];

const LICENCE_NAMES = ["LICENSE", "LICENSE.md", "license.md"];
const licenceOf = (name) => readFileSync(LICENCE_NAMES.map((one) => join(packages, name, one)).find(existsSync), "utf8");

/** One ESM file of a package that ships none. */
function bundled(entry) {
  const made = buildSync({ stdin: { contents: `export { default } from "${entry.package}";`, resolveDir: here }, bundle: true, write: false,
    format: "esm", platform: "browser", target: "es2022", minify: true, legalComments: "none" });
  return Buffer.from(made.outputFiles[0].contents);
}

/** Writes one file and its line in the lock; the licence of the package, and of what is inside it, goes beside it. */
function keep(folder, entry, bytes) {
  const { version, license } = manifest(entry.package);
  const licence = join("licences", entry.package.replace("@", "").replace("/", "-") + ".txt");
  mkdirSync(join(folder, "licences"), { recursive: true });
  writeFileSync(join(folder, entry.file), bytes);
  const inside = (entry.inside ?? []).map((name) => `\n${name} ${manifest(name).version}\n\n${licenceOf(name)}`);
  writeFileSync(join(folder, licence), [licenceOf(entry.package), ...inside].join("\n"));
  locked.push({ file: entry.file, specifier: entry.specifier, lazy: entry.lazy, package: entry.package, version, licence: license,
    licence_file: licence, sha384: sha384(bytes) });
}

/** The icons as one sprite of symbols; `lucide` draws on a 24 by 24 grid with a 2 px line. */
function sprite() {
  const symbols = ICONS.map((name) => {
    const svg = readFileSync(join(packages, "lucide-static/icons", name + ".svg"), "utf8");
    const body = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace("</svg>", "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" '
    + 'stroke-linecap="round" stroke-linejoin="round">\n' + symbols.join("\n") + "\n</svg>\n";
}

for (const folder of [shipped, testing, widget]) if (existsSync(folder)) rmSync(folder, { recursive: true });
/** A module as it is, without the address of its map. */
function module(entry) {
  const text = readFileSync(join(packages, entry.package, entry.from), "utf8");
  return Buffer.from(text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
}

for (const entry of MODULES) keep(shipped, entry, module(entry));
for (const entry of BUNDLES) keep(shipped, entry, bundled(entry));
for (const entry of FONTS) keep(shipped, entry, readFileSync(join(packages, entry.package, entry.from)));
keep(shipped, { package: "lucide-static", file: "icons.svg" }, Buffer.from(sprite()));
writeFileSync(join(shipped, "vendor.lock"), JSON.stringify({ files: locked }, null, 2) + "\n");
locked.length = 0;
keep(testing, { package: "axe-core", file: "axe.min.js" }, readFileSync(join(packages, "axe-core/axe.min.js")));
writeFileSync(join(testing, "vendor.lock"), JSON.stringify({ files: locked }, null, 2) + "\n");
locked.length = 0;
const socket = MODULES.find((entry) => entry.package === "socket.io-client");
keep(widget, { ...socket, specifier: undefined }, module(socket));
writeFileSync(join(widget, "vendor.lock"), JSON.stringify({ files: locked }, null, 2) + "\n");
