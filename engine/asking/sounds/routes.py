"""The routes of sounds, on the leading engine. Sounds travel as base64 in JSON, like everything between services."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from engine.asking.reading import body_of, private, read
from engine.asking.sounds import letters
from engine.asking.sounds.making import Sounds
from engine.asking.sounds.messages import ComeAgain, NotYours
from okno.errors import Refused, TheirFault
from okno.service import ServiceRefused
from okno.service.doors import problem


class Lead(Protocol):
    """What of a leading engine the routes need."""

    @property
    def sounds(self) -> Sounds:
        """What callers hear, and what they leave."""


Answer = Callable[[Any, web.Request], Awaitable[web.StreamResponse]]
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_to(app: web.Application, leading: Callable[[Answer], Route]) -> None:
    """Register the routes; `leading` makes a route that only the leader answers."""
    app.router.add_post("/v1/prompts", leading(_upload))
    app.router.add_post("/v1/prompts/speak", leading(_speak))
    app.router.add_post("/v1/prompts/get", leading(_get))
    app.router.add_post("/v1/messages", leading(_left))
    app.router.add_post("/v1/messages/hear", leading(_hear))


async def _upload(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.UploadAsked, await body_of(request))
    try:
        return private(await lead.sounds.prompts.upload(asked))
    except (Refused, TheirFault) as fault:
        return problem(422, str(fault), key=fault.key)


async def _speak(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.SpeakAsked, await body_of(request))
    try:
        return _sound(await lead.sounds.prompts.speak(asked))
    except ServiceRefused as refusal:
        words = str(refusal.problem.get("title") or refusal)
        return problem(422, words, key=str(refusal.problem.get("key") or refusal.key))


async def _get(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.FileAsked, await body_of(request))
    return _sound(await lead.sounds.prompts.get(asked.file))


async def _left(lead: Lead, request: web.Request) -> web.Response:
    told = read(letters.MessageTold, await body_of(request))
    try:
        return private(await lead.sounds.messages.left(told))
    except ComeAgain as later:
        return problem(503, str(later), key=later.key)


async def _hear(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.ListenAsked, await body_of(request))
    try:
        told = await lead.sounds.messages.heard(asked)
    except NotYours as refusal:
        return problem(403, str(refusal), key=refusal.key)
    sound = base64.b64encode(told.pop("sound")).decode()
    return private({**told, "at": told["at"].isoformat(), "sound": sound})


def _sound(data: bytes) -> web.Response:
    return private({"sound": base64.b64encode(data).decode()})
