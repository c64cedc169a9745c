"""What every connector of a MIS promises, asked of each over the real MIS it talks to.

A ground is a connector and a small clinic in its MIS. A check says which capabilities it is about; of a connector that
does not name them it demands the other half of the promise: that each of those methods says NotOffered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from mis.finding import spellings
from mis.terms import (
    LIVE,
    Appointment,
    AppointmentQuery,
    Booked,
    BookingOrder,
    Capability,
    Conflict,
    Connector,
    ContactReport,
    Created,
    DeadlineExceeded,
    Duplicate,
    Invalid,
    Malformed,
    MisError,
    Named,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PatientDraft,
    PatientQuery,
    Slot,
    SlotQuery,
    Unauthenticated,
    Unavailable,
)
from okno import clock
from tests.mis.fhir_server import context
from tests.mis.proxy import Fault, Proxy

# What the MIS itself says stands in the doctor's calendar: moments of start.
Standing = Callable[[], Awaitable[list[datetime]]]
Check = Callable[["Ground"], Awaitable[None]]
Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A connector, and a clinic in its MIS: a doctor with `free` times from `first` to `until`, and his patients.

    `patients[0]` is the only one whose number is `phone`; all are called `name` and something more. `missing` is an id
    of the MIS's kind that nothing bears. `behind` is the same connector through `proxy`; `stranger` has a wrong secret.
    """

    mis: Connector
    doctor: str
    patients: tuple[str, ...]
    phone: str
    name: str
    free: int
    first: datetime
    until: datetime
    standing: Standing
    missing: str
    proxy: Proxy | None = None
    behind: Connector | None = None
    stranger: Connector | None = None

    async def times(self) -> list[Slot]:
        """The doctor's free times."""
        query = SlotQuery(since=self.first, until=self.until, doctor=self.doctor)
        return list((await self.mis.find_slots(context(), query)).slots)

    def order(self, slot: Slot, who: int = 0) -> BookingOrder:
        """A visit wanted."""
        return BookingOrder(key=str(uuid4()), slot=slot, patient=self.patients[who])


@dataclass(frozen=True, slots=True)
class Promise:
    """A check and what it is about."""

    needs: frozenset[Capability]
    check: Check

    @property
    def name(self) -> str:
        """What it says."""
        return self.check.__name__

    async def keep(self, ground: Ground) -> None:
        """Try it, or see that what it is about is not offered."""
        lacking = self.needs - ground.mis.capabilities
        if not lacking:
            await self.check(ground)
        for capability in lacking:
            for call in _calls(ground, capability):
                with pytest.raises(NotOffered):
                    await call()


PROMISES: list[Promise] = []


def about(*needs: Capability) -> Callable[[Check], Check]:
    """Note a check of what these capabilities promise."""

    def noted(check: Check) -> Check:
        PROMISES.append(Promise(frozenset(needs), check))
        return check

    return noted


def _calls(ground: Ground, capability: Capability) -> list[Call]:
    """What a connector that does not name this capability must refuse."""
    mis, ctx, at = ground.mis, context(), ground.first
    offered = mis.capabilities
    doctor = Named(id=ground.doctor, name="")
    slot = Slot(id=ground.missing, start=at, end=at + timedelta(minutes=30), doctor=doctor)
    visit = Appointment(id=ground.missing, status="booked", patient="", start=at, end=slot.end, doctor=doctor)
    draft = PatientDraft(key=str(uuid4()), family="Nobody", given="Nobody")
    report = ContactReport(key=str(uuid4()), patient=ground.missing, at=at, kind="", outcome="", operator="")
    order = ground.order(slot)
    match capability:
        case "slots":
            return [lambda: mis.find_slots(ctx, SlotQuery(since=at, until=ground.until)), lambda: mis.slot(ctx, slot)]
        case "hold":
            return [lambda: mis.claim(ctx, slot), lambda: mis.release(ctx, slot)]
        case "book":
            return [] if "request_only" in offered else [lambda: mis.book(ctx, order), lambda: mis.by_key(ctx, order)]
        case "reschedule_atomic":
            return [lambda: mis.reschedule(ctx, visit, order)]
        case "cancel":
            return [lambda: mis.cancel(ctx, visit, "")]
        case "confirm":
            return [lambda: mis.confirm(ctx, visit)]
        case "mark":
            return [lambda: mis.mark(ctx, visit, "arrived")]
        case "create_patient":
            return [lambda: mis.create_patient(ctx, draft)]
        case "delta":
            return [lambda: mis.changes(ctx, "")]
        case "report_contact":
            return [lambda: mis.report_contact(ctx, report)]
        case "relations":
            return [lambda: mis.relatives(ctx, ground.patients[0])]
    return []


