"""Files on disk, a shipper, a real engine and its database: all calls arrive once, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from engine.client import EngineClient
from engine.feed import Status
from engine.journal.parts import Batch
from engine.journal.tail import Tail
from engine.shipping.shipper import MOST, Figures, Shipper
from okno.command.processes import ports
from okno.database import Database
from okno.service import ServiceRefused
from tests.engine.clinic import EPOCH, PBX
from tests.engine.conftest import Child, StartEngine
from tests.engine.journal.paper import row
from tests.engine.shipping.rig import PBXES, QUICK, Journal, count, rows, shipping, until


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An empty journal."""
    folder = tmp_path / "journal"
    folder.mkdir()
    made = Journal(folder)
    made.write()
    return made


async def led(start: StartEngine, **more: Any) -> Child:
    """An engine that leads and knows the PBX, without a link to it."""
    child = await start(**(PBXES | more))
    await child.ready()
    return child


async def right(child: Child, wanted: int) -> None:
    """Each call answered, once, in exactly one request, which is done."""
    calls, requests = await rows(child), await rows(child, "requests")
    assert len(calls) == wanted and {call["result"] for call in calls} <= {"answered"}
    assert Counter(key for request in requests for key in request["calls"]) == Counter(call["id"] for call in calls)
    assert {request["status"] for request in requests} <= {"done"}
    assert sorted(request["number"] for request in requests) == [f"2025-{n:06d}" for n in range(1, wanted + 1)]
    assert {round(leg["talk_s"]) for call in calls for leg in call["legs"]} <= {5}


