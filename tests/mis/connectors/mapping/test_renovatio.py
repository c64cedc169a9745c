"""The map of Renovatio against the envelopes its users' code shows, errors with a status of 200 included."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from mis.connectors.mapping.visits import MappingConnector
from mis.terms import (
    Appointment,
    AppointmentQuery,
    Booked,
    BookingOrder,
    Conflict,
    Created,
    Duplicate,
    Invalid,
    Malformed,
    MisError,
    Named,
    NotFound,
    OutcomeUnknown,
    PatientDraft,
    PatientQuery,
    Requested,
    Slot,
    SlotQuery,
    Unauthenticated,
    Unavailable,
)
from tests.mis.connectors.mapping.replay import KEY, MOTHER, Reply, Vendor, at, born, connected, ctx, vendor
from tests.mis.proxy import LOGIN_PAGE, faulty

OK: dict[str, Any] = {"error": 0}
WOMAN = {"patient_id": 501, "last_name": "Берёзкина", "first_name": "Алёна", "third_name": "Игоревна",
         "birth_date": "14.05.1990", "number": "A-501", "mobile": "+7 (999) 000-18-73", "send_sms": 1}  # fmt: skip
CHILD = {"patient_id": "502", "last_name": "Берёзкин", "first_name": "Лев", "third_name": None,
         "birth_date": "02.09.2019", "number": "A-502", "mobile": "8 (999) 000-18-73", "send_sms": "0"}  # fmt: skip
VISIT = {"id": 9001, "patient_id": 501, "doctor_id": 44, "doctor": "Осенева Р. И.", "clinic_id": 2, "clinic": "Филиал",
         "time_start": "01.03.2027 10:00", "time_end": "01.03.2027 10:30", "status": "upcoming", "confirm_status": 0,
         "date_created": "20.02.2027 09:00", "date_updated": "20.02.2027 09:00"}  # fmt: skip
REFUSED = {"error": 1, "data": {"code": 500, "desc": "Визит пересекается с другими визитами врача"}}
SLOT = Slot(id="44@x@2", start=at(10), end=at(10, 30), doctor=Named(id="44", name="Осенева Р. И."),
            branch=Named(id="2", name="Филиал"), zone="Asia/Yekaterinburg")  # fmt: skip
ORDER = BookingOrder(key=KEY, slot=SLOT, patient="501", comment="боль в спине")


def data(value: Any) -> dict[str, Any]:
    return {"error": 0, "data": value}


@pytest_asyncio.fixture
async def mis() -> AsyncIterator[Vendor]:
    async with vendor() as one:
        yield one


@pytest_asyncio.fixture
async def rnova(mis: Vendor) -> AsyncIterator[MappingConnector]:
    async with connected(f"{mis.url}/api/public", "renovatio") as one:
        yield one


async def test_one_patient_an_object_several_a_list_none_null(rnova: MappingConnector, mis: Vendor) -> None:
    """Trap 9: polymorphic answers."""
    for told, ids in ((WOMAN, ["501"]), ([WOMAN, CHILD], ["501", "502"]), (None, []), ([], [])):
        mis.on("getPatient", data(told))
        found = await rnova.find_patients(ctx(), PatientQuery(phones=MOTHER))
        assert [one.id for one in found.people] == ids
        assert found.complete


async def test_the_key_goes_in_the_body_and_the_number_as_the_mis_writes_it(
    rnova: MappingConnector, mis: Vendor
) -> None:
    mis.on("getPatient", data(CHILD))
    found = await rnova.find_patients(ctx(), PatientQuery(phones=MOTHER))
    [asked] = mis.asked
    assert asked.form == {"mobile": "+7 (999) 000-18-73", "api_key": "secret of file:mis.secret"}
    assert (asked.method, asked.path, asked.query) == ("POST", "/api/public/getPatient", {})
    [child] = found.people
    assert (child.name, child.born, child.card_number, child.hint) == ("Берёзкин Лев", born(2019, 9, 2), "A-502", "-502")


async def test_a_number_of_another_country_is_not_bent_into_ours(rnova: MappingConnector, mis: Vendor) -> None:
    """Trap 3: Kazakhstan shares +7, Uzbekistan does not."""
    mis.on("getPatient", data(None))
    await rnova.find_patients(ctx(), PatientQuery(phones=("+998901234567",)))
    await rnova.find_patients(ctx(), PatientQuery(phones=("+77010000000",)))
    assert [one.form["mobile"] for one in mis.asked] == ["+998901234567", "+7 (701) 000-00-00"]


async def test_a_hidden_number_is_never_asked_about(rnova: MappingConnector, mis: Vendor) -> None:
    """Trap 5: an empty number may list everyone."""
    with pytest.raises(Invalid):
        await rnova.find_patients(ctx(), PatientQuery())
    with pytest.raises(Invalid):
        await rnova.find_patients(ctx(), PatientQuery(born=born(1990, 5, 14)))
    assert mis.asked == []


async def test_everybody_is_not_whom_was_asked_for(rnova: MappingConnector, mis: Vendor) -> None:
    stranger = {**WOMAN, "patient_id": 7, "mobile": "+7 (999) 009-00-00"}
    mis.on("getPatient", data([stranger, CHILD]))
    found = await rnova.find_patients(ctx(), PatientQuery(phones=MOTHER))
    assert [one.id for one in found.people] == ["502"]


async def test_ten_thousand_matches_are_cut_and_said_to_be(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getPatient", data([{**WOMAN, "patient_id": number} for number in range(10_000)]))
    found = await rnova.find_patients(ctx(), PatientQuery(phones=MOTHER, limit=50))
    assert (len(found.people), found.complete) == (50, False)


async def test_the_card_says_what_is_known_and_what_is_not(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getPatient", data([CHILD]))
    mis.on("getPatientBalance", data([{"id": 502, "balance": "-1 200,50", "bonus_funds": 0}]))
    card = await rnova.card(ctx(), "502")
    assert (card.name, card.balance, [flag.kind for flag in card.flags]) == (
        "Берёзкин Лев", Decimal("-1200.50"), ["no_messages"])  # fmt: skip
    assert card.missing == ("insurance", "relatives")
    assert mis.of("getPatient")[0].form["id"] == "502"


async def test_an_unknown_patient_is_left_out_of_the_answer_in_silence(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getPatient", data([]))
    with pytest.raises(NotFound):
        await rnova.card(ctx(), "999")


async def test_directories(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getClinics", data([{"id": 2, "title": "Филиал", "address": "ул. Выдуманная, 1", "mobile": None}]))
    mis.on("getProfessions", data([{"id": 5, "name": "Терапевт", "doctor_name": "Терапевт"}]))
    mis.on("getUsers", data([{"id": 44, "name": "Осенева Р. И.", "profession": ["5"], "clinic": [2, 3]}]))
    mis.on("getServices", data([{"service_id": 8, "title": "Приём", "price": "1 500.00"}]))
    [branch] = await rnova.directory(ctx(), "branches")
    [doctor] = await rnova.directory(ctx(), "doctors")
    [service] = await rnova.directory(ctx(), "services")
    assert (branch.id, branch.name) == ("2", "Филиал")
    assert (doctor.specialties, doctor.branches) == (("5",), ("2", "3"))
    assert (service.price, [one.name for one in await rnova.directory(ctx(), "specialties")]) == (
        Decimal("1500.00"), ["Терапевт"])  # fmt: skip
    assert await rnova.directory(ctx(), "cancel_reasons") == ()


def _schedule(*times: tuple[str, str], busy: bool | None = False) -> dict[str, Any]:
    rows = [{"clinic_id": 2, "date": "01.03.2027", "time_start_short": start, "time_end_short": end,
             **({} if busy is None else {"is_busy": busy})} for start, end in times]  # fmt: skip
    return data({"44": rows})


async def test_times_come_without_a_zone_and_are_the_branchs(mis: Vendor) -> None:
    """Trap 10: dd.mm.yyyy HH:MM is the clinic's clock, another branch has its own."""
    mis.on("getUsers", data([{"id": 44, "name": "Осенева Р. И.", "clinic": [2]}]))
    mis.on("getSchedule", _schedule(("10:00", "10:30")))
    query = SlotQuery(since=at(0), until=at(0, day=2), doctor="44")
    for zones, hour in (({}, 5), ({"2": "Europe/Moscow"}, 7)):
        async with connected(mis.url, "renovatio", zones=zones) as rnova:
            [slot] = (await rnova.find_slots(ctx(), query)).slots
            assert slot.start.astimezone(UTC).hour == hour
            assert (slot.doctor.name, slot.branch, slot.state) == ("Осенева Р. И.", Named(id="2", name=""), "free")
            assert slot.end - slot.start == timedelta(minutes=30)


