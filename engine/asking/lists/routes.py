"""The routes of lists: all are POST, so that nothing of a person stands in an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from engine.asking.directory.keeping import Keeping
from engine.asking.lists.desk import Lists
from engine.asking.people.people import People
from engine.asking.reading import body_of, private
from engine.asking.who import Asked, Who
from engine.loop import Loop


class Lead(Protocol):
    """What of a leading engine they need."""

    @property
    def people(self) -> People:
        """Has the store of lists."""

    @property
    def loop(self) -> Loop:
        """Takes commands."""

    @property
    def asked(self) -> Asked:
        """Audits."""

    @property
    def directory(self) -> Keeping:
        """The directory in force."""


Answer = Callable[[Lists, Any], Awaitable[dict[str, Any]]]
Leading = Callable[[Callable[[Any, web.Request], Awaitable[web.StreamResponse]]], Any]
ANSWERS: dict[str, Answer] = {
    "all": Lists.all, "one": Lists.one, "people": Lists.people, "check": Lists.check, "make": Lists.make,
    "steer": Lists.steer, "person": Lists.person, "refuse": Lists.refuse, "lift": Lists.lift,
    "refusals": Lists.refusals,
}  # fmt: skip


def add_to(app: web.Application, leading: Leading) -> None:
    """Register them; `leading` makes each a route that only the leader answers."""
    for what, answer in ANSWERS.items():
        app.router.add_post(f"/v1/lists/{what}", leading(_route(answer)))


def _route(answer: Answer) -> Callable[[Lead, web.Request], Awaitable[web.StreamResponse]]:
    async def route(lead: Lead, request: web.Request) -> web.StreamResponse:
        lists = Lists(lead.people.lists, lead.loop, lead.asked, lead.directory.settings, Who.of(request.headers))
        return private(await answer(lists, await body_of(request)))

    return route
