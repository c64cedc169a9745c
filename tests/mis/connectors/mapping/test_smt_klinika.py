"""The map of the clinic's own MIS: views of a real PostgreSQL, made by the very file that is given to the vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import yaml

from mis.connectors.mapping import MAPS
from mis.connectors.mapping.visits import MappingConnector
from mis.terms import (
    AppointmentQuery,
    Booked,
    BookingOrder,
    Conflict,
    DeadlineExceeded,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PatientQuery,
    SlotQuery,
    Unauthenticated,
    Unavailable,
)
from okno import clock
from okno.command.processes import ports
from tests.fixtures import MakeUrl
from tests.mis.connectors.mapping.replay import KEY, MOTHER, Reply, at, born, connected, ctx, vendor

VIEWS = Path(__file__).parents[4] / "docs" / "mis" / "smt-views.sql"
Fill = Callable[..., Awaitable[None]]
MORNING = {"id": "s1", "doctor_id": "d1", "doctor_name": "Осенева Р. И.", "branch_id": "1", "branch_name": "Главный",
           "specialty_id": "ter", "specialty_name": "Терапевт", "start_at": at(10), "end_at": at(10, 30),
           "state": "free", "version": "1"}  # fmt: skip
VISIT = {"id": "v1", "patient_id": "child", "doctor_id": "d1", "doctor_name": "Осенева Р. И.", "branch_id": "1",
         "start_at": at(9), "end_at": at(9, 30), "status": "booked", "version": "7", "created_at": at(8),
         "updated_at": at(8)}  # fmt: skip


def person(one: str, family: str, given: str, **more: Any) -> dict[str, Any]:
    return {"id": one, "family": family, "given": given, "search_name": f"{family} {given}".lower().replace("ё", "е"),
            **more}  # fmt: skip


FAMILY = [
    person("mother", "Берёзкина", "Алёна", born=born(1990, 5, 14), card_number="A-501", sex="female"),
    person("child", "Берёзкин", "Лев", born=born(2012, 2, 3), card_number="A-502", relation="ward", sex="male"),
    person("grandfather", "Берёзкин", "Игнат", born=born(1931, 1, 9), deceased=True),
]


@pytest_asyncio.fixture
async def address(new_database_url: MakeUrl) -> AsyncIterator[str]:
    url = await new_database_url()
    connection = await asyncpg.connect(url)
    await connection.execute(VIEWS.read_text())
    await connection.close()
    yield url


@pytest_asyncio.fixture
async def fill(address: str) -> AsyncIterator[Fill]:
    """Put rows behind a view, its columns and types as agreed."""
    connection = await asyncpg.connect(address)

    async def behind(view: str, *rows: dict[str, Any]) -> None:
        columns = await connection.fetch(
            "SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a"
            " WHERE a.attrelid = $1::regclass AND a.attnum > 0 ORDER BY a.attnum", f"okno.{view}",
        )  # fmt: skip
        made = ", ".join(f'"{one["name"]}" {one["type"]}' for one in columns)
        await connection.execute(f'CREATE TABLE IF NOT EXISTS public."{view}" ({made})')
        await connection.execute(f'TRUNCATE public."{view}"')
        for row in rows:
            assert set(row) <= {one["name"] for one in columns}
            names = ", ".join(row)
            places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
            await connection.execute(f'INSERT INTO public."{view}" ({names}) VALUES ({places})', *row.values())  # noqa: S608
        await connection.execute(f'CREATE OR REPLACE VIEW okno."{view}" AS SELECT * FROM public."{view}"')  # noqa: S608

    yield behind
    await connection.close()


@pytest_asyncio.fixture
async def smt(address: str) -> AsyncIterator[MappingConnector]:
    async with connected(address, "smt_klinika", secret=lambda _: "") as one:
        yield one


async def test_every_question_fits_the_views_that_are_asked_of_the_vendor(smt: MappingConnector) -> None:
    """The empty views as they travel: no operation asks for a column that was not agreed on."""
    await smt.state(ctx())
    assert (await smt.find_patients(ctx(), PatientQuery(phones=MOTHER))).people == ()
    assert (await smt.find_patients(ctx(), PatientQuery(name="Берёзкина", born=born(1990, 5, 14)))).people == ()
    assert (await smt.find_patients(ctx(), PatientQuery(card_number="A-1"))).people == ()
    for kind in ("branches", "specialties", "doctors", "services", "cancel_reasons"):
        assert await smt.directory(ctx(), kind) == ()
    assert (await smt.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=9)))).slots == ()
    assert (await smt.appointments(ctx(), AppointmentQuery(patient="p"))).items == ()
    assert (await smt.appointments(ctx(), AppointmentQuery(since=at(0), until=at(23)))).items == ()
    assert await smt.relatives(ctx(), "p") == ()
    assert (await smt.changes(ctx(), at(0).isoformat())).items == ()
    for asked in (smt.card(ctx(), "p"), smt.appointment(ctx(), "v")):
        with pytest.raises(NotFound):
            await asked


async def test_a_family_on_one_phone(smt: MappingConnector, fill: Fill) -> None:
    """Trap 1, 2, 26: mother, child and dead grandfather, every one of them spelt otherwise."""
    await fill("patients", *FAMILY)
    await fill("patient_phones",
               {"patient_id": "mother", "phone": "+79990001873", "tail": "9990001873"},
               {"patient_id": "child", "phone": "8 (999) 000-18-73 (мама)", "tail": "9990001873"},
               {"patient_id": "grandfather", "phone": "9990001873", "tail": "9990001873"})  # fmt: skip
    found = await smt.find_patients(ctx(), PatientQuery(phones=MOTHER))
    people = {one.id: one for one in found.people}
    assert set(people) == {"mother", "child", "grandfather"}
    assert (people["grandfather"].deceased, people["child"].relation, people["mother"].relation) == (True, "ward", None)
    assert people["child"].hint == "-502"
    assert (await smt.find_patients(ctx(), PatientQuery(phones=MOTHER, born=born(2012, 2, 3)))).people == (
        people["child"],)  # fmt: skip


async def test_a_name_is_found_with_and_without_its_dots(smt: MappingConnector, fill: Fill) -> None:
    """Trap 8: case, ё and е; what is typed is no pattern."""
    await fill("patients", *FAMILY)
    for typed in ("берёзкин", "БЕРЕЗКИН", "Берёзкина Алёна"):
        assert "mother" in {one.id for one in (await smt.find_patients(ctx(), PatientQuery(name=typed))).people}
    for typed in ("%зкин", "_ерезкин", "\\"):
        assert (await smt.find_patients(ctx(), PatientQuery(name=typed + "ин"))).people == ()
    for nothing in ("%", " - ", "_"):
        with pytest.raises(Invalid):
            await smt.find_patients(ctx(), PatientQuery(name=nothing))


async def test_twins_differ_by_the_card(smt: MappingConnector, fill: Fill) -> None:
    """Trap 7: one surname, one birth date."""
    twins = [person(one, "Ветров", name, born=born(2016, 6, 6), card_number=card)
             for one, name, card in (("t1", "Ян", "B-1001"), ("t2", "Ян", "B-1002"))]  # fmt: skip
    await fill("patients", *twins)
    found = await smt.find_patients(ctx(), PatientQuery(name="Ветров Ян", born=born(2016, 6, 6)))
    assert sorted(one.hint for one in found.people) == ["1001", "1002"]
    [second] = (await smt.find_patients(ctx(), PatientQuery(card_number="B-1002"))).people
    assert second.id == "t2"


async def test_a_merged_patient_is_followed(smt: MappingConnector, fill: Fill) -> None:
    """Trap 15."""
    await fill("patients", person("new", "Ветрова", "Яна"), person("old", "Ветрова", "Яна", replaced_by="new"))
    card = await smt.card(ctx(), "old")
    assert (card.id, card.replaced) == ("new", "old")
    assert (await smt.card(ctx(), "new")).replaced == ""


async def test_the_card_has_its_parts(smt: MappingConnector, fill: Fill) -> None:
    """Trap 16: staff and VIP are marked; insurance and balance come from views of their own."""
    await fill("patients", person("mother", "Берёзкина", "Алёна", restricted=True, vip=True, no_ads=True,
                                  note="глухая на левое ухо", doctor_id="d1", doctor_name="Осенева Р. И."))  # fmt: skip
    await fill("insurance", {"patient_id": "mother", "payer": "Страховая", "number": "77", "needs_letter": True,
                             "valid_until": born(2027, 12, 31)})  # fmt: skip
    await fill("balances", {"patient_id": "mother", "balance": Decimal("-350.00")})
    card = await smt.card(ctx(), "mother")
    assert (card.restricted, card.balance, card.doctor and card.doctor.id) == (True, Decimal("-350.00"), "d1")
    assert [(flag.kind, flag.text) for flag in card.flags] == [
        ("vip", ""), ("no_ads", ""), ("note", "глухая на левое ухо")]  # fmt: skip
    [policy] = card.insurance
    assert (policy.payer, policy.needs_letter, policy.valid_until) == ("Страховая", True, born(2027, 12, 31))
    assert card.missing == ()


async def test_a_guardians_right_has_an_end(smt: MappingConnector, fill: Fill) -> None:
    """Trap 17: at fifteen the patient himself holds the secret."""
    yesterday = clock.now().date() - timedelta(days=2)
    await fill("relatives",
               {"patient_id": "child", "id": "mother", "name": "Берёзкина Алёна", "relation": "guardian",
                "authority": True, "until": yesterday},
               {"patient_id": "child", "id": "father", "name": "Берёзкин Пётр", "relation": "guardian",
                "authority": True, "until": None},
               {"patient_id": "child", "id": "aunt", "name": "Иволгина Ася", "relation": "carer",
                "authority": False, "until": None})  # fmt: skip
    told = {one.id: one for one in await smt.relatives(ctx(), "child")}
    assert [told[who].authority for who in ("mother", "father", "aunt")] == [False, True, False]
    assert (told["aunt"].relation, told["mother"].until) == ("other", yesterday)


async def test_times_of_two_zones(address: str, fill: Fill) -> None:
    """Trap 10: each branch by its own clock; the part of the day is the branch's."""
    late = {**MORNING, "id": "s2", "branch_id": "2", "start_at": at(13), "end_at": at(13, 30)}
    await fill("slots", MORNING, late, {**MORNING, "id": "s3", "state": "busy", "start_at": at(11), "end_at": at(12)})
    async with connected(address, "smt_klinika", secret=lambda _: "", zones={"2": "Europe/Moscow"}) as smt:
        query = SlotQuery(since=at(0), until=at(0, day=2), part="morning")
        page = await smt.find_slots(ctx(), query)
        assert [(one.id, one.zone) for one in page.slots] == [("s1", "Asia/Yekaterinburg"), ("s2", "Europe/Moscow")]
        assert page.slots[1].start.astimezone(UTC).hour == 8
        assert (await smt.slot(ctx(), page.slots[0])).state == "free"
        await fill("slots", {**MORNING, "state": "held"})
        assert (await smt.slot(ctx(), page.slots[0])).state == "held"
        with pytest.raises(NotFound):
            await smt.slot(ctx(), page.slots[1])


