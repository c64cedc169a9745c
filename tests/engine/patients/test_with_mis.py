"""The engine's rooms and loop with the real `mis` behind the gate: asked ahead, routed by a flag, there at the question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from engine.effects import ForgetPatients, KnowPatients
from engine.events import CompleteAsked, OpenAsked
from engine.patients.prefetching import Prefetching
from engine.world import Operator, PatientRoute, Put, Request
from mis import connectors, service
from mis.client import Asker, MisClient
from mis.terms import Candidate, Candidates, Capability, Card, Connector, Context, Flag, Named, PatientQuery
from okno import clock
from okno.command import state
from okno.command.processes import ports
from okno.seal import Keyring
from okno.settings import Runtime, Settings
from tests.engine.clinic import RULES, clinic
from tests.engine.rig import running
from tests.fixtures import MakeUrl, OpenDatabase, serving

NUMBER, NAME = "+79990001873", "family_of_engine_tests"


class Family(Connector):
    """A mother and her child on one number; the child has a flag, both the same doctor."""

    capabilities: frozenset[Capability] = frozenset(("search_phone", "card"))

    async def state(self, ctx: Context) -> None:
        """It is there."""

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Both, for any spelling of the number."""
        return Candidates(people=tuple(Candidate(id=one, name=one, phones=(NUMBER,)) for one in ("mother", "child")))

    async def card(self, ctx: Context, patient: str) -> Card:
        """A card with what routes go by."""
        flags = (Flag(kind="vip"),) if patient == "child" else ()
        return Card(id=patient, name=patient, flags=flags, doctor=Named(id="d7", name="Doctor"))

    async def relatives(self, ctx: Context, patient: str) -> tuple[()]:
        """Nobody more."""
        return ()


@pytest_asyncio.fixture
async def mis(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Runtime]:
    """A running `mis` whose MIS is the family."""
    settings = runtime.settings.model_dump(mode="json")
    settings["mis"] |= {"connector": NAME, "port": ports.free(), "routes": [{"flag": "vip", "queue": "back", "priority": 50}]}
    one = Runtime(Settings.model_validate(settings), runtime.state)
    state.prepare(one)
    url = await new_database_url("mis")
    monkeypatch.setitem(connectors._REGISTRY, NAME, lambda setup: Family())
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    async with serving(service.main(one), one.settings.mis.url):
        yield one


async def counted(runtime: Runtime) -> dict[str, float]:
    """How prefetches were found when they were asked for."""
    async with aiohttp.ClientSession() as session, session.get(f"{runtime.settings.mis.url}/metrics") as answer:
        lines = [line for line in (await answer.text()).splitlines() if line.startswith("okno_mis_prefetch_total{")]
    return {line.partition('="')[2].partition('"')[0]: float(line.rpartition(" ")[2]) for line in lines}


async def test_work_is_looked_up_routed_there_at_the_question_and_forgotten(
    mis: Runtime, database: OpenDatabase
) -> None:
    keyring = Keyring.load(mis.keyring_path)
    client = MisClient(mis.settings.mis.url, mis.secret("file:service.secret"), keyring.sealer("bus"))
    taken: list[Any] = []
    prefetching = Prefetching(client, taken.append, CollectorRegistry())

    def perform(effect: Any) -> None:
        if isinstance(effect, KnowPatients | ForgetPatients):
            prefetching.perform(effect)

    world = clinic()
    world.apply([Put(replace(RULES, patients=True, routes=(PatientRoute(flag="vip", queue="back", priority=50),)))])
    assert world.get(Operator, "orlova") is not None
    said: dict[str, Any] = {"actor": "boss", "role": "supervisor", "operator": None}
    key = str(uuid4())
    async with running(await database("engine"), keyring, world=world, perform=perform) as rig:
        opens = OpenAsked(at=clock.now(), command="c1", id=key, kind="form", queue="front", phone=NUMBER, **said)
        assert (await rig.loop.command(opens)).ok
        await rig.until(lambda: taken)
        assert (taken[0].found, taken[0].flags, taken[0].doctor) == (2, ("vip",), "d7")
        rig.loop.take(taken[0])
        await rig.until(lambda: (one := world.get(Request, key)) is not None and one.queue == "back")
        routed = world.get(Request, key)
        assert routed is not None and routed.priority == 50 and routed.patient == ""
        asker = Asker(actor="anna", role="operator", purpose="request", request=UUID(key))
        found = await client.candidates(NUMBER, asker, call=UUID(key))
        assert {one.id for one in found.people} == {"mother", "child"}
        assert (await counted(mis)).get("hit") == 1
        done = CompleteAsked(at=clock.now(), command="c2", request=key, **said)
        assert (await rig.loop.command(done)).ok
        for _ in range(200):  # nothing is held any more: the next question finds no prefetch of this request
            await client.candidates(NUMBER, asker, call=UUID(key))
            if (await counted(mis)).get("miss"):
                break
            await asyncio.sleep(0.02)
        assert (await counted(mis)).get("miss")
    await prefetching.close()
    await client.close()