async def made(ground: Ground, order: BookingOrder) -> Appointment:
    """Book, and return the visit."""
    came = await ground.mis.book(context(order.key, 30), order)
    assert isinstance(came, Booked)
    return came.appointment


@about()
async def it_is_there_and_knows_who_asks(ground: Ground) -> None:
    await ground.mis.state(context())
    if ground.stranger is not None:
        with pytest.raises(Unauthenticated):
            await ground.stranger.state(context())


@about("search_phone")
async def a_number_finds_whose_it_is(ground: Ground) -> None:
    found = await ground.mis.find_patients(context(), PatientQuery(phones=spellings(ground.phone)))
    assert [one.id for one in found.people] == [ground.patients[0]] and found.complete
    nobody = await ground.mis.find_patients(context(), PatientQuery(phones=spellings("+79990099998")))
    assert nobody.people == () and nobody.complete


@about("search_name")
async def a_name_finds_all_who_bear_it_and_a_limit_tells_that_there_are_more(ground: Ground) -> None:
    found = await ground.mis.find_patients(context(), PatientQuery(name=ground.name))
    assert {one.id for one in found.people} == set(ground.patients)
    cut = await ground.mis.find_patients(context(), PatientQuery(name=ground.name, limit=1))
    assert len(cut.people) == 1 and not cut.complete


@about("search_phone")
async def a_question_with_nothing_in_it_does_not_list_everybody(ground: Ground) -> None:
    with pytest.raises(Invalid):
        await ground.mis.find_patients(context(), PatientQuery())


@about("card")
async def a_card_is_of_who_was_asked_for(ground: Ground) -> None:
    card = await ground.mis.card(context(), ground.patients[0])
    assert card.id == ground.patients[0] and card.name and card.fetched_at is not None
    with pytest.raises(NotFound):
        await ground.mis.card(context(), ground.missing)


@about("relations")
async def somebody_alone_has_no_relatives(ground: Ground) -> None:
    assert await ground.mis.relatives(context(), ground.patients[0]) == ()


@about("directory")
async def the_doctor_stands_in_the_directory(ground: Ground) -> None:
    doctors = {one.id for one in await ground.mis.directory(context(), "doctors")}
    assert ground.doctor in doctors
    for kind in ("branches", "specialties", "services", "cancel_reasons"):
        entries = await ground.mis.directory(context(), kind)
        assert all(one.id and one.name for one in entries)


@about("slots")
async def free_times_are_ordered_aware_and_inside_what_was_asked(ground: Ground) -> None:
    times = await ground.times()
    assert len(times) == ground.free and times == sorted(times, key=lambda one: one.start)
    for one in times:
        assert ground.first <= one.start < one.end <= ground.until
        assert one.start.tzinfo is not None and one.doctor.id == ground.doctor and one.state == "free"
    half = SlotQuery(since=ground.first, until=times[1].start, doctor=ground.doctor)
    assert [one.id for one in (await ground.mis.find_slots(context(), half)).slots] == [times[0].id]
    cut = await ground.mis.find_slots(context(), replace(half, until=ground.until, limit=1))
    assert len(cut.slots) == 1 and not cut.complete
    assert (await ground.mis.slot(context(), times[0])).start == times[0].start


@about("slots")
async def a_time_that_is_gone_is_not_found(ground: Ground) -> None:
    with pytest.raises(NotFound):
        await ground.mis.slot(context(), replace((await ground.times())[0], id=ground.missing))