async def test_an_unknown_state_is_not_free(smt: MappingConnector, fill: Fill) -> None:
    await fill("slots", {**MORNING, "state": "санобработка"})
    assert (await smt.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2)))).slots == ()


async def test_directories_with_prices(smt: MappingConnector, fill: Fill) -> None:
    await fill("services", {"id": "u1", "name": "Приём", "price": Decimal("1800"), "minutes": 30, "specialties": ["ter"]})
    await fill("doctors", {"id": "d1", "name": "Осенева Р. И.", "specialties": ["ter", "car"], "branches": ["1"]})
    [service] = await smt.directory(ctx(), "services")
    [doctor] = await smt.directory(ctx(), "doctors")
    assert (service.price, service.minutes, service.specialties) == (Decimal("1800"), 30, ("ter",))
    assert (doctor.specialties, doctor.branches) == (("ter", "car"), ("1",))


async def test_visits_and_what_changed(smt: MappingConnector, fill: Fill) -> None:
    now = clock.now()
    moved = {**VISIT, "id": "v2", "status": "cancelled", "updated_at": now - timedelta(minutes=10), "version": "8"}
    await fill("visits", {**VISIT, "updated_at": now - timedelta(hours=2)}, moved)
    assert (await smt.appointment(ctx(), "v2")).status == "cancelled"
    assert [one.id for one in (await smt.appointments(ctx(), AppointmentQuery(doctor="d1", since=at(0), until=at(23)))).items] == [
        "v1", "v2"]  # fmt: skip
    told = await smt.changes(ctx(), (now - timedelta(minutes=40)).isoformat())
    assert [(one.id, one.version) for one in told.items] == [("v2", "8")]
    assert datetime.fromisoformat(told.cursor) >= now
    night = await smt.changes(ctx(), (now - timedelta(hours=9)).isoformat())  # hours of nothing are passed over
    assert ([one.id for one in night.items], night.cursor.split()[0]) == (["v1"], (now - timedelta(hours=2)).isoformat())
    ahead = (now + timedelta(hours=1)).isoformat()
    assert (await smt.changes(ctx(), ahead)).cursor == ahead


