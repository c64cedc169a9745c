"""The routes of flows, on the leading engine: kinds of steps, live counts, a draft's mistakes, a draft walked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web

from engine.agi.counting import Counts
from engine.asking.directory.keeping import Keeping
from engine.asking.ivr import letters
from engine.asking.ivr.drafts import flaws_of, is_open, named
from engine.asking.ivr.trying import Pretended, texts_of, tried
from engine.asking.reading import body_of, private, read
from engine.ivr import saying
from engine.ivr.flow import BrokenFlow
from engine.ivr.flow import read as read_flow
from engine.ivr.orders import Caller
from engine.ivr.steps import schemas
from okno import clock


class Lead(Protocol):
    """What of a leading engine the routes need."""

    @property
    def directory(self) -> Keeping:
        """The directory in force."""

    @property
    def counts(self) -> Counts:
        """How many callers are in which step."""


# Of nobody: a flow is only tried with it.
_PHONE = "+79990000000"
Answer = Callable[[Any, web.Request], Awaitable[web.StreamResponse]]
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_to(app: web.Application, leading: Callable[[Answer], Route]) -> None:
    """Register the routes; `leading` makes a route that only the leader answers."""
    app.router.add_get("/v1/ivr/kinds", leading(_kinds))
    app.router.add_get("/v1/ivr/counts", leading(_counts))
    app.router.add_post("/v1/ivr/check", leading(_check))
    app.router.add_post("/v1/ivr/try", leading(_try))


async def _kinds(lead: Lead, request: web.Request) -> web.Response:
    return private({"kinds": schemas(), "addresses": sorted(lead.directory.settings.engine.http)})


async def _counts(lead: Lead, request: web.Request) -> web.Response:
    return private(lead.counts.rows())


async def _check(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.CheckAsked, await body_of(request))
    return private({"flaws": flaws_of(asked.document, lead.directory.settings.engine.http)})


async def _try(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.TryAsked, await body_of(request))
    try:
        flow = read_flow(named(asked.document, "flows").get(asked.flow))
    except BrokenFlow as broken:
        return private({"lines": [], "wants": None, "leave": None, "step": "", "broken": len(broken.flaws)})
    zone = ZoneInfo(lead.directory.settings.clinic.timezone)
    wanted = asked.at or clock.now()
    at = wanted.astimezone(zone) if wanted.tzinfo else wanted.replace(tzinfo=zone)
    phone = "" if asked.hidden else _PHONE
    caller = Caller(call="tried", phone=phone, dialled=asked.line, line=asked.line, language=flow.language, at=at)
    prompts = named(asked.document, "prompts")
    words = {**saying.pieces("ru"), **saying.pieces("en"), **texts_of(prompts, "ru"), **texts_of(prompts, "en")}
    pretended = Pretended(
        patient=asked.patient, visit=asked.visit, blocked=asked.blocked, promised=asked.promised,
        waiting=asked.waiting, wait_s=asked.wait_s, staffed=asked.staffed, http=asked.http,
    )  # fmt: skip
    told = tried(
        flow, caller, asked.given, pretended,
        open_now=lambda name: is_open(asked.document, name or _hours_of(asked.document, asked.line), at),
        words=lambda sound: words.get(sound, ""),
    )  # fmt: skip
    return private({**told.row(), "broken": 0})


def _hours_of(document: dict[str, Any], number: str) -> str:
    """Return the name of the hours of a line of the draft; empty when it is always open."""
    lines = document.get("lines")
    for line in lines if isinstance(lines, list) else []:
        if isinstance(line, dict) and line.get("number") == number:
            return str(line.get("hours") or "")
    return ""
