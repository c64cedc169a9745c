"""`okno status`: what runs, where, who leads, which PBXs are linked; from up.json and the services' own answers."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

import aiohttp

from okno.command import state
from okno.command.serve import runtime_of
from okno.service import ServiceClient, ServiceDown, ServiceRefused
from okno.settings import Runtime, SecretMissing, ServiceSettings

ASK_S = 2.0
_LIVE = "live"
# How the engine says that nobody is to be led through flows, and that their port could not be had.
CLOSED, REFUSED = "closed", "refused"


async def ask(url: str, path: str) -> tuple[int, dict[str, Any]] | None:
    """Return a service's HTTP status and JSON at an open path; None when nobody answers."""
    timeout = aiohttp.ClientTimeout(total=ASK_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url + path) as answer:
            body = await answer.json(content_type=None)
            return answer.status, body if isinstance(body, dict) else {}
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


async def healthy(url: str) -> bool:
    """Say whether the service at `url` answers /health."""
    answer = await ask(url, "/health")
    return answer is not None and answer[0] == 200


async def gather(runtime: Runtime) -> dict[str, Any]:
    """Return everything `okno status --json` prints.

    Keys: up (pid, address, demo, or null), services (name, pid, port, state, restarts, alive, ready, reasons),
    engines (address, role: leads, stands_by, waits or down, epoch, version), engine (what the leading engine, else the
    first that answers, tells of itself: PBX links, lag; null when none does), mis (which MIS is connected and how, null
    when its service does not answer), lamps.
    """
    record = state.read_up(runtime.state)
    known = {entry["name"]: entry for entry in record["services"]} if record else {}
    for name, where in _configured(runtime).items():
        if not any(known_name in (name, f"{name}:1") for known_name in known):
            known[name] = {"name": name, "pid": None, "port": where.port, "state": "unknown", "url": where.url}
    told = await ask_engines(runtime)
    services = await asyncio.gather(*(_one(entry, told.get(str(entry.get("url")))) for entry in known.values()))
    engine = next((one for one in told.values() if one and one["leader"]), next(filter(None, told.values()), None))
    up = None if record is None else {key: record[key] for key in ("pid", "address", "demo")}
    engines = [_place(url, one) for url, one in told.items()]
    mis = await _mis(runtime)
    lamps = _lamps(services, engine, mis)
    return {"up": up, "services": services, "engines": engines, "engine": engine, "mis": mis, "lamps": lamps}


def run(args: argparse.Namespace) -> int:
    """Print the state; exit 0 when every service is ready, 1 when one is not."""
    told = asyncio.run(gather(runtime_of(args)))
    print(json.dumps(told, indent=1) if args.json else _text(told))
    return 0 if all(lamp["ok"] for lamp in told["lamps"]) else 1


async def _one(entry: dict[str, Any], engine: dict[str, Any] | None) -> dict[str, Any]:
    """Ask one service; an engine that stands by for one that leads is as it should be."""
    shown = {key: entry.get(key) for key in ("name", "pid", "port", "state", "restarts", "since")}
    url = entry.get("url")
    if not url:
        return shown | {"alive": entry["state"] == "running", "ready": entry["state"] == "running", "reasons": []}
    answer = await ask(url, "/ready")
    if answer is None:
        return shown | {"alive": False, "ready": False, "reasons": ["does not answer"]}
    if engine is not None and _role(engine) == "stands_by":
        return shown | {"alive": True, "ready": True, "reasons": ["stands by"]}
    return shown | {"alive": True, "ready": answer[0] == 200, "reasons": answer[1].get("reasons", [])}


async def ask_engines(runtime: Runtime) -> dict[str, dict[str, Any] | None]:
    """Ask every place where an engine may be; by address, None where none answers."""
    urls = runtime.settings.engine.urls
    try:
        secret = runtime.secret("file:service.secret")
    except SecretMissing:
        return dict.fromkeys(urls)
    answers = await asyncio.gather(*(_told(url, secret, "/v1/status") for url in urls))
    return dict(zip(urls, answers, strict=True))


async def _mis(runtime: Runtime) -> dict[str, Any] | None:
    """Ask which MIS is connected and how; None when the service does not answer."""
    try:
        secret = runtime.secret("file:service.secret")
    except SecretMissing:
        return None
    return await _told(runtime.settings.mis.url, secret, "/status")


