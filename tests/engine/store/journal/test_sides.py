"""Both sides of a mended call are kept, sealed; what it no longer has is gone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from engine.effects import RecordRepair
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.history import History
from engine.store.saving import TurnStore
from engine.world import Call, Drop, Put, Visit
from okno.database import Database
from okno.seal import Keyring
from tests.engine.clinic import at
from tests.engine.mending import told_by
from tests.engine.requests.test_repairs import answered
from tests.fixtures import OpenDatabase

(CALL,) = told_by(answered())
VISIT = Visit(queue="front", joined_at=at(1), left_at=at(4), exit="answered", operator="orlova")
WIDE = replace(CALL, legs=(CALL.legs[0], replace(CALL.legs[0], channel="9")), visits=(VISIT, VISIT, VISIT))


async def saved(database: OpenDatabase, keyring: Keyring, *turns: tuple[Call, RecordRepair | None]) -> tuple[Database, Codec]:
    """A database after these turns."""
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    await one.execute("UPDATE lease SET epoch = 1")
    for number, (call, repair) in enumerate(turns, 1):
        batch = Batch()
        batch.add([Put(call), Drop(Call, call.key)], [repair] if repair else [])
        await TurnStore(one, codec).save(1, number, batch)
    return one, codec


def repair(was: Call | None, told: Call, **more: Any) -> RecordRepair:
    """A repair of a difference."""
    return RecordRepair(at=at(99), kind="differs", was=was, told=told, fields=("legs", "visits"), **more)


async def test_both_sides_are_kept_and_sealed(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await saved(database, keyring, (WIDE, None), (CALL, repair(WIDE, CALL)))
    (row,) = await one.fetch("SELECT * FROM journal_repairs")
    assert (row["pbx"], str(row["call"]), row["kind"], row["fields"]) == (
        "main", CALL.key, "differs", ["legs", "visits"],
    )  # fmt: skip
    sides = [json.loads(codec.open(row[name], "journal_repairs", name, str(row["id"]))) for name in ("was", "now")]
    assert [len(side["legs"]) for side in sides] == [2, 1]
    assert sides[1]["phone"] == CALL.phone and sides[1]["legs"][0]["operator"] == "orlova"
    dump = str([dict(row) for row in await one.fetch("SELECT * FROM journal_repairs")])
    assert CALL.phone.lstrip("+") not in dump and "orlova" not in dump


async def test_a_call_that_shrank_leaves_nothing_of_what_it_had(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await saved(database, keyring, (WIDE, None), (CALL, repair(WIDE, CALL)))
    (kept,) = await History(one, codec).calls_of([CALL.key])
    assert kept == replace(CALL, legs=CALL.legs, visits=CALL.visits)
    assert await one.fetchval("SELECT count(*) FROM legs") == len(CALL.legs)
    assert await one.fetchval("SELECT count(*) FROM visits") == len(CALL.visits)


async def test_a_live_call_that_lost_a_leg_leaves_no_row_of_it(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await saved(database, keyring, (WIDE, None))
    batch = Batch()
    batch.add([Put(CALL)], [], [Put(WIDE)])
    await TurnStore(one, codec).save(1, 2, batch)
    assert await one.fetchval("SELECT count(*) FROM legs") == len(CALL.legs) < len(WIDE.legs)


async def test_a_missing_call_has_one_side(database: OpenDatabase, keyring: Keyring) -> None:
    one, _ = await saved(database, keyring, (CALL, repair(None, CALL)))
    assert await one.fetchval("SELECT was IS NULL AND now IS NOT NULL FROM journal_repairs")


async def test_a_turn_that_fails_keeps_no_repair(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await saved(database, keyring, (CALL, None))
    batch = Batch()
    batch.add([Put(replace(CALL, legs=()))], [repair(CALL, CALL)])
    assert len(batch) == 2
    await TurnStore(one, codec).save(1, 1, batch)  # a number that is written already: nothing is done twice
    assert await one.fetchval("SELECT count(*) FROM journal_repairs") == 0
    assert await one.fetchval("SELECT count(*) FROM legs") == len(CALL.legs)