async def test_free_times_of_a_specialty_are_asked_of_its_doctors(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getUsers", data([{"id": 44, "name": "Осенева", "profession": ["5"]},
                             {"id": 45, "name": "Летнев", "profession": ["6"]}]))  # fmt: skip
    mis.on("getSchedule", _schedule(("10:00", "10:30"), ("17:00", "17:30")))
    page = await rnova.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2), specialty="5", part="evening"))
    assert [slot.start for slot in page.slots] == [at(17)]
    assert [one.form["user_id"] for one in mis.of("getSchedule")] == ["44"]
    assert mis.of("getSchedule")[0].form["time_start"] == "01.03.2027 00:00"


async def test_a_doctor_without_times_is_a_list_where_an_object_was_promised(
    rnova: MappingConnector, mis: Vendor
) -> None:
    mis.on("getUsers", data([]))
    mis.on("getSchedule", data([]))
    page = await rnova.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2), doctor="44"))
    assert page.slots == ()


async def test_a_time_is_looked_at_again_before_it_is_taken(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getUsers", data([]))
    mis.on("getSchedule", _schedule(("10:00", "10:30")), _schedule(("10:00", "10:30"), busy=True), _schedule())
    [slot] = (await rnova.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2), doctor="44"))).slots
    assert (await rnova.slot(ctx(), slot)).state == "busy"
    with pytest.raises(NotFound):
        await rnova.slot(ctx(), slot)


