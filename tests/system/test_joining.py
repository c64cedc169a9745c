"""A whole clinic: somebody calls in vain, again, and again after kill -9; it is one piece of work, and can be taken apart."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import aiohttp

from demo import sipp
from demo.scenarios import Call
from demo.sipp import Address
from tests.system.clinic import DEAF_QUEUE, LINES, Clinic

HE, SHE = "+79990040001", "+79990040002"
OPEN = {"new", "queued", "offered", "in_progress", "wrap_up", "postponed"}


async def in_vain(clinic: Clinic, *numbers: str) -> None:
    """These people wait four seconds where nobody lifts."""
    trunk = int(clinic.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
    called = LINES[DEAF_QUEUE].lstrip("+")
    calls = [Call(number=number, called=called, hold_s=4.0) for number in numbers]
    patients = sipp.calls(Address("127.0.0.2", trunk), Address("127.0.0.1", clinic.sip_port), calls, rate=2)
    assert await asyncio.wait_for(patients.wait(), 60) in (0, 1), patients.unexpected()


async def post(clinic: Clinic, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """POST a REST path below /api/v1 with the service token."""
    headers = {"Authorization": f"Bearer {clinic.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{clinic.url}/api/v1{path}", json=body) as answer,
    ):
        assert answer.status == status, (path, answer.status, await answer.text())
        return dict(await answer.json())


async def work(clinic: Clinic, number: str, missed: int, within_s: float = 30) -> dict[str, Any]:
    """What is open of a person, once so many of his calls were missed: it is one."""
    end = time.monotonic() + within_s
    while True:
        rows = [one for one in await clinic.every("/requests") if one["phone"].replace("-", "").endswith(number[-4:])]
        found = [one for one in rows if one["status"] in OPEN]
        if [one["missed"] for one in found] == [missed]:
            return found[0]
        assert time.monotonic() < end, [(one["kind"], one["status"], one["missed"]) for one in found]
        await asyncio.sleep(0.3)


async def each_call_in_one_request(clinic: Clinic) -> None:
    """P1, over REST."""
    calls, requests = await clinic.every("/calls"), await clinic.every("/requests")
    owners: dict[str, list[str]] = {}
    for request in requests:
        for call in request["calls"]:
            owners.setdefault(call, []).append(request["id"])
    assert {call["id"]: [call["request_id"]] for call in calls} == owners


async def test_calls_in_vain_are_one_piece_of_work_whatever_dies(running: Clinic, phones: Path) -> None:
    await running.ready()
    await in_vain(running, HE, SHE)
    first, hers = await work(running, HE, 1), await work(running, SHE, 1)
    await in_vain(running, HE)
    await work(running, HE, 2)
    os.kill(running.pid("engine"), signal.SIGKILL)
    await in_vain(running, HE)  # nobody hears it but the PBX
    await running.ready()
    joined = await work(running, HE, 3)
    assert (joined["id"], joined["kind"], len(joined["calls"]), len(joined["joined"])) == (first["id"], "missed_call", 3, 2)
    assert (await work(running, SHE, 1))["id"] == hers["id"]
    await each_call_in_one_request(running)
    told = (await running.get(f"/requests/{joined['id']}"))["history"]
    assert [line["what"] for line in told].count("joined") == 2

    left = await post(running, f"/requests/{joined['id']}/split", {"call": joined["joined"][0], "version": joined["version"]})
    assert (left["missed"], len(left["calls"]), len(left["joined"])) == (2, 2, 1)
    await each_call_in_one_request(running)
    rows = [one for one in await running.every("/requests") if one["phone"].replace("-", "").endswith(HE[-4:])]
    again = next(one for one in rows if one["calls"] == [joined["joined"][0]])
    assert again["status"] in OPEN and again["kind"] == "missed_call" and again["missed"] == 1
    await post(running, f"/requests/{joined['id']}/split", {"call": joined["joined"][0]}, 409)

    await post(running, "/blocked", {"phone": HE, "reason": "a prank"}, 201)
    rows = [one for one in await running.every("/requests") if one["phone"].replace("-", "").endswith(HE[-4:])]
    assert {one["outcome"] for one in rows if one["status"] == "done"} == {"blocked"} and not [one for one in rows if one["status"] in OPEN]
    os.kill(running.pid("engine"), signal.SIGKILL)
    await running.ready()
    (block,) = (await running.get("/blocked"))["items"]
    assert HE not in str(block) and block["reason"] == "a prank"
    before = {one["id"] for one in rows}
    await in_vain(running, HE)
    await asyncio.sleep(2)
    rows = [one for one in await running.every("/requests") if one["phone"].replace("-", "").endswith(HE[-4:])]
    assert [one["outcome"] for one in rows if one["id"] not in before] == ["blocked"]
    await each_call_in_one_request(running)
    logs = "".join(path.read_text("utf-8", "replace") for path in running.state.rglob("*.log"))
    assert HE[1:] not in logs and "a prank" not in logs
