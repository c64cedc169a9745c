"""With no engine at all, on a real Asterisk with real SIP: callers reach operators, operators can pause (P3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from demo.scenarios import Call
from engine.asterisk import console
from engine.asterisk.lists import EVENTS
from tests.pbx.bench import MEMBERS, Bench, Tap

DIALLED = "OknoCall"
QUIET_S = 0.5


@pytest.fixture(autouse=True)
def engineless(bench: Bench) -> Iterator[None]:
    """Nobody but the test is logged in to AMI, and every SIPp of the test did only what was written."""
    before = len(bench.started)
    yield
    assert "".join(process.unexpected() for process in bench.started[before:]) == ""


def patient(bench: Bench, last: int, line: str, hold_s: float | None) -> Call:
    """A synthetic patient."""
    return Call(f"+7999000{last:04d}", bench.number(line), hold_s)


def marks(tap: Tap) -> list[tuple[str, str]]:
    """The dialplan's marks in order: name, and the queue's status where there is one."""
    return [(e["UserEvent"], e.get("Status", "")) for e in tap.events() if e["Event"] == "UserEvent"]


async def test_a_call_through_the_trunk_reaches_an_operators_phone(bench: Bench) -> None:
    async with bench.tap() as tap:
        assert await bench.patients([patient(bench, 100, "registry", 4)]).wait() == 0
        answered = await tap.until("AgentConnect")
        await tap.until("AgentComplete")
    assert answered["Interface"].removeprefix("PJSIP/") in MEMBERS["registry"]
    tagged = next(e for e in tap.events() if e["Event"] == "UserEvent")
    assert (tagged["Dialled"], tagged["Source"]) == ("+73430000001", "73430000001")
    assert tagged["Uniqueid"] == next(e for e in tap.events() if e["Event"] == "Newchannel")["Uniqueid"]
    assert tagged["Channel"].startswith("PJSIP/trunk-") and answered["DestChannel"].startswith("PJSIP/10")


async def test_four_at_once_are_answered_by_four(bench: Bench) -> None:
    calls = [patient(bench, 110 + number, "registry", 6.5) for number in range(4)]
    async with bench.tap() as tap:
        assert await bench.patients(calls, rate=20).wait() == 0
        await tap.until("AgentComplete", count=4)
    assert len({e["DestChannel"] for e in tap.events() if e["Event"] == "AgentConnect"}) == 4


@pytest.mark.parametrize(("line", "first", "second"), [("second", "1011", "1012"), ("busy", "1021", "1022"),
                                                      ("declined", "1031", "1032")])  # fmt: skip
async def test_when_one_does_not_answer_the_next_is_rung(bench: Bench, line: str, first: str, second: str) -> None:
    async with bench.tap() as tap:
        assert await bench.patients([patient(bench, 120, line, 8)]).wait() == 0
        missed = await tap.until("AgentRingNoAnswer")
        answered = await tap.until("AgentConnect")
        await tap.until("Hangup", count=3)
    assert (missed["Interface"], answered["Interface"]) == (f"PJSIP/{first}", f"PJSIP/{second}")


@pytest.mark.parametrize(("line", "status"), [("silent", "TIMEOUT"), ("nobody", "JOINEMPTY")])
async def test_when_nobody_can_the_caller_is_told_and_it_is_marked(bench: Bench, line: str, status: str) -> None:
    async with bench.tap() as tap:
        assert await bench.patients([patient(bench, 130, line, None)]).wait() == 0
        await tap.until("Hangup")
    assert marks(tap) == [("OknoCall", ""), ("OknoQueueExit", status)]


async def test_a_full_queue_refuses_the_second_and_marks_it(bench: Bench) -> None:
    first = bench.patients([patient(bench, 140, "full", 5)])
    async with bench.tap() as tap:
        await tap.until("QueueCallerJoin")
        assert await bench.patients([patient(bench, 141, "full", None)]).wait() == 0
        assert ("OknoQueueExit", "FULL") in marks(tap)
    assert await first.wait() == 0


async def test_out_of_hours_is_marked_and_rings_nobody(bench: Bench) -> None:
    async with bench.tap() as tap:
        assert await bench.patients([patient(bench, 150, "closed", None)]).wait() == 0
        await tap.until("Hangup")
    assert marks(tap) == [("OknoCall", ""), ("OknoClosed", "")]
    assert "QueueCallerJoin" not in tap.names()


@pytest.mark.parametrize("dialled", ["83430000001", "+73430000001", "3430000001"])
async def test_every_usual_spelling_of_a_number_is_the_same_line(bench: Bench, dialled: str) -> None:
    async with bench.tap() as tap:
        await bench.patients([Call("+79990000160", dialled, 0.3)]).wait()
        await tap.until("Hangup")
    assert next(e["Source"] for e in tap.events() if e["Event"] == "UserEvent") == "73430000001"


async def test_a_number_nobody_listed_still_reaches_people(bench: Bench) -> None:
    async with bench.tap() as tap:
        assert await bench.patients([Call("+79990000161", "74950000000", 4)]).wait() == 0
        await tap.until("AgentConnect")
    tagged = next(e for e in tap.events() if e["Event"] == "UserEvent")
    assert (tagged["Dialled"], tagged["Source"]) == ("74950000000", "unlisted")


async def test_codes_of_the_phone_pause_and_unpause(bench: Bench) -> None:
    async with bench.tap() as tap:
        for code, paused, reason in (("*45", "1", "human:break"), ("*46", "0", "human:back"),
                                     ("*42", "1", "human:logout"), ("*41", "0", "human:login")):  # fmt: skip
            assert await bench.operators([Call("1003", code, None)]).wait() == 0
            event = await tap.until("QueueMemberPause", MemberName="operator-1003", PausedReason=reason)
            assert event["Paused"] == paused


async def test_an_operator_calls_outside_under_the_clinics_number(bench: Bench) -> None:
    async with bench.tap() as tap:
        assert await bench.operators([Call("1003", "89990006001", 2)]).wait() == 0
        dial = await tap.until("DialBegin")
        await tap.until("DialEnd", DialStatus="ANSWER")
    assert dial["DialString"] == "79990006001@trunk" and dial["CallerIDNum"] == "73430000001"
    assert dial["Channel"].startswith("PJSIP/1003-") and dial["DestChannel"].startswith("PJSIP/trunk-")


async def test_colleagues_call_each_other(bench: Bench) -> None:
    async with bench.tap() as tap:
        assert await bench.operators([Call("1003", "1004", 2)]).wait() == 0
        await tap.until("DialEnd", DialStatus="ANSWER")
    assert "UserEvent" not in tap.names()


async def test_a_stranger_with_an_operators_name_cannot_call(bench: Bench) -> None:
    """1051 has a password and gives none; nothing is dialled for him."""
    async with bench.tap() as tap:
        process = bench.operators([Call("1051", "89990006001", 1)], patience_s=2)
        await process.wait()
        await asyncio.sleep(QUIET_S)
        assert "DialBegin" not in tap.names()
    assert "401" in process.unexpected()
    bench.started.remove(process)
    process.stop()


async def test_only_listed_events_pass_the_filter_and_devices_are_phones(bench: Bench) -> None:
    async with bench.tap() as tap:
        assert await bench.patients([patient(bench, 170, "registry", 4)]).wait() == 0
        await tap.until("AgentComplete")
        await tap.until("DeviceStateChange", Device="PJSIP/trunk", State="NOT_INUSE")
        rung = {e["Status"] for e in tap.events() if e["Event"] == "QueueMemberStatus"}
    assert set(tap.names()) <= set(EVENTS)
    assert all(e["Device"].startswith("PJSIP/") for e in tap.events() if e["Event"] == "DeviceStateChange")
    assert "6" in rung
    assert all("Timestamp" in e and e["SystemName"] == "bench" for e in tap.events() if e["Event"] != "FullyBooted")


@pytest.mark.parametrize("login", ["actions", "watch"])
async def test_no_login_may_run_commands_or_read_files(bench: Bench, login: str) -> None:
    ami = bench.pbx.ami
    reader, writer = await asyncio.open_connection(ami.host, ami.port)
    user, secret = getattr(ami, f"{login}_user"), getattr(bench.secrets, login)
    writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    for action in ("Command\r\nCommand: core show version", "GetConfig\r\nFilename: manager.conf",
                   "Getvar\r\nVariable: SHELL(id)", "DBPut\r\nFamily: a\r\nKey: b\r\nVal: c"):  # fmt: skip
        writer.write(f"Action: {action}\r\n\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b"uid=" not in answer
        assert b"Response: Error" in answer or b"Value: \r\n" in answer, answer
    writer.close()


async def test_the_journal_holds_the_call_with_its_number_dialled(bench: Bench) -> None:
    assert await bench.patients([patient(bench, 180, "registry", 4)]).wait() == 0
    async with asyncio.timeout(5):
        while "+79990000180" not in (text := (bench.asterisk.home / "log/cel-custom/okno.csv").read_text()):
            await asyncio.sleep(0.1)
    assert '"OKNO_CALL' in text and "ENTERQUEUE||+79990000180" in (bench.asterisk.home / "log/queue_log").read_text()


async def test_no_channel_is_left_behind(bench: Bench) -> None:
    async with asyncio.timeout(15):
        while "0 active channels" not in await console.ask(bench.asterisk.control, "core show channels count"):
            await asyncio.sleep(0.2)
    root = bench.asterisk.source.root
    assert root is None or "A.ROOT-SERVERS.NET" in (root / "etc/hosts").read_text()
