// Files on their way to the server, with how far they are. Their names travel in a header: an address stands in logs.
import { boot, csrf } from "../boot.js";

/** Bring a file; `progress` gets 0 to 1. Resolves to {ok, row} or {ok: false, why}. `abort` of the promise ends it. */
export function upload(file, progress) {
  const asked = new XMLHttpRequest();
  const promise = new Promise((done) => {
    asked.open("POST", "/chat/files");
    asked.setRequestHeader("Okno-Form", csrf);
    asked.setRequestHeader("Okno-Name", encodeURIComponent(file.name));
    asked.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    asked.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    asked.onload = () => {
      if (asked.status === 200) done({ ok: true, row: JSON.parse(asked.responseText) });
      else done({ ok: false, why: asked.status === 413 ? "too_big" : asked.status >= 500 ? "chat_down" : "refused" });
    };
    asked.onerror = () => done({ ok: false, why: "chat_down" });
    asked.onabort = () => done({ ok: false, why: "withdrawn" });
    asked.send(file);
  });
  promise.abort = () => asked.abort();
  return promise;
}

/** Where an attachment is fetched from; the word behind it says that it was shown to this session. */
export const addressOf = (file) => `/chat/files/${file.id}?k=${file.key}`;

const UNITS = ["byte", "kilobyte", "megabyte"].map((unit) => [0, 1].map((digits) => new Intl.NumberFormat(boot.lang, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits })));
export function sizeOf(bytes) {
  if (bytes === null || bytes === undefined) return "";
  const power = bytes < 1000 ? 0 : bytes < 1000000 ? 1 : 2;
  return UNITS[power][power === 2 && bytes < 10000000 ? 1 : 0].format(bytes / 1000 ** power);
}
