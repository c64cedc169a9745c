"""A change of the directory reaches a real Asterisk with nothing restarted: new people, queues, numbers; and back again."""

from __future__ import annotations

import asyncio
import copy
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from demo.sipp import Address
from engine.asterisk import console
from engine.asterisk.render import REACTION_S
from tests.pbx.softphone import Softphone
from tests.system import clinic as clinics
from tests.system.clinic import Clinic

MAIN, NIGHT = "+73430000001", "+73430000099"
ALWAYS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


class House:
    """A running clinic whose directory is changed by an administrator's token."""

    def __init__(self, clinic: Clinic, ports: dict[str, int]) -> None:
        self.clinic, self.ports = clinic, ports
        self.admin = ""

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Ask REST as the administrator."""
        headers = {"Authorization": f"Bearer {self.admin}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.clinic.url}/api/v1{path}", **more) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def document(self) -> tuple[int, dict[str, Any]]:
        """The version in force and a copy of its document."""
        status, now = await self.ask("GET", "/directory")
        assert status == 200, now
        return now["version"], copy.deepcopy(now["document"])

    async def save(self, document: dict[str, Any], **more: Any) -> int:
        """Save a document; returns its version."""
        base, _ = await self.document()
        status, answer = await self.ask("PUT", "/directory", json={"base": base, "document": document, **more})
        assert status == 200, answer
        return int(answer["version"])

    async def applied(self, version: int, within_s: float = 30) -> None:
        """Wait until the PBX says that it uses this version."""
        end = time.monotonic() + within_s
        while True:
            live = await self.clinic.get("/live")
            row = live["tables"]["pbxes"]["main"]
            if row["directory"] == version and not row["directory_reason"]:
                return
            assert time.monotonic() < end, row
            await asyncio.sleep(0.2)

    async def console(self, command: str) -> str:
        """What Asterisk itself says."""
        return await console.ask(self.clinic.state / "pbx/main/run/asterisk.ctl", command)

    def pids(self) -> dict[str, int]:
        """Who runs."""
        return {row["name"]: row["pid"] for row in self.clinic.up()["services"]}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A clinic of two operators, one queue, one number."""
    one, two, three = clinics.free_ports(3)
    operators = [clinics.operator(1001, ["main"], one), clinics.operator(1002, ["main"], two)]
    with clinics.start(
        tmp_path_factory.mktemp("directory"), operators=operators,
        queues=[{"name": "main", "title": {"ru": "main", "en": "main"}, "wrap_up_s": 0}],
        lines=[{"number": MAIN, "source": {"ru": "Site", "en": "Site"}, "queue": "main"}],
    ) as made:  # fmt: skip
        house = House(made, {"1001": one, "1002": two, "1099": three})
        house.admin = made.new_token("administrator")
        yield house


@pytest_asyncio.fixture
async def phones(clinic: House) -> AsyncIterator[dict[str, Softphone]]:
    """Every phone, that of the operator who is still to come too, and two patients."""
    pbx = Address("127.0.0.1", clinic.clinic.sip_port)
    async with AsyncExitStack() as stack:
        made = {name: Softphone(name, Address("127.0.0.1", port), pbx) for name, port in clinic.ports.items()}
        for place, number in enumerate(("+79990030001", "+79990030002")):
            made[f"patient{place}"] = Softphone(number, Address("127.0.0.2", clinics.free_ports(1)[0]), pbx)
        for phone in made.values():
            await stack.enter_async_context(phone)
        yield made


def newcomer(port: int, queue: str) -> dict[str, Any]:
    """An operator who is to be added."""
    return clinics.operator(1099, [queue], port) | {"title": {"ru": "Новая; [Анна]", "en": "Anna \"x\" <1>"}}


async def test_a_new_number_rings_a_new_operator_and_a_call_that_runs_is_not_touched(
    clinic: House, phones: dict[str, Softphone]
) -> None:
    before = clinic.pids()
    running = phones["patient0"].dial(MAIN)
    talk = await first(phones["1001"], phones["1002"])
    await running.up()
    version, wanted = await clinic.document()
    wanted["hours"]["always"] = {"week": ALWAYS}
    wanted["holidays"] = [{"day": "2030-01-01", "title": {"ru": "Новый год"}, "spans": []}]
    wanted["queues"].append({"name": "night", "title": {"ru": "Ночь"}, "wrap_up_s": 0})
    wanted["operators"].append(newcomer(clinic.ports["1099"], "night"))
    wanted["lines"].append({"number": NIGHT, "source": {"ru": "Ночь"}, "queue": "night", "hours": "always"})
    status, told = await clinic.ask("POST", "/directory/check", json={"document": wanted})
    assert (status, told["errors"], len(told["diff"])) == (200, [], 5)
    assert await clinic.save(wanted, note="night shift") == version + 1
    await clinic.applied(version + 1)
    second = phones["patient1"].dial(NIGHT)
    lifted = await phones["1099"].lifts()
    await second.up()
    assert clinic.pids() == before
    assert "PJSIP/1099" in await clinic.console("queue show night")
    # The one who talks hears nothing of all that: his call ends when he ends it, not before.
    assert talk.ended_at is None and running.ended_at is None
    for call in (second, running):
        await call.hang_up()
    assert lifted is not None
    rows = await settled(clinic, 2)
    assert {(row["queue"], row["result"]) for row in rows} == {("main", "answered"), ("night", "answered")}


