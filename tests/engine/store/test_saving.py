"""One turn, one transaction: numbered, under the epoch, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from engine.effects import AnswerCommand, OrderCall, Publish
from engine.store import opening
from engine.store.batch import Batch, Poisoned
from engine.store.codec import Codec
from engine.store.history import History
from engine.store.lease import Lease, LeaseLost
from engine.store.saving import CannotSave, OfferCaught, TurnStore
from engine.world import Append, Counter, Drop, HistoryEntry, Offer, Put, Request, Timer
from engine.world.offers import OfferState
from okno.database import Database, DatabaseDown
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

AT = datetime(2026, 11, 21, tzinfo=UTC)


def request(number: int = 1) -> Request:
    """A request."""
    return Request(key=str(uuid4()), year=2026, number=number, kind="call", status="new", created_at=AT, since=AT)


def batch(*changes: object, effects: tuple[object, ...] = ()) -> Batch:
    """What these changes and effects write."""
    made = Batch()
    made.add(changes, effects)  # type: ignore[arg-type]
    return made


async def store_of(database: OpenDatabase, keyring: Keyring) -> tuple[Database, TurnStore]:
    """A store whose epoch is 1."""
    one = await database("engine")
    await one.execute("UPDATE lease SET epoch = 1")
    return one, TurnStore(one, Codec(keyring.sealer("engine")))


async def test_a_turn_written_twice_is_there_once(database: OpenDatabase, keyring: Keyring) -> None:
    one, store = await store_of(database, keyring)
    turn = batch(Append(HistoryEntry(request=str(uuid4()), at=AT, actor="anna", what="note", note="x")))
    await store.save(1, 1, turn)
    await store.save(1, 1, turn)
    assert await store.saved() == (1, 1)
    assert await one.fetchval("SELECT count(*) FROM history") == 1


async def test_a_line_with_an_id_of_its_own_is_written_once(database: OpenDatabase, keyring: Keyring) -> None:
    one, store = await store_of(database, keyring)
    line = HistoryEntry(request=str(uuid4()), at=AT, actor="mis", what="visit_booked", line=str(uuid4()), note="x")
    await store.save(1, 1, batch(Append(line)))
    await store.save(1, 2, batch(Append(replace(line, note="y")), Append(replace(line, line=""))))
    history = History(one, Codec(keyring.sealer("engine")))
    assert [entry.note for entry in await history.entries(line.request)] == ["x", "x"]
    assert await history.written(line.line) and not await history.written(str(uuid4()))


async def test_another_epoch_writes_nothing(database: OpenDatabase, keyring: Keyring) -> None:
    one, store = await store_of(database, keyring)
    with pytest.raises(LeaseLost):
        await store.save(2, 1, batch(Put(Counter(key="a", value=1))))
    assert await one.fetchval("SELECT count(*) FROM counters") == 0


async def test_wrong_data_leave_nothing_of_the_turn(database: OpenDatabase, keyring: Keyring) -> None:
    one, store = await store_of(database, keyring)
    for bad in (Put(Counter(key="nul\0", value=1)), Put(Counter(key="big", value=2**70)), Put(request(2**40))):
        with pytest.raises(CannotSave):
            await store.save(1, 1, batch(Put(Counter(key="a", value=1)), bad))
    assert await one.fetchval("SELECT count(*) FROM counters") == 0
    assert await store.saved() == (1, 0)


async def test_what_left_the_world_is_history_and_a_spent_timer_is_gone(
    database: OpenDatabase, keyring: Keyring
) -> None:
    one, store = await store_of(database, keyring)
    first, second, timer = request(1), request(2), Timer(key="t", due=AT)
    await store.save(1, 1, batch(Put(first), Put(second), Drop(Request, second.key), Put(timer)))
    rows = {str(row["id"]): row["open"] for row in await one.fetch("SELECT id, open FROM requests")}
    assert rows == {first.key: True, second.key: False}
    await store.save(1, 2, batch(Drop(Request, first.key), Drop(Timer, "t")))
    assert not await one.fetchval("SELECT bool_or(open) FROM requests")
    assert await one.fetchval("SELECT count(*) FROM timers") == 0
    await store.save(1, 3, batch(Put(Timer(key="u", due=AT)), Drop(Timer, "u"), Put(Timer(key="u", due=AT))))
    assert await one.fetchval("SELECT open FROM timers") is True


async def test_outbox_answers_and_poison_go_with_the_turn(database: OpenDatabase, keyring: Keyring) -> None:
    one, store = await store_of(database, keyring)
    turn = batch(effects=(
        Publish(kind="CallEnded", key="k", at=AT, payload={"queue": "main"}),
        AnswerCommand(command="c", ok=True, request=str(uuid4())), AnswerCommand(command="d", ok=False, why="taken"),
    ))  # fmt: skip
    turn.poisoned.append(Poisoned(str(uuid4()), AT, "NoteAsked", "ValueError", "secret"))
    await store.save(1, 1, turn)
    row = await one.fetchrow("SELECT kind, payload FROM outbox")
    assert row is not None and (row["kind"], row["payload"]) == ("CallEnded", {"key": "k", "queue": "main"})
    assert [row["id"] for row in await one.fetch("SELECT id FROM commands")] == ["c"]
    assert b"secret" not in await one.fetchval("SELECT event FROM poisoned_events")


async def test_an_order_about_a_phone_is_written_down_before_it_is_given(
    database: OpenDatabase, keyring: Keyring
) -> None:
    """Should the engine die before its answer, the same command is answered `unknown`, not given once more (P2)."""
    one, store = await store_of(database, keyring)
    orders = tuple(OrderCall(command=name, pbx="main", action="hang_up", channel="PJSIP/1001-1") for name in ("c", "d"))
    await store.save(1, 1, batch(effects=orders))
    kept = {answer.command: (answer.ok, answer.why) for answer in await opening.answers(one)}
    assert kept == {"c": (False, "unknown"), "d": (False, "unknown")}
    await store.save(1, 2, batch(effects=(AnswerCommand(command="c", ok=True),)))
    await store.save(1, 3, batch(effects=(AnswerCommand(command="c", ok=True, why="late"),)))
    kept = {answer.command: (answer.ok, answer.why) for answer in await opening.answers(one)}
    assert kept == {"c": (True, ""), "d": (False, "unknown")}


@pytest.mark.parametrize(
    "trouble", [asyncpg.InternalClientError("cannot switch to state 15"), asyncpg.LockNotAvailableError("stuck")]
)
async def test_troubles_of_the_connection_are_no_fault_of_the_data(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """Seen with a server killed in the middle: asyncpg then speaks of its own states; nothing may be poisoned for it."""
    one, store = await store_of(database, keyring)

    def broken(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(one, "acquire", broken)
    with pytest.raises(DatabaseDown):
        await store.save(1, 1, batch(Put(Counter(key="a", value=1))))
    with pytest.raises(DatabaseDown):
        await store.saved()
    with pytest.raises(DatabaseDown):
        await Lease(one, "a", "http://a").renew()


async def test_one_offer_may_follow_another_in_a_turn_but_two_are_caught(
    database: OpenDatabase, keyring: Keyring
) -> None:
    """The net under the single writer, judged at the COMMIT: in whichever order the rows of a turn are written."""
    one, store = await store_of(database, keyring)
    about = str(uuid4())

    def offer(state: OfferState) -> Offer:
        return Offer(key=str(uuid4()), request=about, operator="orlova", weight=50, at=AT, state=state)

    first, second, third = offer("pending"), offer("accepted"), offer("pending")
    await store.save(1, 1, batch(Put(first)))
    with pytest.raises(OfferCaught, match="offers_one_live"):
        await store.save(1, 2, batch(Put(second)))
    await store.save(1, 2, batch(Put(second), Put(replace(first, state="rescinded")), Drop(Offer, first.key)))
    await store.save(1, 3, batch(Put(replace(second, state="completed")), Drop(Offer, second.key), Put(third)))
    rows = await one.fetch("SELECT state, open FROM offers ORDER BY state")
    assert [(row["state"], row["open"]) for row in rows] == [
        ("completed", False), ("pending", True), ("rescinded", False),
    ]  # fmt: skip
    with pytest.raises(OfferCaught):
        await store.save(1, 4, batch(Put(offer("wrapping"))))
    assert await store.saved() == (1, 3)
