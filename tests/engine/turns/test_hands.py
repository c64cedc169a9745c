"""Orders to people's phones: in order, only while we lead, never twice; look-ups come back as events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from engine.ami.orders import NotGiven
from engine.ami.protocol import ActionFailed, LinkDown
from engine.ami.wire import BadOrder
from engine.effects import (
    Alarm,
    ChangeMember,
    FindContact,
    ForgetPatients,
    KnowPatients,
    LookUpCalls,
    Order,
    OrderCall,
    PauseMember,
    RecordRepair,
    ReportContact,
)
from engine.events import ContactFound, OrderEnded, PauseFailed
from engine.store.codec import Codec
from engine.store.people.contacts import Contacts
from engine.turns import hands as hands_module
from engine.turns.figures import Figures
from engine.turns.hands import Hands
from engine.world import Call
from okno.database import Database
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

AT = datetime(2026, 11, 21, tzinfo=UTC)


TROUBLES: dict[str, type[Exception]] = {"lost": LinkDown, "away": NotGiven, "unfit": BadOrder}


class Pbx:
    """Links that note what they are ordered, and refuse one phone."""

    names = ("main",)

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def done(self) -> list[tuple[str, bool]]:
        """Which phones were paused or unpaused."""
        return [(order.interface, order.paused) for order in self.orders if isinstance(order, PauseMember)]

    async def perform(self, effect: Order) -> None:
        """Note it."""
        await self.gate.wait()
        where = effect.channel if isinstance(effect, OrderCall) else effect.interface
        if where in TROUBLES:
            raise TROUBLES[where]
        if where.startswith("PJSIP/666"):
            raise ActionFailed("no")
        self.orders.append(effect)


def pause(number: int, paused: bool = True) -> PauseMember:
    """An order."""
    return PauseMember(pbx="main", interface=f"PJSIP/{number}", paused=paused, reason="eng:acw")


class Around:
    """Hands and what they touch."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.pbx, self.sure, self.taken, self.registry = Pbx(), True, list[Any](), CollectorRegistry()
        self.journal: list[Any] = []
        self.told: list[Any] = []
        self.hands = Hands(
            self.pbx, Contacts(database, Codec(keyring.sealer("engine"))), self, database=database,
            sure=lambda: self.sure, take=self.taken.append, tell=self.told.append, patients=self.told.append,
            figures=Figures(self.registry),
        )  # fmt: skip

    def look_up(self, effect: LookUpCalls) -> None:
        """Note it."""
        self.journal.append(effect)

    def repaired(self, effect: RecordRepair) -> None:
        """Note it."""
        self.journal.append(effect)

    def ended(self, end: str) -> float | None:
        """How many orders ended so."""
        return self.registry.get_sample_value("okno_pbx_actions_total", {"pbx": "main", "end": end})


@asynccontextmanager
async def running(database: Database, keyring: Keyring) -> AsyncIterator[Around]:
    """Hands at work."""
    around = Around(database, keyring)
    task = asyncio.create_task(around.hands.run())
    yield around
    await around.hands.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_in_order_and_a_refused_one_stops_nothing(database: OpenDatabase, keyring: Keyring) -> None:
    async with running(await database("engine"), keyring) as around:
        for number in (1, 666, 2):
            around.hands.perform(pause(number))
        await asyncio.sleep(0.05)
        assert around.pbx.done == [("PJSIP/1", True), ("PJSIP/2", True)]
        assert (around.ended("done"), around.ended("failed")) == (2, 1)
        (failed,) = around.taken
        assert isinstance(failed, PauseFailed) and (failed.pbx, failed.interface) == ("main", "PJSIP/666")


async def test_what_a_later_order_made_pointless_is_left_out(database: OpenDatabase, keyring: Keyring) -> None:
    async with running(await database("engine"), keyring) as around:
        around.pbx.gate.clear()
        around.hands.perform(pause(9))
        await asyncio.sleep(0.02)
        for order in (pause(1), pause(2), pause(1, False)):
            around.hands.perform(order)
        around.pbx.gate.set()
        await asyncio.sleep(0.05)
        assert around.pbx.done == [("PJSIP/9", True), ("PJSIP/2", True), ("PJSIP/1", False)]
        assert around.ended("overtaken") == 1


async def test_nothing_is_ordered_while_we_are_not_sure_that_we_lead(
    database: OpenDatabase, keyring: Keyring
) -> None:
    async with running(await database("engine"), keyring) as around:
        around.sure = False
        around.hands.perform(pause(1))
        await asyncio.sleep(0.3)
        assert around.pbx.done == []
        around.sure = True
        await asyncio.sleep(0.4)
        assert around.pbx.done == [("PJSIP/1", True)]


async def test_a_contact_is_found_once_and_comes_back_as_an_event(database: OpenDatabase, keyring: Keyring) -> None:
    one = await database("engine")
    async with running(one, keyring) as around:
        for _ in range(3):
            around.hands.perform(FindContact(phone="+79990001873"))
        for _ in range(200):
            if around.taken:
                break
            await asyncio.sleep(0.01)
        (found,) = around.taken
        assert isinstance(found, ContactFound) and (found.phone, found.earlier) == ("+79990001873", 0)
        assert await one.fetchval("SELECT count(*) FROM contacts") == 1