@about("slots", "book")
async def a_booking_stands_in_the_mis_and_is_found_by_its_key(ground: Ground) -> None:
    slot = (await ground.times())[0]
    order = ground.order(slot)
    assert await ground.mis.by_key(context(), order) is None and await ground.mis.on_slot(context(), slot) == ()
    visit = await made(ground, order)
    assert (visit.key, visit.patient, visit.start, visit.end) == (order.key, order.patient, slot.start, slot.end)
    assert visit.doctor.id == slot.doctor.id and visit.status in LIVE
    assert await ground.mis.by_key(context(), order) == visit
    assert [one.id for one in await ground.mis.on_slot(context(), slot)] == [visit.id]
    assert await ground.standing() == [slot.start]
    assert slot.start not in [one.start for one in await ground.times()]


@about("slots", "book")
async def the_same_key_twice_is_one_visit(ground: Ground) -> None:
    order = ground.order((await ground.times())[0])
    assert len({(await made(ground, order)).id for _ in range(2)}) == 1
    assert len(await ground.standing()) == 1


@about("slots", "book")
async def of_five_who_want_one_time_one_has_it_and_the_others_are_told(ground: Ground) -> None:
    slot = (await ground.times())[0]
    orders = [ground.order(slot, who % len(ground.patients)) for who in range(5)]
    came = await asyncio.gather(
        *(ground.mis.book(context(one.key, 60), one) for one in orders), return_exceptions=True
    )  # fmt: skip
    assert sum(isinstance(one, Booked) for one in came) == 1
    assert sum(isinstance(one, Conflict) and one.kind == "slot" for one in came) == 4
    assert await ground.standing() == [slot.start]


@about("slots", "book", "idem_key")
async def an_answer_that_was_lost_is_unknown_and_the_key_tells(ground: Ground) -> None:
    assert ground.behind is not None and ground.proxy is not None
    order = ground.order((await ground.times())[0])
    writes = b"gnuhealth.appointment.write", b'"transaction"'
    ground.proxy.when(lambda how, where, body: "cut" if any(one in body for one in writes) else None)
    with pytest.raises(OutcomeUnknown) as lost:
        await ground.behind.book(context(order.key, 30), order)
    ground.proxy.calm()
    assert lost.value.ours == order.key
    visit = await ground.mis.by_key(context(), order)
    assert visit is not None and visit.status in LIVE and len(await ground.standing()) == 1


@about("slots", "hold")
async def a_held_time_is_nobody_elses_until_it_is_given_back(ground: Ground) -> None:
    slot = (await ground.times())[0]
    held = await ground.mis.claim(context(str(uuid4())), slot)
    assert held.state == "held"
    with pytest.raises(Conflict, match="slot"):
        await ground.mis.claim(context(str(uuid4())), slot)
    await ground.mis.release(context(), held)
    assert slot.start in [one.start for one in await ground.times()]


@about("slots", "book", "cancel", "version_lock")
async def a_cancelled_visit_gives_its_time_back(ground: Ground) -> None:
    slot = (await ground.times())[0]
    order = ground.order(slot)
    visit = await made(ground, order)
    over = await ground.mis.cancel(context(), visit, "")
    assert (over.id, over.status) == (visit.id, "cancelled")
    assert await ground.standing() == [] and await ground.mis.on_slot(context(), slot) == ()
    assert slot.start in [one.start for one in await ground.times()]
    found = await ground.mis.by_key(context(), order)
    assert found is not None and found.status == "cancelled"


@about("slots", "book", "cancel", "confirm", "version_lock")
async def what_was_seen_before_it_changed_is_not_written_over(ground: Ground) -> None:
    seen = await made(ground, ground.order((await ground.times())[0]))
    sure = await ground.mis.confirm(context(), seen)
    assert sure.confirmed and sure.version != seen.version
    with pytest.raises(Conflict, match="version"):
        await ground.mis.cancel(context(), seen, "")
    assert await ground.standing() == [seen.start]


@about("slots", "book", "reschedule_atomic")
async def a_moved_visit_stands_once_and_frees_its_time(ground: Ground) -> None:
    old, new = (await ground.times())[:2]
    visit = await made(ground, ground.order(old))
    order = ground.order(new)
    moved = await ground.mis.reschedule(context(order.key), visit, order)
    assert moved.appointment.start == new.start and await ground.standing() == [new.start]
    assert old.start in [one.start for one in await ground.times()]


