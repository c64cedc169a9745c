"""Damaged AMI blocks and journal rows by the ten thousand: no exception escapes, no call is damaged.

The pieces are real ones (tests/replays, recorded/), the damage is `mutating`'s, from a seed that a failure prints.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.ami.protocol import SafeProtocol
from engine.events.facts import Fact
from engine.journal import cel, queue_log
from engine.journal.parts import FileName, Unreadable, part_of
from engine.journal.reading import Reader
from engine.journal.tail import Tail
from engine.live.rows import call_row, request_row
from engine.store.codec import Codec
from engine.store.tables import CALLS, REQUESTS
from engine.world import Call
from engine.world.entities import KINDS
from okno.seal import Keyring
from okno.settings.model import PbxSettings
from tests.engine import mutating
from tests.engine.clinic import Ended
from tests.engine.test_replays import bench

SEED = int(os.environ.get("OKNO_FUZZ_SEED", "20261121"))
REPLAYS = Path(__file__).parent.parent / "replays"
RECORDED = Path(__file__).parent / "recorded"
END = b"\r\n\r\n"
BLOCKS, ROWS, BESIDE = 30_000, 20_000, 10_000
# They are of no channel: a boot or a shutdown that is well-formed ends every call, whoever sent it.
OF_ALL = (b"Event: FullyBooted", b"Event: Shutdown")
# When the run was recorded: nothing is told before the PBX's clock says that no more of it can follow.
LATER = datetime(2026, 11, 21, 12, tzinfo=UTC)
# The time in a row of either file, wherever it stands. One that lies is a clock that jumped: see tests/engine/journal.
TIME = re.compile(rb'(?<=")\d{9,11}\.\d+(?=",")|(?<![\w.])\d{9,11}(?=\|)')


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


def rows(name: str) -> list[bytes]:
    """The records of a recorded journal file."""
    return (RECORDED / name).read_bytes().splitlines()


def told(folder: Path, events: Sequence[bytes], log: Sequence[bytes], dice: random.Random) -> tuple[dict[str, Call], int]:
    """The calls that our reader finds in two such files, read in batches of any size; and how much it complained."""
    contents: dict[FileName, Sequence[bytes]] = {"cel": events, "queue_log": log}
    reader = Reader("replay", [one for kind in KINDS for one in bench().all(kind)])
    calls: dict[str, Call] = {}
    complaints = 0
    tails = {}
    for file, records in contents.items():
        (folder / file).write_bytes(b"".join(record + b"\n" for record in records))
        tails[file] = Tail(file, folder / file)
    waiting = list(tails)
    while waiting:
        file = dice.choice(waiting)
        batch = tails[file].read(dice.choice((1, 10, 100, 500)))
        if batch.at_end:
            waiting.remove(file)
        taken = reader.take(part_of(file, batch), LATER)
        complaints += len(taken.problems)
        while True:
            calls |= {call.key: call for call in taken.ended}
            if not taken.more:
                break
            taken = reader.go_on()
    for tail in tails.values():
        tail.close()
    return calls, complaints


def test_no_exception_escapes_damaged_rows(tmp_path: Path, keyring: Keyring):
    dice = random.Random(SEED + 2)
    damaged = {
        "cel": list(mutating.damaged_plays(dice, [rows("mix.cel.csv")], mutating.CEL, ROWS // 2)),
        "queue_log": list(mutating.damaged_plays(dice, [rows("mix.queue_log")], mutating.QUEUE_LOG, ROWS // 2)),
    }
    calls, complaints = told(tmp_path, damaged["cel"], damaged["queue_log"], dice)
    assert len(calls) > 100 and complaints > ROWS / 20, SEED
    ended = Ended(bench())
    ended.calls = calls
    storable(ended, keyring)


def liar(row: bytes, at: bytes) -> bool:
    """Whether a row can be read and says another time than this."""
    text = row.decode("latin-1") + "\n"
    try:
        said = float(cel.parse(text).at if b'"' in row else queue_log.parse(text).at)
    except Unreadable:
        return False
    return abs(said - float(at)) > 1


def beside(good: Sequence[bytes], mutations: Sequence[mutating.Mutation], dice: random.Random) -> list[bytes]:
    """Damaged rows between good ones, of other channels; what is left of a time is that of the row before."""
    sources = [row for row in good if b"QUEUESTART" not in row]
    garbage = map(mutating.foreign, mutating.mutated(dice, sources, mutations, BESIDE // 2))
    places = sorted(dice.randint(1, len(good)) for _ in range(BESIDE // 2))
    mixed: list[bytes] = []
    for place, row in enumerate(good):
        while places and places[0] == place:
            found = TIME.search(good[place - 1])
            assert found is not None
            at = found[0]
            timed = TIME.sub(at, next(garbage))
            mixed += [] if liar(timed, at) else [timed]
            del places[0]
        mixed.append(row)
    return mixed


def test_damaged_rows_between_good_ones_damage_no_call(tmp_path: Path):
    dice = random.Random(SEED + 3)
    good = rows("mix.cel.csv"), rows("mix.queue_log")
    (tmp_path / "alone").mkdir()
    expected, none = told(tmp_path / "alone", *good, dice)
    mixed = beside(good[0], mutating.CEL, dice), beside(good[1], mutating.QUEUE_LOG, dice)
    got, complaints = told(tmp_path, *mixed, dice)
    assert (len(expected), none) == (19, 0)
    assert complaints > BESIDE / 20
    assert {key: got.get(key) for key in expected} == expected, SEED