async def test_a_booking_answers_a_bare_number(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("createAppointment", data(9001))
    booked = await rnova.book(ctx(key=KEY), ORDER)
    assert isinstance(booked, Booked)
    assert (booked.appointment.id, booked.appointment.key, booked.appointment.start) == ("9001", KEY, at(10))
    form = mis.of("createAppointment")[0].form
    assert (form["check_intersection"], form["clinic_id"], form["time_start"], form["time_end"]) == (
        "1", "2", "01.03.2027 10:00", "01.03.2027 10:30")  # fmt: skip


async def test_an_overlap_is_refused_with_a_status_of_200(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("createAppointment", REFUSED)
    with pytest.raises(Conflict) as caught:
        await rnova.book(ctx(key=KEY), ORDER)
    assert caught.value.kind == "slot"


async def test_errors_in_an_envelope_are_of_the_closed_set(rnova: MappingConnector, mis: Vendor) -> None:
    told: list[tuple[Any, type[Exception]]] = [
        ({"error": 1, "data": {"code": 401, "desc": "Auth error"}}, Unauthenticated),
        ({"error": 1, "data": {"code": 503, "desc": "Service unavailable"}}, Unavailable),
        ({"error": 1, "data": {"code": 500, "desc": "Не указан номер"}}, Invalid),
        ({"error": 1, "data": "что-то другое"}, Invalid),
        ({"unexpected": True}, Malformed),
        ([], Malformed),
        (Reply(LOGIN_PAGE, content_type="text/html"), Malformed),
        (Reply("", status=200), Malformed),
        (Reply("{", status=200), Malformed),
        (Reply("Bad gateway", status=502, content_type="text/plain"), Unavailable),
        (Reply("", status=302, headers={"Location": "/login"}), Malformed),
    ]
    for reply, error in told:
        mis.on("getPatient", reply)
        with pytest.raises(error) as caught:
            await rnova.find_patients(ctx(), PatientQuery(phones=MOTHER))
        assert "000" not in str(caught.value), reply


async def test_a_write_that_broke_is_unknown_and_never_sent_again(rnova: MappingConnector, mis: Vendor) -> None:
    """P2: what may have been done is looked for, not repeated."""
    for reply in (
        Reply(LOGIN_PAGE, content_type="text/html"), Reply("{"), Reply("", status=503), Reply(data(None)),
        Reply({"error": 1, "data": {"code": 503, "desc": "?"}}),
    ):  # fmt: skip
        mis.asked.clear()
        mis.on("createAppointment", reply)
        with pytest.raises(OutcomeUnknown) as caught:
            await rnova.book(ctx(key=KEY), ORDER)
        assert (caught.value.ours, len(mis.asked)) == (KEY, 1)


async def test_a_booking_whose_answer_was_cut_off_is_found_by_looking(mis: Vendor) -> None:
    mis.on("createAppointment", data(9001))
    mis.on("getAppointments", data([VISIT]))
    async with faulty(mis.url) as proxy, connected(proxy.url, "renovatio") as rnova:
        proxy.next("cut", path="createAppointment")
        with pytest.raises(OutcomeUnknown):
            await rnova.book(ctx(key=KEY), ORDER)
        found = await rnova.by_key(ctx(), ORDER)
        proxy.next("stall", path="createAppointment")
        with pytest.raises(OutcomeUnknown):
            await rnova.book(ctx(key=KEY, left_s=0.3), ORDER)
        proxy.next("rate", path="getAppointments")
        with pytest.raises(Exception, match="wait") as limited:
            await rnova.by_key(ctx(), ORDER)
    assert found is not None
    assert (found.id, found.key, found.branch) == ("9001", KEY, Named(id="2", name="Филиал"))
    assert getattr(limited.value, "retry_after_s", None) == 1.0
    assert len(mis.of("createAppointment")) == 1


async def test_a_key_nobody_booked_under_is_not_there(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getAppointments", data([{**VISIT, "patient_id": 777}]), data(None))
    assert await rnova.by_key(ctx(), ORDER) is None
    assert await rnova.by_key(ctx(), ORDER) is None


async def test_what_takes_a_piece_of_a_doctors_time(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getAppointments", data([
        VISIT,
        {**VISIT, "id": 9002, "time_start": "01.03.2027 09:45", "time_end": "01.03.2027 10:15"},
        {**VISIT, "id": 9003, "status": "refused"},
        {**VISIT, "id": 9004, "time_start": "01.03.2027 10:30", "time_end": "01.03.2027 11:00"},
        {**VISIT, "id": 9005, "doctor_id": 45},
        {**VISIT, "id": 9006, "status": "bananas"},
    ]))  # fmt: skip
    there = await rnova.on_slot(ctx(), SLOT)
    assert [one.id for one in there] == ["9002", "9001", "9006"]
    assert there[2].status == "unknown"
    assert mis.of("getAppointments")[0].form["date_to"] == "02.03.2027 00:00"


async def test_a_visit_is_cancelled_when_the_mis_shows_it_so(rnova: MappingConnector, mis: Vendor) -> None:
    visit = await _visit(rnova, mis)
    mis.on("cancelAppointment", data(True))
    mis.on("getAppointment", data([VISIT]), data([{**VISIT, "status": "refused", "date_updated": "21.02.2027 10:00"}]))
    after = await rnova.cancel(ctx(key=KEY), visit, "пациент заболел")
    assert after.status == "cancelled"
    assert mis.of("cancelAppointment")[0].form["comment"] == "пациент заболел"
    mis.on("getAppointment", data([VISIT]))
    with pytest.raises(OutcomeUnknown):  # it said "done", and shows it standing
        await rnova.cancel(ctx(key=KEY), visit, "")


async def test_what_has_changed_meanwhile_is_not_cancelled(rnova: MappingConnector, mis: Vendor) -> None:
    visit = await _visit(rnova, mis)
    mis.on("getAppointment", data([{**VISIT, "date_updated": "22.02.2027 11:00"}]), data([]))
    with pytest.raises(Conflict) as caught:
        await rnova.cancel(ctx(key=KEY), visit, "")
    assert (caught.value.kind, caught.value.current) == ("version", "22.02.2027 11:00")
    with pytest.raises(NotFound):
        await rnova.cancel(ctx(key=KEY), visit, "")
    assert mis.of("cancelAppointment") == []


async def test_a_visit_is_confirmed(rnova: MappingConnector, mis: Vendor) -> None:
    visit = await _visit(rnova, mis)
    mis.on("confirmAppointment", data(True))
    mis.on("getAppointment", data([VISIT]), data([{**VISIT, "confirm_status": 1}]))
    assert (await rnova.confirm(ctx(key=KEY), visit)).confirmed
    assert mis.of("confirmAppointment")[0].form["confirm_status"] == "1"


async def test_the_visits_of_a_patient(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getAppointments", data([{**VISIT, "id": 9009, "time_start": "2027-03-05 10:00:00",
                                     "time_end": "2027-03-05 10:30:00"}, VISIT]))  # fmt: skip
    found = await rnova.appointments(ctx(), AppointmentQuery(patient="501", since=at(0), until=at(0, day=9)))
    assert [(one.id, one.start) for one in found.items] == [("9001", at(10)), ("9009", at(10, day=5))]
    assert mis.of("getAppointments")[0].form["patient_id"] == "501"


