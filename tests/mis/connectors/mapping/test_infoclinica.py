"""The map of Infoclinica's XML against the messages, answers and refusals of its public tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import pytest_asyncio
import yaml

from mis.connectors.mapping import MAPS
from mis.connectors.mapping.visits import MappingConnector
from mis.terms import (
    Appointment,
    AppointmentQuery,
    Booked,
    BookingOrder,
    Conflict,
    Malformed,
    Named,
    NotFound,
    OutcomeUnknown,
    Slot,
    SlotQuery,
)
from tests.mis.connectors.mapping.replay import KEY, Reply, Vendor, at, born, connected, ctx, vendor
from tests.mis.proxy import LOGIN_PAGE

NS = 'xmlns="http://sdsys.ru/"'
TAKEN = """<CHECKDATA><CHECKCODE>2</CHECKCODE><CHECKLABEL>Время занято</CHECKLABEL><CHECKTEXT>К сожалению, выбранное
время было недавно занято. Пожалуйста, выберите другое время.</CHECKTEXT></CHECKDATA><SPRESULT>0</SPRESULT>
<SPCOMMENT>К сожалению, выбранное время было недавно занято. Пожалуйста, выберите другое время.</SPCOMMENT>"""
GONE = """<CHECKDATA><CHECKCODE>2</CHECKCODE><CHECKTEXT>Ваша запись на прием уже отменена, список записей будет обновлен
в ближайшее время</CHECKTEXT></CHECKDATA><SPRESULT>0</SPRESULT><SPCOMMENT>Запись пациента не найдена</SPCOMMENT>"""
RECORD = """<SCHEDULEREC><SCHEDID>{id}</SCHEDID><WORKDATE>20270301</WORKDATE><BHOUR>{hour}</BHOUR><BMIN>0</BMIN>
<FHOUR>{hour}</FHOUR><FMIN>30</FMIN><FILIAL>2</FILIAL><FNAME>Клиника №2</FNAME><DCODE>10000007</DCODE>
<DNAME>Ольховский Т. В.</DNAME><DEPNUM>40000005</DEPNUM><DEPNAME>Уролог</DEPNAME><PCODE>{patient}</PCODE>
<PNAME>Иван Иванович</PNAME><ONLINETYPE>1</ONLINETYPE></SCHEDULEREC>"""
SLOT = Slot(id="10005702~20270301~8~0", start=at(8), end=at(8, 30), doctor=Named(id="10000007", name="Ольховский Т. В."),
            branch=Named(id="2", name="Клиника №2"), zone="Asia/Yekaterinburg")  # fmt: skip
ORDER = BookingOrder(key=KEY, slot=SLOT, patient="990000066")


def ack(message: str, inside: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?><ACK {NS}><{message}_OUT>{inside}</{message}_OUT></ACK>'
    return Reply(body, content_type="text/xml")


def records(*told: tuple[str, int, str]) -> Reply:
    return ack("SCHEDULE_LIST", "".join(RECORD.format(id=one, hour=hour, patient=who) for one, hour, who in told))


def sent(mis: Vendor, message: str) -> dict[str, str]:
    """Return the leaves of the last message of a kind, by name."""
    text = next(one.text for one in reversed(mis.asked) if f"<MSG.2>{message}</MSG.2>" in one.text)
    return {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in ElementTree.fromstring(text).iter()}  # noqa: S314


@pytest_asyncio.fixture
async def mis() -> AsyncIterator[Vendor]:
    async with vendor() as one:
        yield one


@pytest_asyncio.fixture
async def clinica(mis: Vendor) -> AsyncIterator[MappingConnector]:
    async with connected(mis.url, "infoclinica", user="okno") as one:
        yield one


async def test_the_target_branch_of_a_booking_is_in_the_header(clinica: MappingConnector, mis: Vendor) -> None:
    """Trap 12: a booking lands in MSH.99, whatever else the message says."""
    mis.on("api/xml", ack("SCHEDULE_REC_RESERVE", """<SCHED_INFO><SCHEDID>10006517</SCHEDID><FNAME>Клиника №2</FNAME>
        <DNAME>Ольховский Т. В.</DNAME></SCHED_INFO><SPRESULT>1</SPRESULT>
        <SPCOMMENT>Запись на прием успешно зарезервирована</SPCOMMENT>"""))  # fmt: skip
    booked = await clinica.book(ctx(key=KEY), ORDER)
    assert isinstance(booked, Booked)
    assert (booked.appointment.id, booked.appointment.branch) == ("10006517", SLOT.branch)
    told = sent(mis, "SCHEDULE_REC_RESERVE")
    assert {name: told[name] for name in ("MSH.99", "DCODE", "WORKDATE", "BHOUR", "BMIN", "FHOUR", "FMIN", "SCHEDIDENT",
                                          "PCODE", "ONLINETYPE")} == {
        "MSH.99": "2", "DCODE": "10000007", "WORKDATE": "20270301", "BHOUR": "8", "BMIN": "0", "FHOUR": "8",
        "FMIN": "30", "SCHEDIDENT": "10005702", "PCODE": "990000066", "ONLINETYPE": "1",
    }  # fmt: skip
    assert "SCHEDID" not in told
    assert mis.asked[0].headers["Authorization"].startswith("Basic ")


async def test_a_branch_in_another_zone_is_booked_by_its_own_clock(mis: Vendor) -> None:
    mis.on("api/xml", ack("SCHEDULE_REC_RESERVE", "<SCHED_INFO><SCHEDID>1</SCHEDID></SCHED_INFO><SPRESULT>1</SPRESULT>"))
    async with connected(mis.url, "infoclinica", user="okno", zones={"2": "Europe/Moscow"}) as clinica:
        await clinica.book(ctx(key=KEY), ORDER)
    assert sent(mis, "SCHEDULE_REC_RESERVE")["BHOUR"] == "6"


async def test_every_message_has_an_id_of_its_own(clinica: MappingConnector, mis: Vendor) -> None:
    """Trap 24: the samples hard-code MSH.10."""
    mis.on("api/xml", ack("GET_FILIAL_LIST", "<SPRESULT>1</SPRESULT>"))
    for _ in range(3):
        await clinica.directory(ctx(), "branches")
    assert len({ElementTree.fromstring(one.text).find("*/{http://sdsys.ru/}MSH.10").text for one in mis.asked}) == 3  # type: ignore[union-attr]  # noqa: S314


async def test_a_taken_time_is_a_conflict_with_a_status_of_200(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", ack("SCHEDULE_REC_RESERVE", TAKEN))
    with pytest.raises(Conflict) as caught:
        await clinica.book(ctx(key=KEY), ORDER)
    assert caught.value.kind == "slot"


async def test_moving_is_the_same_message_with_the_records_own_id(clinica: MappingConnector, mis: Vendor) -> None:
    visit = Appointment(id="10008508", status="booked", patient="990000066", start=at(9), end=at(9, 30),
                        doctor=SLOT.doctor, branch=SLOT.branch)  # fmt: skip
    mis.on("api/xml", ack("SCHEDULE_REC_RESERVE", "<SCHED_INFO><SCHEDID>10008508</SCHEDID></SCHED_INFO><SPRESULT>1</SPRESULT>"))
    moved = await clinica.reschedule(ctx(key=KEY), visit, ORDER)
    assert (moved.appointment.id, moved.appointment.start) == ("10008508", at(8))
    assert sent(mis, "SCHEDULE_REC_RESERVE")["SCHEDID"] == "10008508"


async def test_a_visit_that_is_no_longer_listed_is_cancelled(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", records(("10006517", 8, "990000066")), records(), when="SCHEDULE_LIST_IN")
    mis.on("api/xml", ack("SCHEDULE_REC_REMOVE", "<SPRESULT>1</SPRESULT>"), when="SCHEDULE_REC_REMOVE_IN")
    [visit] = await clinica.on_slot(ctx(), SLOT)
    after = await clinica.cancel(ctx(key=KEY), visit, "")
    assert after.status == "cancelled"
    told = sent(mis, "SCHEDULE_REC_REMOVE")
    assert (told["PCODE"], told["SCHEDID"], told["MSH.99"]) == ("990000066", "10006517", "2")


async def test_one_that_stands_after_it_was_cancelled_is_in_doubt(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", records(("10006517", 8, "990000066")), when="SCHEDULE_LIST_IN")
    mis.on("api/xml", ack("SCHEDULE_REC_REMOVE", "<SPRESULT>1</SPRESULT>"), when="SCHEDULE_REC_REMOVE_IN")
    [visit] = await clinica.on_slot(ctx(), SLOT)
    with pytest.raises(OutcomeUnknown):
        await clinica.cancel(ctx(key=KEY), visit, "")


async def test_one_that_is_gone_already_is_not_found(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", records(("10006517", 8, "990000066")), when="SCHEDULE_LIST_IN")
    mis.on("api/xml", ack("SCHEDULE_REC_REMOVE", GONE), when="SCHEDULE_REC_REMOVE_IN")
    [visit] = await clinica.on_slot(ctx(), SLOT)
    with pytest.raises(NotFound):
        await clinica.cancel(ctx(key=KEY), visit, "")


async def test_a_lost_answer_is_looked_for_by_patient_doctor_and_start(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", Reply("", status=500), when="SCHEDULE_REC_RESERVE_IN")
    mis.on("api/xml", records(("1", 9, "990000066"), ("2", 8, "777"), ("3", 8, "990000066")), when="SCHEDULE_LIST_IN")
    with pytest.raises(OutcomeUnknown):
        await clinica.book(ctx(key=KEY), ORDER)
    found = await clinica.by_key(ctx(), ORDER)
    assert found is not None
    assert (found.id, found.key, found.specialty) == ("3", KEY, Named(id="40000005", name="Уролог"))
    assert [one.id for one in await clinica.on_slot(ctx(), SLOT)] == ["2", "3"]


async def test_the_visits_of_a_patient_and_one_by_its_id(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", records(("2", 8, "777"), ("3", 8, "990000066")), when="SCHEDULE_LIST_IN")
    found = await clinica.appointments(ctx(), AppointmentQuery(patient="990000066"))
    assert [(one.id, one.status) for one in found.items] == [("3", "booked")]
    assert (await clinica.appointment(ctx(), "2")).patient == "777"
    with pytest.raises(NotFound):
        await clinica.appointment(ctx(), "9")


async def test_the_card_holds_the_refusals(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", ack("CLIENT_INFO", """<CLIENT_MAININFO><PCODE>990000066</PCODE><PNAME>Иван Иванович</PNAME>
        <PPHONE>+7(999)000-18-73</PPHONE><BDATE>20110101</BDATE><REFUSECALL>1</REFUSECALL><REFUSESMS>0</REFUSESMS>
        </CLIENT_MAININFO><SPRESULT>1</SPRESULT><SPCOMMENT>Данные по пациенту получены</SPCOMMENT>"""))  # fmt: skip
    card = await clinica.card(ctx(), "990000066")
    assert (card.name, card.born, [flag.kind for flag in card.flags]) == (
        "Иван Иванович", born(2011, 1, 1), ["no_calls"])  # fmt: skip
    mis.on("api/xml", ack("CLIENT_INFO", "<SPRESULT>0</SPRESULT><SPCOMMENT>Пациент не найден</SPCOMMENT>"))
    with pytest.raises(NotFound):
        await clinica.card(ctx(), "1")


async def test_a_doctor_of_two_branches_is_one(clinica: MappingConnector, mis: Vendor) -> None:
    line = """<GETDOCTORLIST><DCODE>20000002</DCODE><DNAME>Полозова В. А.</DNAME><DEPNUM>40001402</DEPNUM>
        <FILIAL>{}</FILIAL></GETDOCTORLIST>"""  # fmt: skip
    mis.on("api/xml", ack("GET_DOCTOR_LIST", line.format(1) + line.format(2) + "<SPRESULT>1</SPRESULT>"))
    [doctor] = await clinica.directory(ctx(), "doctors")
    assert (doctor.name, doctor.branches, doctor.specialties) == ("Полозова В. А.", ("1", "2"), ("40001402",))


async def test_what_is_no_xml_or_not_theirs_is_nonsense(clinica: MappingConnector, mis: Vendor) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><ACK>&b;</ACK>'
    for reply in (
        Reply(LOGIN_PAGE, content_type="text/html"), Reply({"error": 1}), Reply("<ACK>", content_type="text/xml"),
        Reply("<OTHER/>", content_type="text/xml"), Reply(bomb, content_type="text/xml"),
    ):  # fmt: skip
        mis.on("api/xml", reply)
        with pytest.raises(Malformed):
            await clinica.directory(ctx(), "branches")


async def test_a_name_cannot_break_out_of_the_message(clinica: MappingConnector, mis: Vendor) -> None:
    mis.on("api/xml", ack("CLIENT_INFO", "<SPRESULT>0</SPRESULT>"))
    with pytest.raises(NotFound):
        await clinica.card(ctx(), "</PCODE><SPY>1</SPY>&")
    assert sent(mis, "CLIENT_INFO")["PCODE"] == "</PCODE><SPY>1</SPY>&"


async def test_times_are_offered_once_a_clinic_knows_which_are_free(mis: Vendor, tmp_path: Path) -> None:
    """What no public paper says is a placeholder: until it is filled in, the operation does not exist."""
    async with connected(mis.url, "infoclinica", user="okno") as clinica:
        assert "slots" not in clinica.capabilities
    own = _filled(tmp_path)
    mis.on("api/xml", ack("GET_DOCTOR_LIST", ""), when="GET_DOCTOR_LIST_IN")
    mis.on("api/xml", ack("SCHEDULE", """<DEP><DEPNUM>40001402</DEPNUM><DOCT><DCODE>10000007</DCODE><WRDATE>
        <WDATE>20270301</WDATE><SCHEDINT><SCHEDIDENT>10006238</SCHEDIDENT><RNUM>К1</RNUM>
        <INTERVAL><BHOUR>8</BHOUR><BMIN>0</BMIN><FHOUR>8</FHOUR><FMIN>30</FMIN><FREETYPE>-6</FREETYPE></INTERVAL>
        <INTERVAL><BHOUR>8</BHOUR><BMIN>30</BMIN><FHOUR>9</FHOUR><FMIN>0</FMIN><FREETYPE>1</FREETYPE></INTERVAL>
        </SCHEDINT></WRDATE></DOCT></DEP><SPRESULT>1</SPRESULT>"""), when="SCHEDULE_IN")  # fmt: skip
    async with connected(mis.url, str(own), user="okno") as clinica:
        page = await clinica.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2), doctor="10000007", branch="2"))
        [slot] = page.slots
        assert (slot.id, slot.start, slot.end, slot.specialty, slot.branch) == (
            "10006238~20270301~8~0", at(8), at(8, 30), Named(id="40001402", name=""), Named(id="2", name=""))  # fmt: skip
        assert (await clinica.slot(ctx(), slot)).state == "free"
    assert sent(mis, "SCHEDULE")["MSH.99"] == "2"


def _filled(folder: Path) -> Path:
    raw: dict[str, Any] = yaml.safe_load((MAPS / "infoclinica.yaml").read_text())
    raw["operations"]["slots"]["fields"]["state"]["values"] = {"-6": "free"}
    raw["capabilities"].append("slots")
    own = folder / "own.yaml"
    own.write_text(yaml.safe_dump(raw, allow_unicode=True))
    return own
