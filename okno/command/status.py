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
    engine (what the engine tells of itself: leader, PBX links, lag; null when it does not answer), lamps.
    """
    record = state.read_up(runtime.state)
    known = {entry["name"]: entry for entry in record["services"]} if record else {}
    for name, where in _configured(runtime).items():
        if not any(known_name.split(":")[0] == name for known_name in known):
            known[name] = {"name": name, "pid": None, "port": where.port, "state": "unknown", "url": _url(where)}
    services = await asyncio.gather(*(_one(entry) for entry in known.values()))
    engine = await _engine(runtime)
    up = None if record is None else {key: record[key] for key in ("pid", "address", "demo")}
    return {"up": up, "services": services, "engine": engine, "lamps": _lamps(services, engine)}


def run(args: argparse.Namespace) -> int:
    """Print the state; exit 0 when every service is ready, 1 when one is not."""
    told = asyncio.run(gather(runtime_of(args)))
    print(json.dumps(told, indent=1) if args.json else _text(told))
    return 0 if all(lamp["ok"] for lamp in told["lamps"]) else 1


async def _one(entry: dict[str, Any]) -> dict[str, Any]:
    shown = {key: entry.get(key) for key in ("name", "pid", "port", "state", "restarts", "since")}
    url = entry.get("url")
    if not url:
        return shown | {"alive": entry["state"] == "running", "ready": entry["state"] == "running", "reasons": []}
    answer = await ask(url, "/ready")
    if answer is None:
        return shown | {"alive": False, "ready": False, "reasons": ["does not answer"]}
    return shown | {"alive": True, "ready": answer[0] == 200, "reasons": answer[1].get("reasons", [])}


async def _engine(runtime: Runtime) -> dict[str, Any] | None:
    try:
        client = ServiceClient(_url(runtime.settings.engine), runtime.secret("file:service.secret"), timeout_s=ASK_S)
    except SecretMissing:
        return None
    async with client:
        try:
            answer = await client.get("/v1/status")
        except (ServiceDown, ServiceRefused):
            return None
    return answer if isinstance(answer, dict) else None


def _lamps(services: list[dict[str, Any]], engine: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return one lamp a service and one a PBX link: what a person looks at first."""
    lamps = [{"name": entry["name"], "ok": bool(entry["ready"])} for entry in services]
    links = (engine or {}).get("pbxes") or []
    return lamps + [{"name": f"link:{link['id']}", "ok": link["link"] == _LIVE} for link in links]


def _text(told: dict[str, Any]) -> str:
    up = told["up"]
    lines = [f"okno up, pid {up['pid']}, {up['address']}" if up else "no `okno up` runs on this state", ""]
    lines.append(f"{'':2}{'service':<18}{'pid':>8}{'port':>7}  state")
    for entry in told["services"]:
        lamp = "+" if entry["ready"] else "-"
        why = f": {'; '.join(entry['reasons'])}" if entry["reasons"] else ""
        words = "ready" if entry["ready"] else "not ready" if entry["alive"] else "down"
        lines.append(f"{lamp:2}{entry['name']:<18}{entry['pid'] or '':>8}{entry['port'] or '':>7}  {words}{why}")
    if told["engine"]:
        lines += ["", "engine"] + [f"  {key}: {json.dumps(value)}" for key, value in told["engine"].items()]
    return "\n".join(lines)


def _configured(runtime: Runtime) -> dict[str, ServiceSettings]:
    settings = runtime.settings
    return {"mis": settings.mis, "chat": settings.chat, "engine": settings.engine, "web": settings.web}


def _url(where: ServiceSettings) -> str:
    host = "127.0.0.1" if where.host in ("0.0.0.0", "::") else where.host  # noqa: S104 - compared, not bound
    return f"http://{host}:{where.port}"
