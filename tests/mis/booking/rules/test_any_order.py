"""Any interleaving, any fault, any crash point: what people are told is what the MIS has, and nothing is left behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mis.booking.hands import Hands
from mis.booking.rules import saga
from mis.booking.rules.deal import Deal
from mis.booking.rules.going import Can
from mis.booking.rules.judging import fits
from mis.terms import LIVE, Capability, Context
from okno.settings import MisSettings
from tests.mis.booking.clinic import ALL, DAY, LATE, Clinic, slot_at

KEY, REQUEST = UUID(int=1), UUID(int=2)
NOW = DAY - timedelta(days=1)
FAULTS = st.sampled_from((None, None, None, "away", "lost", "dropped", "late"))
CRASHES = st.sampled_from(("none", "none", "none", "none", "before", "after"))
EVENTS = st.sampled_from((None,) * 6 + ("rival", "leave", "book", "elsewhere"))
WITHOUT: tuple[frozenset[Capability], ...] = (
    frozenset(), frozenset(("hold",)), frozenset(("idem_key",)), frozenset(("hold", "idem_key")),
)  # fmt: skip
# Enough for every pause up to the visit itself.
STEPS = 400


class Story:
    """One deal against one MIS, told step by step as the runner does it."""

    def __init__(self, action: str, can: frozenset[Capability], *, holding: bool) -> None:
        self.clinic = Clinic(capabilities=can, one_by_key="idem_key" in can)
        slots = self.clinic.open(4)
        self.can = Can.of(can)
        self.hands = Hands(self.clinic, MisSettings(), self._reserved)
        self.at = NOW
        self.visit = None if action == "book" else self.clinic.put(slots[2], "p1", "theirs")
        wanted = Deal(
            key=KEY, action=action, status="sending", step="done", request=REQUEST, actor="o1", patient="p1",  # type: ignore[arg-type]
            made_at=NOW, slot=slots[0] if action in ("book", "move") else None, visit=self.visit, holding=holding,
            expires_at=NOW + timedelta(minutes=5),
        )  # fmt: skip
        self.deal = saga.begun(wanted, self.can)
        self.said: list[str] = []

    async def _reserved(self, since: datetime, until: datetime) -> list[tuple[str, datetime, datetime, UUID]]:
        return []

    def fault(self, fault: str | None) -> None:
        self.clinic.fault = lambda name: fault  # type: ignore[assignment,return-value]

    def event(self, event: str | None) -> None:
        """Something that happens meanwhile."""
        if event == "rival":
            self.clinic.put(slot_at(0), "p8")
        if event == "elsewhere" and self.visit is not None:  # the patient cancels his visit at the desk
            now = self.clinic.visits[self.visit.id]
            self.clinic.visits[self.visit.id] = replace(now, status="cancelled", version="77")
        if event == "leave":
            self._now(saga.asked_to_leave(self.deal))
        if event == "book":
            until = self.at + timedelta(minutes=5)
            self._now(saga.asked_to_book(self.deal, until, self.can, service="", comment=""))

    async def step(self, crash: str = "none") -> None:
        """Do one step, its pause included; a crash loses what was learnt, after the MIS did it or before."""
        if self.deal.next_at is not None:
            self.at = max(self.at, self.deal.next_at)
        if crash != "before":
            fact = await self.hands.perform(self.deal)
            self.at += timedelta(seconds=1)
            if crash == "none":
                self._now(saga.after(replace(self.deal, next_at=None), fact, self.at, self.can))
                return
        self._now(saga.resumed(self.deal, self.at, self.can))

    def _now(self, deal: Deal) -> None:
        if deal.status == "booked" and self.deal.status != "booked" and deal.action != "confirm":
            self.said.append(self.clinic.asked[-1])
        self.deal = deal

    async def to_the_end(self) -> None:
        self.fault(None)
        for _ in range(STEPS):
            if self.deal.step == "done":
                await self._catch_up()
                return
            await self.step()
        raise AssertionError(f"it never ends: {self.deal}")


    async def _catch_up(self) -> None:
        """See what is done late, after the last question of ours."""
        for _ in range(LATE + 1):
            await self.clinic.state(Context(actor="t", purpose="t", deadline=0))


def play(story: Story, turns: list[tuple[str | None, str, str | None]]) -> None:
    """Let things happen, then let the MIS be well, and see the end."""

    async def all_of_it() -> None:
        for fault, crash, event in turns:
            story.event(event)
            story.fault(fault)
            if story.deal.step != "done":
                await story.step(crash)
        await story.to_the_end()

    asyncio.run(all_of_it())


turns = st.lists(st.tuples(FAULTS, CRASHES, EVENTS), max_size=25)
many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_true_to_the_mis(story: Story) -> None:
    deal, clinic = story.deal, story.clinic
    ours = clinic.live(KEY)
    assert len(ours) <= 1, "two appointments for one wish"
    if deal.status == "booked":
        assert len(ours) == 1 and fits(deal, ours[0])
        first = min((one for one in clinic.live() if one.slot == slot_at(0).id), key=lambda one: one.id)
        assert first.id == ours[0].id, "somebody was there before us"
        assert set(story.said) == {"on_slot"}, "booked is said only by a read-back"
    else:
        assert deal.status in ("refused", "released", "cancelled"), deal
        assert ours == [], "the patient is told no, the clinic waits for him"
    held = [one.id for one in clinic.slots.values() if one.state == "held"]
    assert held == [], "a time nobody can book any more"


@many
@given(turns, st.sampled_from(WITHOUT), st.booleans())
def test_a_booking(turns: list[tuple[str | None, str, str | None]], without: frozenset[Capability], holding: bool) -> None:
    story = Story("book", ALL - without, holding=holding)
    play(story, turns)
    assert_true_to_the_mis(story)


@many
@given(turns, st.sampled_from(WITHOUT))
def test_a_move(turns: list[tuple[str | None, str, str | None]], without: frozenset[Capability]) -> None:
    story = Story("move", ALL - without, holding=False)
    play(story, turns)
    assert_true_to_the_mis(story)
    assert story.visit is not None
    old = story.clinic.visits[story.visit.id]
    if story.deal.status == "booked":
        assert old.status == "cancelled" and story.deal.error == ""
    elif old.version != "77":
        assert old.status in LIVE, "the old visit goes only when the new one stands"


@many
@given(turns, st.sampled_from(WITHOUT))
def test_a_move_in_one_step(turns: list[tuple[str | None, str, str | None]], without: frozenset[Capability]) -> None:
    """The visit is the patient's own: it stands at the one time or the other, and is never cancelled by us."""
    story = Story("move", ALL | {"reschedule_atomic"} - without, holding=False)
    play(story, turns)
    assert story.visit is not None
    now, deal = story.clinic.visits[story.visit.id], story.deal
    assert len([one for one in story.clinic.visits.values() if one.patient == "p1"]) == 1
    assert now.status in LIVE or now.version == "77"
    if deal.status == "booked":
        assert now.version == "77" or now.start == slot_at(0).start
        assert set(story.said) == {"on_slot"}
    elif deal.status == "unknown":
        assert deal.told, "a person decides"
    else:
        assert deal.status in ("refused", "released")
        assert now.version == "77" or now.start == slot_at(2).start, "told no, and moved all the same"
    assert deal.told or not [one for one in story.clinic.slots.values() if one.state == "held"]


@many
@given(turns, st.sampled_from(WITHOUT))
def test_a_cancellation(turns: list[tuple[str | None, str, str | None]], without: frozenset[Capability]) -> None:
    story = Story("cancel", ALL - without, holding=False)
    play(story, turns)
    assert story.visit is not None
    now = story.clinic.visits[story.visit.id]
    elsewhere = now.version == "77"
    assert elsewhere or (story.deal.status == "cancelled") == (now.status == "cancelled")
    assert now.status == "cancelled" or story.deal.status in ("refused", "released")


@many
@given(turns, st.sampled_from(WITHOUT))
def test_a_confirmation(turns: list[tuple[str | None, str, str | None]], without: frozenset[Capability]) -> None:
    story = Story("confirm", ALL - without, holding=False)
    play(story, turns)
    assert story.visit is not None
    now = story.clinic.visits[story.visit.id]
    if story.deal.status == "booked":
        assert now.confirmed
    else:
        assert story.deal.status in ("refused", "released")
        assert not now.confirmed or now.status not in LIVE