@about("slots", "book", "appointments")
async def visits_are_those_of_who_was_asked_for(ground: Ground) -> None:
    times = await ground.times()
    own, others = await made(ground, ground.order(times[1], 0)), await made(ground, ground.order(times[0], 1))
    found = await ground.mis.appointments(context(), AppointmentQuery(patient=ground.patients[0]))
    assert [one.id for one in found.items] == [own.id] and found.complete
    day = AppointmentQuery(doctor=ground.doctor, since=ground.first, until=ground.until)
    assert [one.id for one in (await ground.mis.appointments(context(), day)).items] == [others.id, own.id]
    assert (await ground.mis.appointment(context(), own.id)).patient == ground.patients[0]
    with pytest.raises(NotFound):
        await ground.mis.appointment(context(), ground.missing)


@about("appointments")
async def nobodys_visits_are_not_everybodys(ground: Ground) -> None:
    with pytest.raises(Invalid):
        await ground.mis.appointments(context(), AppointmentQuery())


@about("slots", "book", "delta")
async def a_change_is_told_once(ground: Ground) -> None:
    began = await ground.mis.changes(context(), "")
    assert began.items == ()
    visit = await made(ground, ground.order((await ground.times())[0]))
    came = await ground.mis.changes(context(), began.cursor)
    assert visit.id in [one.id for one in came.items if one.resource == "appointment"]
    again = await ground.mis.changes(context(), came.cursor)
    assert visit.id not in [one.id for one in again.items if one.resource == "appointment"]


@about("create_patient", "search_phone")
async def a_patient_is_made_once_and_a_like_one_is_shown(ground: Ground) -> None:
    draft = PatientDraft(key=str(uuid4()), family=ground.name, given="Zoya", born=ground.first.date().replace(year=1990))
    came = [await ground.mis.create_patient(context(), draft) for _ in range(2)]
    assert all(isinstance(one, Created) for one in came) and came[0] == came[1]
    like = await ground.mis.create_patient(context(), replace(draft, key=str(uuid4())))
    assert isinstance(like, Duplicate) and len(like.people) == 1


@about("create_patient", "search_name")
async def a_patient_whose_answer_was_lost_is_the_one_found_when_asked_again(ground: Ground) -> None:
    assert ground.behind is not None and ground.proxy is not None
    draft = PatientDraft(key=str(uuid4()), family=ground.name, given="Zlata")
    ground.proxy.when(
        lambda how, where, body: "cut" if b"party.party.create" in body or where.endswith("/Patient") else None
    )  # fmt: skip
    with pytest.raises(OutcomeUnknown) as lost:
        await ground.behind.create_patient(context(draft.key, 30), draft)
    ground.proxy.calm()
    assert lost.value.ours == draft.key
    again = await ground.behind.create_patient(context(draft.key, 30), draft)
    found = await ground.mis.find_patients(context(), PatientQuery(name=f"{ground.name} Zlata"))
    assert isinstance(again, Created) and [one.id for one in found.people] == [again.patient.id]


@about("report_contact")
async def a_contact_is_reported_as_often_as_one_likes(ground: Ground) -> None:
    report = ContactReport(
        key=str(uuid4()), patient=ground.patients[0], at=clock.now(), kind="call", outcome="booked", operator="orlova"
    )  # fmt: skip
    for _ in range(2):
        await ground.mis.report_contact(context(report.key), report)


FAULTS: dict[Fault, type[MisError]] = {
    "unavailable": Unavailable, "stall": DeadlineExceeded, "html": Malformed, "lie": Malformed, "cut": Unavailable,
    "drop": Unavailable,
}  # fmt: skip


@about("directory")
async def whatever_the_line_does_a_read_ends_in_the_closed_set_and_in_time(ground: Ground) -> None:
    if ground.proxy is None or ground.behind is None:
        return
    await ground.behind.state(context())
    for fault, means in FAULTS.items():
        ground.proxy.calm()
        ground.proxy.always(fault)
        began = clock.monotonic()
        with pytest.raises(means):
            await ground.behind.directory(context(seconds=1.0), "doctors")
        assert clock.monotonic() - began < 5
    ground.proxy.calm()
    assert await ground.behind.directory(context(), "doctors")


@about()
async def a_deadline_that_is_over_asks_nothing(ground: Ground) -> None:
    with pytest.raises(MisError):
        await ground.mis.state(context(seconds=-1.0))
