"""Damaged AMI blocks and journal rows by the ten thousand: no exception escapes, no call is damaged.

The pieces are real ones (tests/replays, recorded/), the damage is `mutating`'s, from a seed that a failure prints.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.ami.protocol import SafeProtocol
from engine.events.facts import Fact
from engine.live.rows import call_row, request_row
from engine.store.codec import Codec
from engine.store.tables import CALLS, REQUESTS
from engine.world import Call
from okno.seal import Keyring
from okno.settings.model import PbxSettings
from tests.engine import mutating
from tests.engine.clinic import Ended
from tests.engine.test_replays import bench

SEED = int(os.environ.get("OKNO_FUZZ_SEED", "20261121"))
REPLAYS = Path(__file__).parent.parent / "replays"
RECORDED = Path(__file__).parent / "recorded"
END = b"\r\n\r\n"
BLOCKS, BESIDE = 30_000, 10_000
# They are of no channel: a boot or a shutdown that is well-formed ends every call, whoever sent it.
OF_ALL = (b"Event: FullyBooted", b"Event: Shutdown")


class NoTransport:
    """A transport that is never written to."""

    def close(self) -> None:
        """Nothing is open."""

    def pause_reading(self) -> None:
        """Nobody reads."""

    def resume_reading(self) -> None:
        """Nobody reads."""

    def is_closing(self) -> bool:
        """It never closes."""
        return False


def plays() -> list[list[bytes]]:
    """The blocks of each recording."""
    files = [*sorted(REPLAYS.glob("**/*.ami")), RECORDED / "mix.ami"]
    return [[block for block in file.read_bytes().split(END) if block.strip()] for file in files]


def heard(stream: bytes, dice: random.Random) -> tuple[list[Fact], PbxLink]:
    """What our link takes from this stream, in chunks of any size."""
    facts: list[Any] = []
    link = PbxLink(PbxSettings(name="replay"), lambda reference: "", facts.append, Metrics())
    link._booted.set()
    figures = link._figures
    protocol = SafeProtocol(link._events._routes, link._sink, figures.skip, figures.waste, lambda: None)
    protocol.connection_made(NoTransport())  # type: ignore[arg-type]
    start = 0
    while start < len(stream):
        size = dice.choice((1, 7, 100, 1448, 4096, 65536))
        protocol.data_received(stream[start : start + size])
        link._take_batch(link.queued)
        start += size
    assert not protocol.lost
    return facts, link


def storable(ended: Ended, keyring: Keyring) -> None:
    """Whatever became of it can be written, drawn and sent."""
    codec = Codec(keyring.sealer("engine"))
    for call in ended.calls.values():
        codec.encode(CALLS, call, still_open=False)
        codec.legs(call)
        codec.visits(call)
        json.dumps(call_row(ended.world, call), ensure_ascii=False, allow_nan=False).encode()
    for request in ended.requests.values():
        codec.encode(REQUESTS, request, still_open=False)
        json.dumps(request_row(ended.world, request), ensure_ascii=False, allow_nan=False).encode()


def essence(calls: Iterable[Call]) -> dict[str, Call]:
    """Calls without what depends on others: requests join and contacts are found by number."""
    return {call.key: replace(call, request=None, contact=None) for call in calls}


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    """Keys of this test."""
    return Keyring.create(tmp_path / "keyring.json")


async def test_no_exception_escapes_damaged_blocks(keyring: Keyring):
    dice = random.Random(SEED)
    damaged = mutating.damaged_plays(dice, plays(), mutating.AMI, BLOCKS)
    facts, link = heard(END.join(damaged) + END, dice)
    assert link._figures.take_failures == 0, SEED
    assert len(facts) > BLOCKS / 10
    ended = Ended(bench())
    for number, fact in enumerate(facts):
        try:
            ended.play([fact])
        except Exception as error:
            raise AssertionError(f"seed {SEED}, fact {number}: {fact!r}") from error
    assert len(ended.calls) > 500
    storable(ended, keyring)


async def test_damaged_blocks_between_good_ones_damage_no_call():
    dice = random.Random(SEED + 1)
    good = [block for block in (RECORDED / "mix.ami").read_bytes().split(END) if block.strip()]
    sources = [block for play in plays() for block in play if not block.startswith(OF_ALL)]
    garbage = map(mutating.foreign, mutating.mutated(dice, sources, mutating.AMI, BESIDE))
    places = sorted(dice.randrange(len(good) + 1) for _ in range(BESIDE))
    stream: list[bytes] = []
    for place, block in enumerate(good):
        while places and places[0] == place:
            stream.append(next(garbage))
            del places[0]
        stream.append(block)
    plain, _ = heard(END.join(good) + END, dice)
    mixed, link = heard(END.join([*stream, *garbage]) + END, dice)
    assert link._figures.take_failures == 0
    alone, beside = Ended(bench()).play(plain), Ended(bench()).play(mixed)
    assert len(alone.calls) == 19
    expected, got = essence(alone.calls.values()), essence(beside.calls.values())
    assert {key: got.get(key) for key in expected} == expected, SEED