async def test_it_only_reads(smt: MappingConnector, address: str, tmp_path: Path) -> None:
    with pytest.raises(NotOffered):
        await smt.release(ctx(), (await _slot()))
    assert not {"book", "cancel", "confirm", "create_patient"} & smt.capabilities
    sneaky = _own(tmp_path, {"state": {"sql": "SELECT lo_create(0)"}})
    async with connected(address, str(sneaky), secret=lambda _: "") as one:
        with pytest.raises(Malformed, match="ReadOnly"):
            await one.state(ctx())


async def test_a_database_that_fails_is_of_the_closed_set(address: str, tmp_path: Path) -> None:
    own = _own(tmp_path, {"state": {"sql": "SELECT pg_sleep(5)"}, "branches": {"sql": "SELECT nothing FROM okno.branches"}})
    async with connected(address, str(own), secret=lambda _: "") as one:
        with pytest.raises(DeadlineExceeded):
            await one.state(ctx(left_s=0.2))
        with pytest.raises(Malformed, match="UndefinedColumn"):
            await one.directory(ctx(), "branches")
        with pytest.raises(DeadlineExceeded):
            await one.state(ctx(left_s=-1))
    async with connected(f"postgresql://okno:x@127.0.0.1:{ports.free()}/smt", "smt_klinika") as one:
        with pytest.raises(Unavailable):
            await one.state(ctx())
    async with connected(address, "smt_klinika", secret=lambda _: "wrong") as one:
        with pytest.raises(Unauthenticated):
            await one.state(ctx())
    connection = await asyncpg.connect(address)
    await connection.execute("DROP ROLE IF EXISTS okno_stranger")
    await connection.execute("CREATE ROLE okno_stranger LOGIN PASSWORD 'stranger'")
    try:
        stranger = "postgresql://okno_stranger@" + address.rpartition("@")[2]
        async with connected(stranger, "smt_klinika", secret=lambda _: "stranger") as one:
            with pytest.raises(Forbidden):
                await one.directory(ctx(), "branches")
    finally:
        await connection.execute("DROP ROLE okno_stranger")
        await connection.close()


