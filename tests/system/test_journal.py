"""The engine is dead while calls come and go: the journal tells of them, each is there once, right, with its request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from demo import sipp
from demo.scenarios import Call
from demo.sipp import Address
from tests.system import truth
from tests.system.clinic import DEAF_QUEUE, LINES, MAIN_QUEUE, Clinic
from tests.system.patients import Expected
from tests.system.test_three_hundred_calls import differences, each_in_one_request, of

CALLS, RATE, HOLD_S, DEAD_S = 48, 3.0, 5.0, 9.0


def expected() -> list[Expected]:
    """Patients who are answered, and some who give up in a queue where nobody lifts."""
    made = []
    for index in range(CALLS):
        gives_up = index % 6 == 5
        line = DEAF_QUEUE if gives_up else MAIN_QUEUE
        number, called = f"+7999003{index:04d}", LINES[line].lstrip("+")
        call = Call(number=number, called=called, hold_s=4.0 if gives_up else HOLD_S)
        made.append(Expected(call, "abandoned" if gives_up else "answered", line))
    return made


async def kept_dead(clinic: Clinic, for_s: float) -> None:
    """Kill -9 the engine, and each that is started in its place, for so long."""
    until, killed = time.monotonic() + for_s, set[int]()
    while time.monotonic() < until:
        with contextlib.suppress(KeyError, OSError, ValueError, ProcessLookupError):
            pid = clinic.pid("engine")
            if pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        await asyncio.sleep(0.05)
    await clinic.ready(60)


def journal(clinic: Clinic) -> dict[str, Any]:
    """What `okno status` says of the journal."""
    status = json.loads(clinic.run("status", "--json", codes=(0, 1)))
    return dict(status["engine"]["pbxes"][0]["journal"])


async def settled(clinic: Clinic, numbers: set[str], within_s: float = 40) -> list[dict[str, Any]]:
    """Wait until each of these has an ended call; returns all calls."""
    end = time.monotonic() + within_s
    while True:
        calls = await clinic.every("/calls")
        over = {call["number"][-5:].replace("-", "") for call in calls if call["ended_at"]}
        if numbers <= over:
            return calls
        assert time.monotonic() < end, f"not there: {sorted(numbers - over)}"
        await asyncio.sleep(0.5)


async def test_calls_in_the_gap_are_told_by_the_journal(running: Clinic, phones: Path) -> None:
    wanted = expected()
    trunk = int(running.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
    patients = sipp.calls(
        Address("127.0.0.2", trunk), Address("127.0.0.1", running.sip_port), [each.call for each in wanted], rate=RATE
    )
    await asyncio.sleep(4)
    await kept_dead(running, DEAD_S)
    assert await asyncio.wait_for(patients.wait(), 120) in (0, 1), patients.unexpected()
    calls = await settled(running, {each.tail for each in wanted})
    rings = truth.read(phones)
    by_tail = {call["number"][-5:].replace("-", ""): call for call in calls}
    assert len(calls) == len(by_tail) == CALLS
    results = {each.tail: by_tail[each.tail]["result"] for each in wanted}
    assert results == {each.tail: each.result for each in wanted}
    await asyncio.sleep(16)  # the journal has told of the last one too
    by_tail = {call["number"][-5:].replace("-", ""): call for call in await running.every("/calls")}
    assert [flaw for each in wanted for flaw in differences(by_tail[each.tail], of(each, rings))] == []
    await each_in_one_request(running, list(by_tail.values()))
    checked = json.loads(running.run("journal", "check", "--json"))
    assert (checked[0]["calls"], checked[0]["agree"], checked[0]["differences"]) == (CALLS, CALLS, [])
    told = journal(running)
    assert told["repairs"] > 0 and told["disagreements"] == 0
    assert told["unshipped"] == 0 and told["lag_s"] < 5
