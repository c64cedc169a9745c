"""docs/attach-your-own-PBX.md, followed word by word on an Asterisk configured by hand, with real calls."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo import sipp
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import Address
from tests.pbx.softphone import Softphone
from tests.system import clinic as clinics
from tests.system.own_pbx import CLOSED, DESK, FIRST, NIGHT, SECOND, OwnPbx

PHONES = (Rule(Behaviour("silent"), called="1002"), Rule(Behaviour("answer", ring_s=1.0)))
# Answered; hung up while waiting; sent away at the queue's limit of 5 s; met closed hours.
ANSWERED, ABANDONED, UNANSWERED, LATE = "+79990009101", "+79990009102", "+79990009103", "+79990009104"
INCLUDED, TRANSFERRED, CALLED, REFUSED = "+79990009106", "+79990009107", "+79990009108", "+79990009109"
THROUGH, WITHIN = "+79990009110", "+79990009111"


@dataclass
class Attached:
    """The clinic's own PBX and the Okno that is attached to it."""

    pbx: OwnPbx
    okno: clinics.Clinic

    async def call(self, *calls: Call) -> None:
        """Patients call and hang up as written."""
        patients = sipp.calls(Address("127.0.0.2", self.pbx.provider), Address("127.0.0.1", self.pbx.sip), calls)
        try:
            assert await asyncio.wait_for(patients.wait(), 60) == 0, patients.unexpected()
        finally:
            patients.stop()

    def outside(self, number: str, port: int) -> Softphone:
        """A person outside; who is to be called is where the provider is."""
        return Softphone(number, Address("127.0.0.2", port), Address("127.0.0.1", self.pbx.sip))

    def desk(self, extension: str) -> Softphone:
        """An operator's phone that can do more than SIPp's."""
        at = Address("127.0.0.1", self.pbx.desks[extension])
        return Softphone(extension, at, Address("127.0.0.1", self.pbx.sip))

    async def of(self, number: str) -> dict[str, Any]:
        """The one call of this caller, once it has ended."""
        for _ in range(300):
            calls = await self.okno.every("/calls")
            found = [call for call in calls if call["number"].endswith(f"{number[-4:-2]}-{number[-2:]}")]
            if found and found[0]["ended_at"]:
                assert len(found) == 1
                return found[0]
            await asyncio.sleep(0.1)
        raise AssertionError(f"no ended call of •{number[-4:]}: {found}")


async def linked(okno: clinics.Clinic) -> None:
    """Wait until `okno status` finds everything ready, the link to the attached PBX too."""
    await okno.ready(attached=True)
    end = time.monotonic() + 30
    while True:
        try:
            await asyncio.to_thread(okno.run, "status")
        except AssertionError:
            assert okno.process.poll() is None and time.monotonic() < end, okno.output.read_text("utf-8", "replace")
            await asyncio.sleep(0.3)
        else:
            return


@pytest.fixture(scope="module")
def attached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attached]:
    """Both, started once, with the operators' phones."""
    # Not below pytest's folder, which is closed to the databases' user: their data would stay behind in /var/lib.
    pbx, state = OwnPbx(tmp_path_factory.mktemp("own-pbx")), Path(tempfile.mkdtemp(prefix="okno-own-pbx-"))
    pbx.secrets(state)
    okno = clinics.start(state, **pbx.settings())
    phones = sipp.phones(Address("127.0.0.1", pbx.phones), PHONES)
    helper = None
    try:
        asyncio.run(pbx.running.start())
        asyncio.run(linked(okno))
        # Not before: `okno up` makes the secret it needs (systemd would start it again).
        helper = okno.beside("pbx", "main")
        okno.token = okno.new_token("supervisor")
        yield Attached(pbx, okno)
    finally:
        if helper is not None:
            helper.terminate()
            helper.wait(15)
        okno.stop()
        phones.stop()
        asyncio.run(pbx.running.stop())
        shutil.rmtree(state, ignore_errors=True)


def test_okno_check_finds_nothing_to_mend(attached: Attached) -> None:
    found = json.loads(attached.okno.run("check", "--json"))
    assert [one for one in found if one["reason"]] == []
    assert "pbx main" in {one["what"] for one in found}


async def test_real_calls_become_calls_and_requests(attached: Attached) -> None:
    await attached.call(
        Call(ANSWERED, FIRST, hold_s=4), Call(ABANDONED, SECOND, hold_s=2),
        Call(UNANSWERED, SECOND, hold_s=None), Call(LATE, CLOSED, hold_s=None),
    )  # fmt: skip
    ended = {number: await attached.of(number) for number in (ANSWERED, ABANDONED, UNANSWERED, LATE)}
    assert {number: (call["result"], call["dialled"], call["queue"]) for number, call in ended.items()} == {
        ANSWERED: ("answered", f"+{FIRST}", "registry"),
        ABANDONED: ("abandoned", f"+{SECOND}", "children"),
        UNANSWERED: ("unanswered", f"+{SECOND}", "children"),
        LATE: ("out_of_hours", f"+{CLOSED}", None),
    }
    assert ended[ANSWERED]["source"] == {"ru": "first", "en": "first"}
    assert [leg["operator"] for leg in ended[ANSWERED]["legs"]] == ["op1001"]
    assert 1 <= ended[ABANDONED]["wait_s"] <= 3 and 4 <= ended[UNANSWERED]["wait_s"] <= 7
    requests = [call["request_id"] for call in ended.values()]
    assert len(set(requests)) == 4 and all(requests)


