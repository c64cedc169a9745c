"""300 calls at 10 a second in a known mix are exactly those 300, each right and each in exactly one request."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo import sipp
from demo.sipp import Address
from tests.system import truth
from tests.system.clinic import Clinic
from tests.system.leaks import leaks
from tests.system.patients import Expected, mix

CALLS = 300
SECOND = timedelta(seconds=1)


@pytest.fixture
async def made(running: Clinic, phones: Path) -> tuple[list[Expected], list[dict[str, Any]], list[truth.Ring]]:
    """Place the calls and wait until Okno shows them all ended."""
    expected = mix(CALLS, seed=20261121)
    began = datetime.now(UTC)
    trunk = int(running.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
    patients = sipp.calls(
        Address("127.0.0.2", trunk), Address("127.0.0.1", running.sip_port), [each.call for each in expected], rate=10
    )
    try:
        await asyncio.wait_for(patients.wait(), 180)
    finally:
        patients.stop()
    await asyncio.sleep(3)
    calls = await running.every("/calls")
    return expected, [call for call in calls if datetime.fromisoformat(call["started_at"]) >= began], truth.read(phones)


async def test_every_call_is_there_once_and_right(
    running: Clinic, made: tuple[list[Expected], list[dict[str, Any]], list[truth.Ring]]
) -> None:
    expected, calls, rings = made
    by_tail = {call["number"][-5:].replace("-", ""): call for call in calls}
    assert len(calls) == CALLS
    assert set(by_tail) == {each.tail for each in expected}
    wrong = [
        (each.tail, each.line, happened(each, rings), by_tail[each.tail]["result"])
        for each in expected if by_tail[each.tail]["result"] != happened(each, rings)
    ]  # fmt: skip
    assert wrong == []
    problems = [problem for each in expected for problem in differences(by_tail[each.tail], of(each, rings))]
    assert problems == []
    await each_in_one_request(running, calls)
    found = await leaks(running, [each.call.number for each in expected])
    assert found == []


def happened(each: Expected, rings: list[truth.Ring]) -> str:
    """What was to come of a call; whom no phone answered on the wire, though one should have, gave up."""
    unheard = each.result == "answered" and not any(ring.answered_at for ring in of(each, rings))
    return "abandoned" if unheard else each.result


def of(each: Expected, rings: list[truth.Ring]) -> list[truth.Ring]:
    """The rings at phones that this caller caused."""
    digits = each.call.number.lstrip("+")
    return [ring for ring in rings if ring.caller.lstrip("+") == digits]


def differences(call: dict[str, Any], rings: list[truth.Ring]) -> list[str]:
    """Where a call differs from what the phones saw, by more than a second."""
    tail, legs = call["number"][-5:], call["legs"]
    found = []
    if [leg["operator"] for leg in legs] != [f"op{ring.extension}" for ring in rings]:
        found.append(f"{tail}: legs {[leg['operator'] for leg in legs]} for rings {[r.extension for r in rings]}")
        return found
    for leg, ring in zip(legs, rings, strict=True):
        if abs(datetime.fromisoformat(leg["rang_at"]) - ring.rang_at) > SECOND:
            found.append(f"{tail}: rang at {leg['rang_at']}, phone says {ring.rang_at}")
        answered = ring.answered_at is not None
        if (leg["result"] == "answered") != answered:
            found.append(f"{tail}: leg {leg['result']}, phone answered: {answered}")
        elif ring.refused:
            wanted = {"486": "busy", "603": "refused"}[ring.refused]
            if leg["result"] != wanted:
                found.append(f"{tail}: leg {leg['result']}, phone said {ring.refused}")
        if answered and abs(seconds(leg["answered_at"], leg["left_at"]) - ring.talk_s) > 1:
            found.append(
                f"{tail}: talked from {leg['answered_at']} to {leg['left_at']}, phone says {ring.talk_s:.1f} s"
            )
    if abs(call["talk_s"] - sum(ring.talk_s for ring in rings)) > 1:
        found.append(f"{tail}: talk_s {call['talk_s']}")
    return found


def seconds(start: str, end: str) -> float:
    """Seconds between two times of the API."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


async def each_in_one_request(running: Clinic, calls: list[dict[str, Any]]) -> None:
    """Every call names one request, and exactly that request names the call."""
    requests = await running.every("/requests")
    named = Counter(call for request in requests for call in request["calls"])
    assert named == Counter(call["id"] for call in calls)
    owners = {request["id"]: request for request in requests}
    for call in calls:
        request = owners[call["request_id"]]
        assert call["id"] in request["calls"]
        expected = "done" if call["result"] == "answered" else "queued"
        assert (request["status"], request["kind"]) == (expected, "call" if expected == "done" else "missed_call")