async def test_a_look_up_that_fails_is_counted_and_the_next_one_is_made(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, broken = Contacts.of, ["+79990001873"]

    async def sometimes(contacts: Contacts, phone: str, at: datetime) -> Any:
        if phone in broken:
            raise ValueError
        return await found(contacts, phone, at)

    monkeypatch.setattr(Contacts, "of", sometimes)
    async with running(await database("engine"), keyring) as around:
        for phone in ("+79990001873", "+79990001874"):
            around.hands.perform(FindContact(phone=phone))
        for _ in range(200):
            if around.taken:
                break
            await asyncio.sleep(0.01)
        assert [one.phone for one in around.taken] == ["+79990001874"]
        assert around.registry.get_sample_value("okno_contact_look_ups_failed_total") == 1


async def test_an_alarm_is_counted(database: OpenDatabase, keyring: Keyring) -> None:
    async with running(await database("engine"), keyring) as around:
        around.hands.perform(Alarm(what="call_without_number"))
        assert around.registry.get_sample_value("okno_alarms_total", {"what": "call_without_number"}) == 1


async def test_what_the_journal_tells_is_handed_on(database: OpenDatabase, keyring: Keyring) -> None:
    call = Call(key="1", pbx="main", direction="inbound", channel="c", started_at=AT)
    asked, mended = LookUpCalls(calls=(call,)), RecordRepair(at=AT, kind="missing", was=None, told=call)
    async with running(await database("engine"), keyring) as around:
        around.hands.perform(asked)
        around.hands.perform(mended)
        assert around.journal == [asked, mended]


def change(number: int, what: Any, penalty: int = 0) -> ChangeMember:
    """An order about a member."""
    return ChangeMember(pbx="main", interface=f"PJSIP/{number}", queue="front", change=what, penalty=penalty)


def call(channel: str = "PJSIP/1-1", pbx: str = "main") -> OrderCall:
    """An order about a call."""
    return OrderCall(command="c1", pbx=pbx, action="hang_up", channel=channel)


async def test_members_change_in_order_and_only_what_is_repeated_is_left_out(
    database: OpenDatabase, keyring: Keyring
) -> None:
    async with running(await database("engine"), keyring) as around:
        around.pbx.gate.clear()
        around.hands.perform(pause(9))
        await asyncio.sleep(0.02)
        wanted = [change(1, "remove"), pause(1), change(1, "add"), change(1, "penalty", 3)]
        for order in [change(1, "add", 1), *wanted, change(666, "add")]:
            around.hands.perform(order)
        around.pbx.gate.set()
        await asyncio.sleep(0.05)
        assert around.pbx.orders == [pause(9), *wanted]
        (failed,) = around.taken
        assert isinstance(failed, PauseFailed) and (failed.interface, failed.queue) == ("PJSIP/666", "front")


@pytest.mark.parametrize(
    ("channel", "ok", "why"),
    [
        ("PJSIP/1-1", True, ""), ("PJSIP/666-1", False, "pbx_refused"), ("lost", None, "unknown"),
        ("away", False, "pbx_down"), ("unfit", False, "failed"),
    ],
)  # fmt: skip
async def test_what_came_of_an_order_about_a_call_is_told(
    database: OpenDatabase, keyring: Keyring, channel: str, ok: bool | None, why: str
) -> None:
    async with running(await database("engine"), keyring) as around:
        around.hands.perform(call(channel))
        await asyncio.sleep(0.05)
        (ended,) = around.taken
        assert isinstance(ended, OrderEnded)
        assert (ended.command, ended.pbx, ended.ok, ended.why) == ("c1", "main", ok, why)


async def test_look_ups_by_the_mis_are_begun_at_once_and_reports_are_the_turns(
    database: OpenDatabase, keyring: Keyring
) -> None:
    async with running(await database("engine"), keyring) as around:
        know, forget = KnowPatients(phone="+79990001873", waits="c", request="r"), ForgetPatients(waits="c")
        report = ReportContact(request="r", patient="p", at=AT, kind="call", outcome="", operator="")
        for effect in (know, report, forget):
            around.hands.perform(effect)
        assert around.told == [know, forget]


async def test_an_order_for_nobody_and_one_that_came_too_late(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands_module, "_STALE_S", 0.0)
    async with running(await database("engine"), keyring) as around:
        around.hands.perform(call(pbx="elsewhere"))
        around.hands.perform(change(1, "add"))
        around.hands.perform(call())
        await asyncio.sleep(0.05)
        assert [(event.pbx, event.ok, event.why) for event in around.taken] == [
            ("elsewhere", False, "pbx_down"), ("main", False, "pbx_down")
        ]
        assert around.pbx.orders == [change(1, "add")] and around.ended("late") == 1