async def test_a_transferred_call_is_one_call_with_both_operators(attached: Attached) -> None:
    async with attached.outside(TRANSFERRED, attached.pbx.provider) as patient, attached.desk("1003") as first, attached.desk("1004") as second:
        call = patient.dial(DESK)
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("1004") == 202
        two = await second.lifts(after_s=1)
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    seen = await attached.of(TRANSFERRED)
    assert (seen["result"], seen["queue"], seen["ended_by"]) == ("answered", "desk", "caller")
    assert [(leg["operator"], leg["left_by"]) for leg in seen["legs"]] == [("op1003", "transfer"), ("op1004", "caller")]
    assert abs(seen["talk_s"] - one.talk_s - two.talk_s) <= 1


async def test_a_call_to_a_patient_is_outbound(attached: Attached) -> None:
    async with attached.outside(CALLED, attached.pbx.provider) as patient, attached.desk("1003") as operator:
        call = operator.dial(CALLED.replace("+7", "8"))
        lifted = await patient.lifts()
        await call.up()
        await asyncio.sleep(2)
        await call.hang_up()
        await lifted.over()
    seen = await attached.of(CALLED)
    assert (seen["direction"], seen["result"], seen["ended_by"]) == ("outbound", "answered", "operator")
    assert [leg["operator"] for leg in seen["legs"]] == ["op1003"] and abs(seen["talk_s"] - lifted.talk_s) <= 1
    assert seen["request_id"]


async def test_a_caller_whom_the_queue_does_not_let_in_is_unanswered(attached: Attached) -> None:
    await attached.call(Call(REFUSED, NIGHT, hold_s=None))
    seen = await attached.of(REFUSED)
    assert (seen["result"], seen["queue"], seen["ended_by"], seen["legs"]) == ("unanswered", "night", "pbx", [])
    later = datetime.fromisoformat(seen["ended_at"]) + timedelta(minutes=1)
    day = {"from": seen["started_at"], "to": later.isoformat(), "by": "queue"}
    figures = {row["key"]: row for row in (await attached.okno.get("/queues/statistics", **day))["items"]}
    assert (figures["night"]["offered"], figures["night"]["refused"]) == (1, 1)


async def test_with_the_engine_killed_in_the_middle_every_call_is_there_once(attached: Attached) -> None:
    """One talks through the engine's death, one comes and goes while it is dead: the journal tells of it."""
    talking = asyncio.create_task(attached.call(Call(THROUGH, FIRST, hold_s=8)))
    await asyncio.sleep(3)
    os.kill(attached.okno.pid("engine"), signal.SIGKILL)
    async with attached.outside(WITHIN, clinics.free_ports(1)[0]) as patient:
        call = patient.dial(SECOND)
        await call.up()
        await asyncio.sleep(0.5)
        await call.hang_up()
    await talking
    await linked(attached.okno)
    through, within = await attached.of(THROUGH), await attached.of(WITHIN)
    assert (through["result"], [leg["operator"] for leg in through["legs"]]) == ("answered", ["op1001"])
    assert 6 <= through["talk_s"] <= 8
    assert (within["result"], within["dialled"], within["queue"]) == ("abandoned", f"+{SECOND}", "children")
    assert within["request_id"] and within["request_id"] != through["request_id"]
    # What ended a moment ago is nobody's fault yet: the check leaves it out.
    await asyncio.sleep(16)
    found = json.loads(attached.okno.run("journal", "check", "--json"))
    assert [(one["pbx"], one["differences"]) for one in found] == [("main", [])]
    assert found[0]["calls"] == found[0]["agree"] >= 2


async def test_the_hands_reach_the_queue_wrap_up_is_a_pause_there(attached: Attached) -> None:
    talking = asyncio.create_task(attached.call(Call("+79990009105", FIRST, hold_s=3)))
    reasons = set()
    while not talking.done() or "eng:acw" not in reasons:
        shown = await attached.pbx.console("queue show registry")
        reasons |= {word for word in ("eng:acw",) if word in shown}
        await asyncio.sleep(0.2)
    await talking


async def test_the_rendered_dialplan_and_queues_can_be_included_instead(attached: Attached, tmp_path: Path) -> None:
    attached.okno.run("pbx", "render", "--to", str(tmp_path))
    await attached.pbx.hand_over(tmp_path)
    await attached.call(Call(INCLUDED, FIRST, hold_s=5))
    call = await attached.of(INCLUDED)
    assert (call["result"], call["dialled"], call["queue"]) == ("answered", f"+{FIRST}", "registry")
