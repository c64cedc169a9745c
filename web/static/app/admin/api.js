// Administration asks by REST, as any program may; the page's session and its form token are the credentials.
import { csrf } from "../boot.js";

/** Ask; never throws. Returns {ok, status, data}: status 0 when nobody answered. */
export async function api(method, path, body) {
  const headers = { "Okno-Form": csrf, ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  try {
    const answer = await fetch(`/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { ok: answer.ok, status: answer.status, data: await answer.json().catch(() => ({})) };
  } catch {
    return { ok: false, status: 0, data: {} };
  }
}
