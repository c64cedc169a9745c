"""Two Asterisks on one engine: never confused, even by equal Uniqueids; one that dies does not disturb the other."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from demo.scenarios import Call
from demo.sipp import Sipp
from engine.ami.client import AmiClient, Credentials
from engine.ami.metrics import Figures
from engine.asterisk import console
from engine.client import EngineClient
from okno.settings import Settings
from okno.settings.model import Recording
from tests.okno.conftest import OwnServer
from tests.pbx.bench import Bench, build
from tests.system.pair import LINE, Pair, pair, pair_settings, until

EAST, WEST = "east", "west"
CALLS = 6


def both() -> Settings:
    """One clinic on two PBXs: east's operators are 11xx, west's 12xx; a queue of the same name on each."""
    east, west = pair_settings(EAST), pair_settings(WEST)
    operators = [one.model_copy(update={"pbx": EAST}) for one in east.operators]
    operators += [
        one.model_copy(update={
            "pbx": WEST, "extension": (extension := one.extension.replace("11", "12", 1)), "name": f"op{extension}",
            "contact": (one.contact or "").replace(one.extension, extension),
        }) for one in west.operators
    ]  # fmt: skip
    pbxes = [pbx.model_copy(update={"recording": Recording()}) for pbx in (*east.pbxes, *west.pbxes)]
    return east.model_copy(update={"operators": operators, "pbxes": pbxes})


def seen_from(settings: Settings, pbx: str) -> Settings:
    """The same clinic with this PBX and its operators first, as a bench wants it."""
    return settings.model_copy(update={
        "pbxes": sorted(settings.pbxes, key=lambda one: one.name != pbx),
        "operators": sorted(settings.operators, key=lambda one: one.pbx != pbx),
    })  # fmt: skip


@pytest.fixture(scope="module")
def asterisks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bench]]:
    """Both Asterisks; west says the systemname of east, so that their Uniqueids look alike."""
    settings = both()
    made = {name: build(tmp_path_factory.mktemp(name), seen_from(settings, name)) for name in (EAST, WEST)}
    conf = made[WEST].asterisk.etc / "asterisk.conf"
    text = conf.read_text()
    assert f"systemname = {WEST}" in text
    conf.write_text(text.replace(f"systemname = {WEST}", f"systemname = {EAST}"))
    with made[EAST] as east, made[WEST] as west:
        east.phones()
        west.phones()
        yield made


@pytest_asyncio.fixture
async def clinic(
    asterisks: dict[str, Bench], own_postgres: OwnServer, tmp_path: Path, redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Pair]:
    """One engine that leads, linked to both, and web."""
    for name in ("OKNO_CONFIG", "OKNO_STATE", "OKNO_DATABASE_URL", "OKNO_REDIS_URL"):
        monkeypatch.setenv(name, "")  # so that what is set is taken back
    await own_postgres.start()
    async with pair(asterisks[EAST], tmp_path, own_postgres.url, redis_url, standby=False, others=(asterisks[WEST],)) as made:
        yield made


def patients(bench: Bench, block: int, hold_s: float, count: int = CALLS) -> tuple[Sipp, list[str]]:
    """Patients of one PBX; the last four digits of their numbers begin with `block`."""
    tails = [f"{block}{number:02d}" for number in range(count)]
    calls = [Call(number=f"+7999004{tail}", called=LINE.lstrip("+"), hold_s=hold_s) for tail in tails]
    return bench.patients(calls, rate=3), tails


async def dial(bench: Bench, extension: str, number: str, uniqueid: str) -> None:
    """Let an operator's phone ring, then call a number from it; the first channel gets this Uniqueid."""
    ami = bench.pbx.ami
    client = AmiClient(ami, Credentials(ami.actions_user, lambda: bench.secrets.actions, events="off"), Figures())
    await client.connect_once()
    try:
        await client.action("Originate", {
            "Channel": f"PJSIP/{extension}", "Context": "okno-phones", "Exten": number, "Priority": "1",
            "ChannelId": uniqueid, "OtherChannelId": f"{uniqueid}-2", "Async": "true", "Timeout": "20000",
        })  # fmt: skip
    finally:
        await client.close()


def tail(call: dict[str, Any]) -> str:
    """The last four digits, which the mask leaves."""
    return str(call["number"])[-5:].replace("-", "")


async def quiet(clinic: Pair, count: int) -> list[dict[str, Any]]:
    """Wait until so many calls are over and none is open; returns all."""

    async def over() -> bool:
        row = await clinic.row("SELECT count(*) FILTER (WHERE open) AS open, count(*) AS every FROM calls")
        return not row["open"] and row["every"] >= count

    await until(over, 40, lambda: "calls do not end")
    return await clinic.every("/calls")