async def test_a_patient_is_made_once(rnova: MappingConnector, mis: Vendor) -> None:
    draft = PatientDraft(key=KEY, family="Берёзкин", given="Лев", born=born(2019, 9, 2), sex="male", phone=MOTHER[0])
    mis.on("getPatient", data(None))
    mis.on("createPatient", data({"patient_id": 502, "number": "A-502"}))
    made = await rnova.create_patient(ctx(key=KEY), draft)
    assert isinstance(made, Created)
    assert made.patient.id == "502"
    form = mis.of("createPatient")[0].form
    assert (form["gender"], form["birth_date"], form["mobile"]) == ("1", "02.09.2019", "+7 (999) 000-18-73")
    assert "third_name" not in form
    mis.on("getPatient", data(CHILD))
    again = await rnova.create_patient(ctx(key=KEY), draft)
    assert isinstance(again, Duplicate)
    assert [one.id for one in again.people] == ["502"]
    assert len(mis.of("createPatient")) == 1


async def test_a_like_patient_the_mis_knows_of_is_a_duplicate(rnova: MappingConnector, mis: Vendor) -> None:
    draft = PatientDraft(key=KEY, family="Берёзкин", given="Лев", phone=MOTHER[0], anyway=True)
    mis.on("createPatient", {"error": 1, "data": {"code": 500, "desc": "Такой пациент уже существует"}})
    mis.on("getPatient", data([WOMAN, CHILD]))
    made = await rnova.create_patient(ctx(key=KEY), draft)
    assert isinstance(made, Duplicate)
    assert [one.id for one in made.people] == ["502"]


