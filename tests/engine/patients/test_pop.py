"""The pop does not know of the MIS: the same calls ring the same phones in the same order, whatever `mis` does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.effects import ForgetPatients, KnowPatients
from engine.world import Call, Put, Request
from okno.seal import Keyring
from tests.engine import clinic as of_clinic
from tests.engine.clinic import RULES, clinic
from tests.engine.patients.test_prefetching import Around, around
from tests.engine.plays import shifted
from tests.engine.rig import Rig, running
from tests.fixtures import OpenDatabase

CALLS = 20


def facts() -> Iterator[Any]:
    """Twenty patients call at once, wait, and a phone rings for each."""
    play = [of_clinic.patient(0), of_clinic.joins(1), *of_clinic.rings(2)]
    for fact in play:
        for number in range(CALLS):
            yield shifted(fact, number)


def rings(rig: Rig) -> list[tuple[str, str, str]]:
    """The pops in the order in which they were told."""
    told = [json.loads(text) for text in rig.told]
    return [(one["operator"], one["call"]["id"], one["call"]["phone"]) for one in told if one["type"] == "ring"]


async def pops(database: OpenDatabase, keyring: Keyring, one: Around | None) -> list[tuple[str, str, str]]:
    """Play the calls, with this MIS or with none; return the pops."""
    world = clinic()
    world.apply([Put(replace(RULES, patients=one is not None))])

    def perform(effect: Any) -> None:
        if one is not None and isinstance(effect, KnowPatients | ForgetPatients):
            one.prefetching.perform(effect)

    async with running(await database("engine"), keyring, world=world, perform=perform) as rig:
        if one is not None:
            one.loop = rig.loop.take
        for fact in facts():
            rig.loop.take(fact)
        await rig.until(lambda: len(rings(rig)) == CALLS)
        await rig.until(lambda: len(list(world.all(Call))) == CALLS and not rig.loop.writer.buffered)
        assert len(list(world.all(Request))) == CALLS and not rig.loop.writer.away
        return rings(rig)


@pytest.mark.parametrize("how", ["ready", "hangs", "lies", "refuses", "dead"])
async def test_the_pop_is_the_same_with_any_mis(how: str, database: OpenDatabase, keyring: Keyring) -> None:
    expected = await pops(database, keyring, None)
    async with around(keyring) as one:
        match how:
            case "hangs":
                one.mis.gate.clear()
            case "lies":
                one.mis.answer = {"state": "ready", "people": "everybody", "flags": 7}
            case "refuses":
                one.mis.status = 503
            case "dead":
                await one.stop()
        assert await pops(database, keyring, one) == expected
        if how == "hangs":  # every phone rang, every call is written, and not one answer has come
            assert one.taken == [] and one.mis.at_once > 0
        elif how == "ready":
            await one.until(lambda: len(one.taken) >= CALLS)
        else:
            await one.until(lambda: one.ends("failed") >= CALLS)
            assert one.taken == []