async def test_with_the_vendors_words_filled_in_it_books(address: str, fill: Fill, tmp_path: Path) -> None:
    """What the vendor must give: three requests and a column that bears our key."""
    own = _filled(tmp_path)
    await fill("slots", MORNING)
    async with vendor() as mis, connected(mis.url, str(own), database=address, secret=lambda _: "token") as smt:
        slot = (await smt.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2)))).slots[0]
        order = BookingOrder(key=KEY, slot=slot, patient="child", comment="со слов матери")
        mis.on("visits", {"id": 88}, Reply({"code": "BUSY"}, status=409), Reply("", status=500))
        booked = await smt.book(ctx(key=KEY), order)
        assert isinstance(booked, Booked)
        assert booked.appointment.id == "88"
        asked = mis.asked[0]
        assert (asked.headers["Authorization"], asked.json["ref"], asked.json["patientId"]) == (
            "Bearer token", KEY, "child")  # fmt: skip
        assert asked.json["startsAt"] == at(10).isoformat()
        with pytest.raises(Conflict) as caught:
            await smt.book(ctx(key=KEY), order)
        assert caught.value.kind == "slot"
        with pytest.raises(OutcomeUnknown):
            await smt.book(ctx(key=KEY), order)
        assert await smt.by_key(ctx(), order) is None
        await fill("visits", {**VISIT, "id": "88", "okno_key": KEY, "start_at": at(10), "end_at": at(10, 30)})
        found = await smt.by_key(ctx(), order)
        assert found is not None
        assert (found.id, [one.key for one in await smt.on_slot(ctx(), slot)]) == ("88", [KEY])


async def _slot() -> Any:
    from mis.terms import Named, Slot

    return Slot(id="s", start=at(1), end=at(2), doctor=Named(id="d", name=""))


def _own(folder: Path, operations: dict[str, Any]) -> Path:
    own = folder / "own.yaml"
    own.write_text(yaml.safe_dump({
        "format": 1, "name": "own", "capabilities": ["directory"] if "branches" in operations else [],
        "operations": operations,
    }))  # fmt: skip
    return own


def _filled(folder: Path) -> Path:
    raw: dict[str, Any] = yaml.safe_load((MAPS / "smt_klinika.yaml").read_text())
    raw["capabilities"].append("book")
    book = raw["operations"]["book"]
    book["request"] = {"path": "visits", "json": {
        "patientId": "{{ patient }}", "doctorId": "{{ doctor }}", "startsAt": "{{ slot.start.isoformat() }}",
        "ref": "{{ key }}", "comment?": "{{ comment }}",
    }}  # fmt: skip
    book["errors"] = [{"when": {"path": "$.code", "equals": "BUSY"}, "raise": "slot_taken"}]
    book["fields"] = {"id": "$.id"}
    own = folder / "smt.yaml"
    own.write_text(yaml.safe_dump(raw, allow_unicode=True))
    return own