async def test_equal_uniqueids_stay_two_calls(clinic: Pair, asterisks: dict[str, Bench]) -> None:
    """The same Uniqueid at the same moment on both, and the same systemname: told, alarmed, never merged."""
    east, west = asterisks[EAST], asterisks[WEST]
    placed = [patients(east, 11, 3.0), patients(west, 22, 3.0)]
    await asyncio.gather(dial(east, "1140", "79990051140", "twin-1"), dial(west, "1240", "79990051240", "twin-1"))
    for sipp, _ in placed:
        assert await asyncio.wait_for(sipp.wait(), 60) == 0, sipp.unexpected()
    await asyncio.sleep(1)
    for one in (east, west):  # whoever was called by hand talks on until somebody hangs up
        await bench_console(one, "channel request hangup all")
    calls = await quiet(clinic, 2 * CALLS + 2)
    assert Counter(map(tail, calls)) == Counter([*placed[0][1], *placed[1][1], "1140", "1240"])
    where = {tail(call): call["pbx"] for call in calls}
    assert {where[one] for one in (*placed[0][1], "1140")} == {EAST}
    assert {where[one] for one in (*placed[1][1], "1240")} == {WEST}
    assert {call["result"] for call in calls} == {"answered"}
    operators = {leg["operator"][:4]: call["pbx"] for call in calls for leg in call["legs"]}
    assert operators == {"op11": EAST, "op12": WEST}
    by_hand = [call for call in calls if call["direction"] == "outbound"]
    assert [(call["legs"][0]["operator"], tail(call)) for call in sorted(by_hand, key=tail)] == [
        ("op1140", "1140"), ("op1240", "1240"),
    ]  # fmt: skip
    row = await clinic.row("SELECT count(DISTINCT id) AS ids, count(DISTINCT channel) AS channels FROM calls")
    assert row["channels"] < row["ids"] == len(calls), "their Uniqueids were meant to be equal"
    await told_of_twins(clinic)
    replayed(clinic, calls)


async def told_of_twins(clinic: Pair) -> None:
    """`okno status`, the metric and `okno check` say that both say the same systemname."""
    status = await clinic.told("engine")
    assert status is not None
    assert {one["id"]: one["twins"] for one in status["pbxes"]} == {EAST: [WEST], WEST: [EAST]}
    assert '"what":"pbx_twins"' in clinic.services["engine"].said
    assert "WARNING: says the same systemname as" in await asyncio.to_thread(clinic.run, "status", codes=(0, 1))
    checked = json.loads(await asyncio.to_thread(clinic.run, "check", "--json", codes=(0, 1)))
    text = json.dumps(checked)
    assert "says systemname 'east', as pbx east does" in text


def replayed(clinic: Pair, calls: list[dict[str, Any]]) -> None:
    """What was recorded of each PBX makes the same calls again, with the same ids, talk and legs."""
    for name in (EAST, WEST):
        files = sorted(str(file) for file in (clinic.state / "ami" / name).iterdir())
        printed = clinic.run("ami", "replay", "--json", *files, codes=(0, 1))
        again = {call["id"]: call for call in map(json.loads, printed.splitlines())}
        ours = {call["id"]: call for call in calls if call["pbx"] == name}
        assert again.keys() == ours.keys()
        for key, call in ours.items():
            assert (again[key]["result"], len(again[key]["legs"])) == (call["result"], len(call["legs"]))
            assert abs(again[key]["talk_s"] - call["talk_s"]) < 0.5


async def bench_console(bench: Bench, command: str) -> str:
    """What the Asterisk's console answers."""
    return await console.ask(bench.asterisk.control, command)


async def test_one_that_dies_does_not_disturb_the_other(clinic: Pair, asterisks: dict[str, Bench]) -> None:
    east, west = asterisks[EAST], asterisks[WEST]
    first, first_tails = patients(east, 31, 8.0)
    lost, lost_tails = patients(west, 32, 30.0, 3)
    await asyncio.sleep(5)
    west.running.kill()
    try:
        await link_is(clinic, WEST, "down")
        second, second_tails = patients(east, 33, 5.0)
        for sipp in (first, second):
            assert await asyncio.wait_for(sipp.wait(), 60) == 0, sipp.unexpected()
        await asyncio.sleep(1)
        links = {one["id"]: one["link"] for one in (await clinic.told("engine") or {})["pbxes"]}
        assert links[EAST] == "live"
        by_tail = {tail(call): call for call in await clinic.every("/calls")}
        for one in (*first_tails, *second_tails):
            assert (by_tail[one]["result"], bool(by_tail[one]["ended_at"]), by_tail[one]["pbx"]) == ("answered", True, EAST)
        await breaks(clinic, "op1210")  # west's phone: noted, and ordered when west is back
        await breaks(clinic, "op1110")
        await paused(east, "1110")
    finally:
        lost.stop()
        await west.running.start()
    await link_is(clinic, WEST, "live")
    await paused(west, "1210")
    third, third_tails = patients(west, 34, 5.0, 3)
    assert await asyncio.wait_for(third.wait(), 60) == 0, third.unexpected()
    calls = await quiet(clinic, 2 * CALLS + 6)
    by_tail = {tail(call): call for call in calls}
    assert len(by_tail) == len(calls) == 2 * CALLS + 6
    assert {by_tail[one]["result"] for one in lost_tails} <= {"lost_by_pbx", "answered"}
    assert {by_tail[one]["pbx"] for one in (*lost_tails, *third_tails)} == {WEST}
    assert {by_tail[one]["result"] for one in third_tails} == {"answered"}


async def link_is(clinic: Pair, pbx: str, state: str) -> None:
    """Wait until the engine says so of its link."""
    told: dict[str, Any] | None = None

    async def so() -> bool:
        nonlocal told
        told = await clinic.told("engine")
        return told is not None and {one["id"]: one["link"] for one in told["pbxes"]}[pbx] == state

    await until(so, 60, lambda: f"{pbx} is not {state}: {told}")


async def breaks(clinic: Pair, operator: str) -> None:
    """An operator takes a break."""
    async with EngineClient(clinic.runtime) as client:
        answer = await client.command(
            str(uuid4()), "presence", actor=operator, role="operator", operator=operator,
            args={"presence": "break", "reason": "lunch"},
        )  # fmt: skip
    assert answer["ok"], answer


async def paused(bench: Bench, extension: str) -> None:
    """Wait until the queue's member is paused."""

    async def so() -> bool:
        shown = await bench_console(bench, "queue show main")
        return any(f"/{extension}" in line and "paused" in line for line in shown.splitlines())

    await until(so, 20, lambda: f"{extension} is not paused")
