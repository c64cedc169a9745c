"""One step at the MIS, and what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from mis.booking.hands import OFFERED, Hands, nearest, order_of
from mis.booking.rules.deal import Done, Failed
from mis.terms import Conflict, Connector, Context, Named, NotConnected
from okno.settings import MisSettings
from tests.mis.booking.clinic import Clinic, slot_at
from tests.mis.booking.rules.test_saga import DEAL, HELD, MOVE, at

Taken = list[tuple[str, datetime, datetime, UUID]]


def hands(mis: Connector, taken: Taken | None = None) -> Hands:
    async def reserved(since: datetime, until: datetime) -> Taken:
        return taken or []

    return Hands(mis, MisSettings(read_s=0.2, write_s=0.2), reserved)


def test_the_nearest_first_and_none_that_is_taken() -> None:
    lost = slot_at(4)
    free = tuple(slot_at(number) for number in range(10))
    assert [one.id for one in nearest(lost, free, [])] == ["d1-3", "d1-5", "d1-2", "d1-6", "d1-1"]
    assert len(nearest(lost, free, [])) == OFFERED
    taken = [("d1", slot_at(3).start, slot_at(3).end, UUID(int=1)), ("d2", slot_at(5).start, slot_at(5).end, UUID(int=2))]
    assert [one.id for one in nearest(lost, free, taken, 2)] == ["d1-5", "d1-2"]
    assert nearest(lost, (replace(slot_at(3), state="busy"), lost), []) == ()


def test_what_is_ordered_is_the_slot_as_it_is_held() -> None:
    order = order_of(replace(DEAL, claimed=HELD, service="s", comment="c"))
    assert (order.key, order.slot, order.patient, order.service, order.comment) == (str(DEAL.key), HELD, "p1", "s", "c")


async def test_a_loser_is_offered_a_colleague_when_the_doctor_is_full() -> None:
    clinic = Clinic()
    other = Named(id="d2", name="Doctor Two")
    clinic.open(2, other)
    lost = replace(slot_at(0), specialty=Named(id="s1", name="Therapy"))
    done = await hands(clinic).perform(at("alternatives", slot=lost))
    assert isinstance(done, Done) and isinstance(done.value, tuple)
    assert [one.id for one in done.value] == ["d2-0", "d2-1"]  # type: ignore[union-attr]


async def test_every_end_of_a_question_is_a_fact() -> None:
    clinic = Clinic()
    clinic.open(1)
    assert await hands(clinic).perform(at("check")) == Done(slot_at(0))
    clinic.fault = lambda name: "away"
    assert await hands(clinic).perform(at("check")) == Failed("unavailable")
    clinic.fault = lambda name: "stall"
    started = asyncio.get_running_loop().time()
    assert await hands(clinic).perform(at("check")) == Failed("deadline")
    assert await hands(clinic).perform(at("book")) == Failed("unknown")
    assert asyncio.get_running_loop().time() - started < 30

    def conflict(name: str) -> None:
        raise Conflict("slot")

    clinic.fault = conflict  # type: ignore[assignment]
    assert await hands(clinic).perform(at("claim")) == Failed("conflict")

    def absent(name: str) -> None:
        raise NotConnected

    clinic.fault = absent  # type: ignore[assignment]
    assert await hands(clinic).perform(at("check")) == Failed("not_configured")


@pytest.mark.parametrize("step", ["check", "book"])
async def test_what_a_connector_does_not_offer_after_all_is_refused(step: str) -> None:
    assert await hands(Connector()).perform(at(step)) == Failed("forbidden")
    assert await hands(Connector()).perform(at("claim")) == Done()


async def test_a_visit_moved_in_one_step_is_looked_for_at_its_new_time() -> None:
    clinic = Clinic(capabilities=Clinic().capabilities | {"reschedule_atomic"})
    slots = clinic.open(2)
    visit = clinic.put(slots[1], "p1")
    deal = at("look", MOVE, visit=visit, slot=slots[0])
    assert await hands(clinic).perform(deal) == Done(None)
    moved = await clinic.reschedule(Context(actor="t", purpose="t", deadline=0), visit, order_of(deal))
    assert await hands(clinic).perform(deal) == Done(moved.appointment)