async def _told(url: str, secret: str, path: str) -> dict[str, Any] | None:
    async with ServiceClient(url, secret, timeout_s=ASK_S) as client:
        try:
            answer = await client.get(path)
        except (ServiceDown, ServiceRefused):
            return None
    return answer if isinstance(answer, dict) else None


def _role(engine: dict[str, Any] | None) -> str:
    if engine is None:
        return "down"
    return "leads" if engine["leader"] else "stands_by" if engine["leader_address"] else "waits"


def _place(url: str, engine: dict[str, Any] | None) -> dict[str, Any]:
    told = engine or {}
    return {"address": url, "role": _role(engine), "epoch": told.get("epoch"), "version": told.get("version")}


def _lamps(
    services: list[dict[str, Any]], engine: dict[str, Any] | None, mis: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """Return what a person looks at first: one lamp a service, a PBX link, for flows, for a connected MIS."""
    lamps = [{"name": entry["name"], "ok": bool(entry["ready"])} for entry in services]
    links = (engine or {}).get("pbxes") or []
    lamps += [{"name": f"link:{link['id']}", "ok": link["link"] == _LIVE} for link in links]
    if (engine or {}).get("flows", CLOSED) != CLOSED:  # callers are to be led through flows
        lamps.append({"name": "flows", "ok": (engine or {})["flows"] != REFUSED})
    if mis is not None and mis["state"] != "not_configured":
        lamps.append({"name": "link:mis", "ok": mis["state"] == "ready"})
    return lamps


def _text(told: dict[str, Any]) -> str:
    up = told["up"]
    lines = [f"okno up, pid {up['pid']}, {up['address']}" if up else "no `okno up` runs on this state", ""]
    lines.append(f"{'':2}{'service':<18}{'pid':>8}{'port':>7}  state")
    for entry in told["services"]:
        lamp = "+" if entry["ready"] else "-"
        why = f": {'; '.join(entry['reasons'])}" if entry["reasons"] else ""
        words = "ready" if entry["ready"] else "not ready" if entry["alive"] else "down"
        lines.append(f"{lamp:2}{entry['name']:<18}{entry['pid'] or '':>8}{entry['port'] or '':>7}  {words}{why}")
    lines += ["", "engines"] + [f"  {_engine_line(one)}" for one in told["engines"]]
    if told["engine"]:
        shown = {key: value for key, value in told["engine"].items() if key != "pbxes"}
        lines += ["", "engine"] + [f"  {key}: {json.dumps(value)}" for key, value in shown.items()]
        lines += ["", "pbxes"] + [f"  {_pbx_line(one)}" for one in told["engine"].get("pbxes") or []]
    if told["mis"]:
        why = f" ({told['mis']['error']})" if told["mis"]["error"] else ""
        lines += ["", "mis", f"  {told['mis']['connector']}: {told['mis']['state']}{why}"]
    return "\n".join(lines)


def _engine_line(one: dict[str, Any]) -> str:
    words = {"leads": f"leads since epoch {one['epoch']}", "stands_by": "stands by", "waits": "waits for the lease"}
    return f"{one['address']}  {words.get(one['role'], 'does not answer')}"


def _pbx_line(one: dict[str, Any]) -> str:
    """Say how a PBX's link is and, when its journal is read, how far behind that is and what it had to mend."""
    why = f" ({one['reason']})" if one.get("reason") else ""
    line = f"{one['id']}: {one['link']}{why}, lag {one['lag_s']} s, {one['queue']} wait"
    if "directory" in one:
        line += f"; directory {one['directory']}{f' ({words})' if (words := one.get('directory_reason')) else ''}"
    if one.get("twins"):
        line += f"; WARNING: says the same systemname as {', '.join(one['twins'])}"
    journal = one.get("journal")
    if journal:
        line += "; journal: " + ", ".join(f"{key} {value}" for key, value in journal.items())
    return line


def _configured(runtime: Runtime) -> dict[str, ServiceSettings]:
    settings = runtime.settings
    wanted: dict[str, ServiceSettings] = {
        "mis": settings.mis, "chat": settings.chat, "engine": settings.engine, "web": settings.web,
    }  # fmt: skip
    if settings.engine.standby is not None:
        wanted["engine:standby"] = settings.engine.standby
    return wanted