async def test_a_penalty_decides_who_rings_and_undoing_brings_the_old_back(
    clinic: House, phones: dict[str, Softphone]
) -> None:
    version, wanted = await clinic.document()
    wanted["operators"][0]["penalty"] = 5
    await clinic.applied(await clinic.save(wanted))
    # Whom Asterisk lets catch his breath is passed over, and then it is the penalised one's turn: rightly so.
    for breath_s in (REACTION_S + 0.5, 0):
        patient = phones["patient0"].dial(MAIN)
        await phones["1002"].lifts()
        await (await patient.up()).hang_up()
        await asyncio.sleep(breath_s)
    assert phones["1001"].calls == []
    status, answer = await clinic.ask("POST", "/directory/undo", json={"base": version + 1, "version": 1})
    assert (status, answer["version"]) == (200, version + 2), answer
    await clinic.applied(version + 2)
    assert "night" not in await clinic.console("queue show")
    assert "1099" not in await clinic.console("pjsip show endpoints")
    assert (await clinic.ask("GET", f"/directory/version?version={version + 2}&against=1"))[1]["diff"] == []


async def test_a_bad_change_leaves_everything(clinic: House) -> None:
    version, wanted = await clinic.document()
    etc = clinic.clinic.state / "pbx/main/etc"
    files = {file.name: file.read_bytes() for file in etc.glob("*.conf")}
    wanted["operators"][1]["extension"] = "1001"
    wanted["lines"][0]["queue"] = "gone"
    status, answer = await clinic.ask("PUT", "/directory", json={"base": version, "document": wanted})
    assert (status, [one["path"] for one in answer["errors"]]) == (422, ["lines[0].queue", "operators[1].extension"])
    _, unreachable = await clinic.document()
    unreachable["operators"][0]["contact"] = "sip:1001@phone.example"
    status, answer = await clinic.ask("PUT", "/directory", json={"base": version, "document": unreachable})
    assert (status, "contact" in answer["errors"][0]["message"]) == (422, True)
    status, _ = await clinic.ask("PUT", "/directory", json={"base": version - 1, "document": wanted})
    assert status == 409
    await asyncio.sleep(1)
    assert (await clinic.document())[0] == version
    assert {file.name: file.read_bytes() for file in etc.glob("*.conf")} == files


async def test_an_operator_who_talks_is_not_taken_away_unless_one_insists(
    clinic: House, phones: dict[str, Softphone]
) -> None:
    patient = phones["patient0"].dial(MAIN)
    talk = await first(phones["1001"], phones["1002"])
    await patient.up()
    who = "1001" if talk in phones["1001"].calls else "1002"
    version, wanted = await clinic.document()
    wanted["operators"] = [one for one in wanted["operators"] if one["extension"] != who]
    change = {"base": version, "document": wanted}
    status, answer = await clinic.ask("PUT", "/directory", json=change)
    assert (status, answer["key"], answer["busy"][0]["word"]) == (409, "error.directory_busy", "operator_talks")
    status, answer = await clinic.ask("PUT", "/directory", json=change | {"force": True})
    assert status == 200, answer
    await clinic.applied(answer["version"])
    await asyncio.sleep(1)
    assert talk.ended_at is None and patient.ended_at is None
    await patient.hang_up()
    row = (await settled(clinic, 1))[0]
    assert (row["result"], row["legs"][-1]["operator"]) == ("answered", f"op{who}")
    undone = await clinic.ask("POST", "/directory/undo", json={"base": version + 1, "version": version})
    assert undone[0] == 200
    await clinic.applied(version + 2)


async def test_an_engine_killed_after_the_commit_applies_it_when_it_is_back(clinic: House) -> None:
    helper = clinic.clinic.pid("pbx-main") if "pbx-main" in clinic.pids() else clinic.clinic.pid(pbx_name(clinic))
    version, wanted = await clinic.document()
    late = f"late{version}"  # another one when this is played again
    wanted["queues"].append({"name": late, "title": {"ru": "Поздно"}})
    os.kill(helper, signal.SIGSTOP)
    try:
        assert await clinic.save(wanted) == version + 1
        os.kill(clinic.clinic.pid("engine"), signal.SIGKILL)
        assert late not in await clinic.console("queue show")
    finally:
        os.kill(helper, signal.SIGCONT)
    await clinic.clinic.ready(60)
    await clinic.applied(version + 1, 60)
    assert late in await clinic.console("queue show")
    assert (clinic.clinic.state / "directory.json").stat().st_mode & 0o077 == 0


async def test_an_account_may_be_given_for_an_operator_the_file_does_not_know(clinic: House) -> None:
    version, wanted = await clinic.document()
    if all(one["name"] != "anna" for one in wanted["operators"]):  # she is there when this is played again
        wanted["operators"].append(newcomer(clinic.ports["1099"], "main") | {"name": "anna"})
        version = await clinic.save(wanted)
    await clinic.applied(version, 60)
    said = await asyncio.to_thread(clinic.clinic.run, "user", "add", "anna", "--role", "operator", "--operator", "anna")
    assert "operator anna" in said
    rendered = await asyncio.to_thread(clinic.clinic.run, "pbx", "render", "--pbx", "main")
    assert "[1099]" in rendered


def pbx_name(clinic: House) -> str:
    """What `okno up` calls the helper beside the PBX."""
    return next(name for name in clinic.pids() if "pbx" in name and "asterisk" not in name)


async def first(*phones: Softphone) -> Any:
    """The call of whichever phone rings first, lifted."""
    rings = [asyncio.create_task(phone.rings()) for phone in phones]
    done, late = await asyncio.wait(rings, return_when=asyncio.FIRST_COMPLETED)
    for one in late:
        one.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return await done.pop().result().answer()


async def settled(clinic: House, count: int) -> list[dict[str, Any]]:
    """The newest calls, once so many are over."""
    end = time.monotonic() + 20
    while True:
        calls = (await clinic.clinic.every("/calls"))[:count]
        if len(calls) == count and all(call["ended_at"] for call in calls):
            return calls
        assert time.monotonic() < end, calls
        await asyncio.sleep(0.3)