async def test_what_is_written_is_there_and_confirmed(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    journal.calls(1, 2, 3)
    async with shipping(journal, child.client) as ships:
        await until(lambda: count(child, 3))
        await right(child, 3)
        journal.calls(4)
        await until(lambda: count(child, 4))
        end = {file: path.stat().st_size for file, path in journal.files.items()}
        await until(lambda: all(ships.memory.confirmed.get(file, (0, 0))[1] == place for file, place in end.items()))
        assert ships.metric("okno_journal_shipped_records_total") == len(journal.paper.cel + journal.paper.queue_log)
        assert ships.metric("okno_journal_unshipped_bytes") == 0
    status = await child.client.status()
    Status.model_validate(status)
    told = status["pbxes"][0]["journal"]
    assert (told["repairs"], told["disagreements"], told["unshipped"]) == (4, 0, 0) and told["lag_s"] is not None


async def test_the_same_told_again_changes_nothing(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    journal.calls(*range(1, 6))
    async with shipping(journal, child.client) as ships:
        await until(lambda: count(child, 5))
        await until(lambda: ships.memory.confirmed)
    before = await rows(child), await rows(child, "requests")
    database = await Database.open(child.database_url, name="test")
    await database.execute("DELETE FROM journal_offsets")
    child.kill()
    again = await led(start_engine)
    (journal.folder / "memory.json").unlink()
    async with shipping(journal, again.client):
        await until(lambda: database.fetchval("SELECT count(*) >= 2 FROM journal_offsets"))
    assert (await rows(again), await rows(again, "requests")) == before
    assert await database.fetchval("SELECT count(*) FROM journal_repairs") == 5
    await database.close()


async def test_an_engine_away_for_long_loses_nothing(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    child.kill()
    async with shipping(journal, child.client) as ships:
        for number in range(1, 21):
            journal.calls(number)
        await until(lambda: ships.metric("okno_journal_unshipped_bytes") == journal.size)
        assert ships.metric("okno_journal_engine_away") == 1
        again = await led(start_engine)
        await until(lambda: count(again, 20))
        await right(again, 20)
        await until(lambda: ships.metric("okno_journal_unshipped_bytes") == 0)


async def test_killed_in_the_middle_again_and_again(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    journal.calls(*range(1, 3 * MOST // 14))
    wanted = 3 * MOST // 14 - 1
    async with shipping(journal, child.client):
        for least in (1, 40):
            while len(await rows(child)) < least:
                await asyncio.sleep(0.01)
            child.kill()
            child = await led(start_engine)
        await until(lambda: count(child, wanted))
    await right(child, wanted)


async def test_a_new_shipper_goes_on_where_the_engine_is(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    journal.calls(1, 2)
    async with shipping(journal, child.client) as ships:
        await until(lambda: count(child, 2))
        await until(lambda: ships.memory.confirmed)
    journal.calls(3)
    journal.files["cel"].rename(journal.folder / "okno.csv.1")  # rotated while nobody looked
    journal.files["queue_log"].rename(journal.folder / "queue_log.1")
    journal.calls(4)
    async with shipping(journal, child.client):
        await until(lambda: count(child, 4))
    await right(child, 4)


async def test_the_leader_is_followed(journal: Journal, start_engine: StartEngine) -> None:
    one, two = ports.free(), ports.free()
    places = {"engine": {"port": one, "standby": {"port": two}}}
    first = await led(start_engine, port=one, **places)
    second = await start_engine(port=two, **PBXES, engine={"port": two, "standby": {"port": one}})
    journal.calls(1, 2)
    async with EngineClient(first.runtime) as client, shipping(journal, client):
        await until(lambda: count(first, 2))
        first.kill()
        journal.calls(3, 4)
        await second.ready()
        await until(lambda: count(second, 4))
    await right(second, 4)


class Slow(Tail):
    """A file whose reading takes a while; `read_at` is when each reading began."""

    read_at: float = 0.0

    def read(self, most: int = 500) -> Batch:
        """The next records, and then a wait."""
        self.read_at = time.time()
        batch = super().read(most)
        time.sleep(0.05)
        return batch


class Listener:
    """An engine that keeps the letters; the first is told where to go on."""

    def __init__(self) -> None:
        self.letters: list[Mapping[str, Any]] = []

    async def journal(self, letter: Mapping[str, Any]) -> dict[str, Any]:
        """Take a letter."""
        self.letters.append(letter)
        if not letter["parts"]:
            raise ServiceRefused(409, {"from": {"cel": None, "queue_log": None}})
        return {"confirmed": {}}


async def test_a_letter_says_no_more_is_known_than_was_there_when_reading_began(journal: Journal) -> None:
    journal.calls(1)
    engine, tails = Listener(), {file: Slow(file, path, grace_s=0) for file, path in journal.files.items()}
    shipper = Shipper(
        PBX, tails, engine, memory=journal.memory(), figures=Figures(CollectorRegistry()), pace=QUICK
    )
    for _ in range(2):
        await shipper.step()
    for tail in tails.values():
        tail.close()
    _, sent = engine.letters
    assert sent["now"] <= min(tail.read_at for tail in tails.values())


def letter(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A letter as it goes over the wire."""
    return {"pbx": PBX, "now": EPOCH + 1e6, "began": EPOCH - 60, "unshipped": 0, "parts": list(parts)} | more


def part(records: list[str], start: int = 0, **more: Any) -> dict[str, Any]:
    """A part of CEL."""
    end = start + len("".join(records))
    return {"file": "cel", "inode": 7, "start": start, "end": end, "records": records, "at_end": True} | more


async def refused(child: Child, body: Any) -> ServiceRefused:
    """What a letter is answered that is not taken."""
    with pytest.raises(ServiceRefused) as refusal:
        await child.client.journal(body)
    return refusal.value


async def test_a_letter_out_of_place_is_told_the_place(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    journal.calls(1)
    cel = journal.paper.cel
    hello = await refused(child, letter())
    assert (hello.status, hello.problem["from"]) == (409, {"cel": None, "queue_log": None})
    await child.client.journal(letter(part(cel[:4])))
    place = len("".join(cel[:4]))
    for wrong in (part(cel[:4]), part(cel[6:], place + 99)):
        again = await refused(child, letter(wrong))
        assert (again.status, again.problem["from"]["cel"]) == (409, [7, place])
    await child.client.journal(letter(part(cel[4:], place)))


BAD: list[tuple[Any, int]] = [
    (letter(pbx="other"), 404),
    ([], 400),
    ({}, 400),
    (letter(now="x"), 400),
    (letter(part([], file="cdr")), 400),
    (letter(part(["+79990001873"], inode=-1)), 400),
    (letter(part([], -1, end=-1)), 400),
    (letter(part([]) | {"records": "+79990001873"}), 400),
    (letter(part([]), part([]), part([])), 400),
    (letter(secret="+79990001873"), 400),
]


async def test_a_letter_that_is_none_is_refused_without_its_words(start_engine: StartEngine) -> None:
    child = await led(start_engine)
    for body, status in BAD:
        refusal = await refused(child, body)
        assert refusal.status == status and "9990001873" not in str(refusal.problem)
    assert "9990001873" not in child.log.read_text()


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_what_is_too_long_for_a_letter_goes_in_several(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    journal.paper.write(*(row("OKNO_OTHER", 1, 1, "x", data="x" * 12_000) for _ in range(MOST)))
    journal.calls(1)
    async with shipping(journal, child.client) as ships:
        await until(lambda: count(child, 1))
        assert ships.metric("okno_journal_shipped_records_total") == MOST + 16 + 3
    await right(child, 1)


async def test_broken_records_are_counted_and_skipped_alone(journal: Journal, start_engine: StartEngine) -> None:
    child = await led(start_engine)
    journal.calls(1)
    journal.paper.write('"BRIDGE_ENTER","not a time"\n')
    journal.paper.queue_log.append("what|is this\n")
    journal.calls(2)
    async with shipping(journal, child.client):
        await until(lambda: count(child, 2))
    await right(child, 2)


async def test_two_pbxs_of_equal_uniqueids_are_never_confused(
    journal: Journal, tmp_path: Path, start_engine: StartEngine
) -> None:
    child = await led(start_engine, pbxes=[{"name": PBX, "ami": {"port": 1}}, {"name": "branch", "ami": {"port": 2}}])
    other = Journal(tmp_path / "branch")
    other.folder.mkdir()
    journal.calls(1, 2)
    other.calls(1, 2)
    async with shipping(journal, child.client), shipping(other, child.client, "branch"):
        await until(lambda: count(child, 4))
    calls = await rows(child)
    assert Counter(call["pbx"] for call in calls) == {PBX: 2, "branch": 2}
    await right(child, 4)