async def test_changes_are_asked_for_since_the_last_time(rnova: MappingConnector, mis: Vendor) -> None:
    """Trap 23: the same change twice is one, so an overlap does no harm."""
    begin = await rnova.changes(ctx(), "")
    assert (begin.items, mis.asked) == ((), [])
    mis.on("getAppointments", data([{**VISIT, "status": "refused", "date_updated": "28.02.2027 15:07"}]))
    told = await rnova.changes(ctx(), begin.cursor)
    [change] = told.items
    assert (change.resource, change.id, change.version, change.at) == (
        "appointment", "9001", "28.02.2027 15:07", at(15, 7).replace(month=2, day=28))  # fmt: skip
    assert change.appointment is not None
    assert change.appointment.status == "cancelled"
    assert set(mis.of("getAppointments")[0].form) == {"api_key", "date_updated_from", "date_updated_to"}


async def test_nothing_of_people_or_of_ours_is_in_a_log_or_an_error(
    mis: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    """P5, trap 24."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    mis.on("getPatient", data(WOMAN), REFUSED, Reply("{Берёзкина"), Reply("", status=500))
    async with connected(mis.url, "renovatio") as rnova:
        for _ in range(4):
            try:
                found = await rnova.find_patients(ctx(), PatientQuery(phones=MOTHER, name="Берёзкина"))
                assert len(found.people) == 1
            except MisError as error:
                told.append(f"{error!r} {error} {error.__cause__} {error.__context__}")
    assert len(told) == 3
    for said in (caplog.text, *told):
        assert not re.search("000.?18|Берёзкина|secret of|getPatient", said), said


async def test_the_state_is_asked_with_our_credentials(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("getClinics", data([]), {"error": 1, "data": {"code": 401, "desc": "Auth error"}})
    await rnova.state(ctx())
    with pytest.raises(Unauthenticated):
        await rnova.state(ctx())


async def test_it_never_says_requested_for_booked(rnova: MappingConnector, mis: Vendor) -> None:
    mis.on("createAppointment", data({"appointment_id": 77}))
    booked = await rnova.book(ctx(key=KEY), ORDER)
    assert not isinstance(booked, Requested)
    assert booked.appointment.id == "77"


async def _visit(rnova: MappingConnector, mis: Vendor) -> Appointment:
    mis.on("getAppointment", data([VISIT]))
    visit = await rnova.appointment(ctx(), "9001")
    mis.asked.clear()
    return visit
