"""kill -9 of each service in turn while calls run: calls are answered, each service comes back, the screen is right."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page

from demo import sipp
from demo.scenarios import Call
from demo.sipp import Address
from tests.system import truth
from tests.system.clinic import LINES, MAIN_QUEUE, Clinic
from tests.system.screen import logged_in, same_as_fresh

SERVICES = ("mis", "chat", "pbx:main", "web", "engine", "valkey", "postgres")
# Phones that hang up themselves do so after some 4 s of the caller's: he and they are not to say BYE at once.
CALLS, RATE, HOLD_S = 90, 1.5, 7.0
# The trunk's INVITE, the consent notice and the queue come before a phone rings.
BEFORE_RING = timedelta(seconds=4)


async def killed(clinic: Clinic, service: str) -> tuple[datetime, datetime]:
    """Kill -9 a child of `okno up`; returns when, and when another process stood for it and all was ready again."""
    old, began, at = clinic.pid(service), time.monotonic(), datetime.now(UTC)
    os.kill(old, signal.SIGKILL)
    while True:
        await asyncio.sleep(0.1)
        assert time.monotonic() - began < 60, f"{service} did not come back"
        try:
            if clinic.pid(service) != old:
                break
        except (KeyError, OSError, ValueError):
            continue
    await clinic.ready(60)
    # Of chat, Valkey and the helper beside the PBX only the whole status knows; a dark lamp is exit code 1.
    while not await asyncio.to_thread(_whole, clinic):
        assert time.monotonic() - began < 90, f"{service} came back dark"
    return at, datetime.now(UTC)


def _whole(clinic: Clinic) -> bool:
    lamps = json.loads(clinic.run("status", "--json", codes=(0, 1)))["lamps"]
    return all(lamp["ok"] for lamp in lamps)


def place(clinic: Clinic) -> sipp.Sipp:
    """Patients who all mean to be answered."""
    trunk = int(clinic.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
    calls = [
        Call(number=f"+7999001{index:04d}", called=LINES[MAIN_QUEUE].lstrip("+"), hold_s=HOLD_S)
        for index in range(CALLS)
    ]
    return sipp.calls(Address("127.0.0.2", trunk), Address("127.0.0.1", clinic.sip_port), calls, rate=RATE)


async def test_calls_go_on_and_everything_comes_back(
    running: Clinic, phones: Path, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    await logged_in(page, running, "supervisor")
    before = await page.evaluate("performance.timeOrigin")
    earlier = {call["id"] for call in await running.every("/calls")}  # when this is played again
    patients = place(running)
    gaps = {service: await killed(running, service) for service in SERVICES}
    assert await asyncio.wait_for(patients.wait(), 180) == 0, patients.unexpected()
    await asyncio.sleep(3)
    rings = [ring for ring in truth.read(phones) if ring.answered_at]
    # Every patient reached a person whatever was dead at that moment.
    assert {ring.caller[-4:] for ring in rings} == {f"{index:04d}" for index in range(CALLS)}
    calls = [call for call in await running.every("/calls") if call["id"] not in earlier]
    tails = [call["number"][-5:].replace("-", "") for call in calls]
    assert len(set(tails)) == len(tails), "a call is there twice"
    assert all(call["ended_at"] and call["request_id"] for call in calls)
    answered = {tail for tail, call in zip(tails, calls, strict=True) if call["result"] == "answered"}
    # What happened while no engine listened is the journal's to tell; everything else must be right without it.
    seen = {ring.caller[-4:] for ring in rings if not overlaps(ring, *gaps["engine"])}
    assert seen <= answered, [call for call in calls if call["number"][-5:].replace("-", "") in seen - answered]
    assert await page.evaluate("performance.timeOrigin") == before, "the page was reloaded"
    await same_as_fresh(page)
    with capsys.disabled():
        print("\nback after kill -9, s:", {name: round((live - dead).total_seconds(), 1) for name, (dead, live) in gaps.items()})


def overlaps(ring: truth.Ring, dead: datetime, live: datetime) -> bool:
    """Whether any of a call's life, from a little before its ring, fell into a gap."""
    return ring.rang_at - BEFORE_RING < live and (ring.ended_at or live) > dead
