"""Look-ups ahead of the question: bounded, never in anybody's way, whatever `mis` does. Over a real socket."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from engine.effects import ForgetPatients, KnowPatients
from engine.events import PatientsKnown
from engine.patients import prefetching as module
from engine.patients.prefetching import Prefetching
from mis.client import BODY_PLACE, MisClient
from okno.command.processes import ports
from okno.seal import Keyring, Sealer

NUMBER = "+79990001873"
Answer = Callable[[web.Request], Any]


class Mis:
    """The two routes of `mis` that matter here; `answer` says what a look-up gets."""

    def __init__(self, bus: Sealer) -> None:
        self.bus = bus
        self.asked: list[str] = []
        self.released: list[str] = []
        self.at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.answer: dict[str, Any] = {"state": "ready", "people": [{"id": "p1", "name": ""}], "flags": ["vip"], "doctor": "d7"}
        self.status = 200

    async def prefetch(self, request: web.Request) -> web.Response:
        """Note what was asked; answer when the gate is open."""
        body = await request.json()
        assert (body["actor"], body["purpose"]) == ("engine", "prefetch")
        text = self.bus.open(base64.b64decode(body["body"]), row=body["request"], **BODY_PLACE)
        self.asked.append(text)
        self.at_once += 1
        try:
            await self.gate.wait()
        finally:
            self.at_once -= 1
        return web.json_response(self.answer, status=self.status)

    async def release(self, request: web.Request) -> web.Response:
        """Note it."""
        self.released.append((await request.json())["call"])
        return web.json_response({})


class Around:
    """What a test of look-ups has."""

    def __init__(self, bus: Sealer, port: int) -> None:
        self.mis, self.taken, self.registry = Mis(bus), list[Any](), CollectorRegistry()
        self.client = MisClient(f"http://127.0.0.1:{port}", "a secret", bus)
        self.loop: Callable[[Any], None] | None = None
        self.prefetching = Prefetching(self.client, self.take, self.registry)
        self.stop: Callable[[], Awaitable[None]]

    def take(self, event: Any) -> None:
        """Note an event, and give it to the loop if there is one."""
        self.taken.append(event)
        if self.loop is not None:
            self.loop(event)

    def ends(self, end: str) -> float:
        """How many ended so."""
        return self.registry.get_sample_value("okno_prefetches_total", {"end": end}) or 0.0

    async def until(self, fact: Callable[[], Any]) -> None:
        """Wait until it is so."""
        for _ in range(1000):
            if fact():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it did not become so")


@asynccontextmanager
async def around(keyring: Keyring) -> AsyncIterator[Around]:
    """Look-ups against a real door."""
    port = ports.free()
    one = Around(keyring.sealer("bus"), port)
    app = web.Application()
    app.router.add_post("/prefetch", one.mis.prefetch)
    app.router.add_post("/release", one.mis.release)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    one.stop = site.stop
    try:
        yield one
    finally:
        one.mis.gate.set()
        await one.prefetching.close()
        await one.client.close()
        await runner.cleanup()


def know(waits: str = "", **more: Any) -> KnowPatients:
    """A look-up."""
    return KnowPatients(**({"phone": NUMBER, "waits": waits or str(uuid4()), "request": str(uuid4())} | more))


async def test_what_mis_finds_comes_back_as_an_event(keyring: Keyring) -> None:
    async with around(keyring) as one:
        asked = know(opening=True)
        one.prefetching.perform(asked)
        await one.until(lambda: one.taken)
        (known,) = one.taken
        assert isinstance(known, PatientsKnown)
        assert (known.request, known.phone, known.found, known.flags, known.doctor, known.opening) == (
            asked.request, NUMBER, 1, ("vip",), "d7", True,
        )  # fmt: skip
        assert NUMBER in one.mis.asked[0] and asked.waits in one.mis.asked[0] and one.ends("found") == 1


async def test_the_same_call_twice_is_one_look_up_and_later_another(keyring: Keyring) -> None:
    async with around(keyring) as one:
        asked = know()
        one.mis.gate.clear()
        one.prefetching.perform(asked)
        one.prefetching.perform(asked)
        await one.until(lambda: one.mis.asked)
        one.mis.gate.set()
        await one.until(lambda: one.taken)
        one.prefetching.perform(asked)
        await one.until(lambda: len(one.taken) == 2)
        assert len(one.mis.asked) == 2


@pytest.mark.parametrize(
    ("answer", "status", "end"),
    [
        ({"state": "ready", "error": "deadline"}, 200, "failed"), ({"state": "not_configured"}, 200, "not_configured"),
        ({"state": "down"}, 200, "down"), ({"surprise": 1}, 200, "failed"), ([], 200, "failed"),
        ({"title": "no"}, 400, "failed"), ({}, 500, "failed"),
    ],
)  # fmt: skip
async def test_no_answer_or_a_strange_one_is_no_event(keyring: Keyring, answer: Any, status: int, end: str) -> None:
    async with around(keyring) as one:
        one.mis.answer, one.mis.status = answer, status
        one.prefetching.perform(know())
        await one.until(lambda: one.ends(end) == 1)
        assert one.taken == []


async def test_nobody_found_is_told_too(keyring: Keyring) -> None:
    async with around(keyring) as one:
        one.mis.answer = {"state": "ready"}
        one.prefetching.perform(know())
        await one.until(lambda: one.taken)
        assert one.taken[0].found == 0 and one.ends("nobody") == 1


async def test_who_left_is_forgotten_and_his_look_up_broken_off(keyring: Keyring) -> None:
    async with around(keyring) as one:
        asked = know()
        one.mis.gate.clear()
        one.prefetching.perform(asked)
        await one.until(lambda: one.mis.asked)
        one.prefetching.perform(ForgetPatients(waits=asked.waits))
        await one.until(lambda: one.mis.released)
        one.mis.gate.set()
        await asyncio.sleep(0.05)
        assert one.mis.released == [asked.waits] and one.taken == []


async def test_a_mis_that_hangs_has_a_few_at_once_and_a_crowd_is_left_out(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 30)
    monkeypatch.setattr(module, "ANSWER_S", 0.3)
    async with around(keyring) as one:
        one.mis.gate.clear()
        for _ in range(40):
            one.prefetching.perform(know())
        assert one.ends("left_out") == 10
        await one.until(lambda: one.mis.at_once)
        await asyncio.sleep(0.1)
        assert one.mis.at_once == module.AT_ONCE
        await one.until(lambda: one.ends("failed") == 30)
        assert one.taken == []
        one.mis.gate.set()
        one.prefetching.perform(know())
        await one.until(lambda: one.taken)


async def test_what_comes_to_its_turn_too_late_is_left_out(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_S", 0.05)
    async with around(keyring) as one:
        one.mis.gate.clear()
        for _ in range(module.AT_ONCE + 2):
            one.prefetching.perform(know())
        await one.until(lambda: one.mis.at_once == module.AT_ONCE)
        await asyncio.sleep(0.1)
        one.mis.gate.set()
        await one.until(lambda: one.ends("left_out") == 2)
        await one.until(lambda: len(one.taken) == module.AT_ONCE)


async def test_with_mis_dead_nothing_is_known_and_nothing_else_happens(keyring: Keyring) -> None:
    taken: list[Any] = []
    registry = CollectorRegistry()
    client = MisClient(f"http://127.0.0.1:{ports.free()}", "a secret", keyring.sealer("bus"))
    prefetching = Prefetching(client, taken.append, registry)
    prefetching.perform(know())
    prefetching.perform(ForgetPatients(waits=str(uuid4())))
    for _ in range(200):
        if registry.get_sample_value("okno_prefetches_total", {"end": "failed"}):
            break
        await asyncio.sleep(0.01)
    await prefetching.close()
    await client.close()
    assert registry.get_sample_value("okno_prefetches_total", {"end": "failed"}) == 1 and taken == []
