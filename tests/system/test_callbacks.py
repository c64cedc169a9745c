"""kill -9 of the engine between «dial» and «answered»: nobody is dialled twice, and what came of it is known or shown."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from demo.sipp import Address
from tests.pbx.softphone import Softphone
from tests.system import clinic as clinics
from tests.system.clinic import ANY_HOUR, LINES, MAIN_QUEUE, Clinic, operator

ME, EXTENSION = "op1001", "1001"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """Okno with one operator, whose queue dials as soon as he has accepted."""
    plain = clinics.settings

    def one_operator(ports: list[int], phones_port: int) -> dict[str, Any]:
        return plain(ports, phones_port) | {
            "queues": [{
                "name": MAIN_QUEUE, "title": {"ru": "main", "en": "main"}, "wrap_up_s": 0,
                "callbacks": {"dial": "auto", **ANY_HOUR},
            }],
            "operators": [operator(int(EXTENSION), [MAIN_QUEUE], phones_port)],
            "lines": [{"number": LINES[MAIN_QUEUE], "source": {"ru": "main", "en": "main"}, "queue": MAIN_QUEUE}],
        }  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clinics, "settings", one_operator)
        with clinics.start(tmp_path_factory.mktemp("callbacks")) as clinic:
            yield clinic


@dataclass
class Floor:
    """The clinic, the operator's phone and whoever is called outside; what the operator's page would say is said here."""

    clinic: Clinic
    phone: Softphone
    trunk: Softphone
    session: aiohttp.ClientSession

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the engine as a gateway does."""
        async with self.session.post(f"{self._engine}{path}", json=body) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return dict(await answer.json())

    async def command(self, name: str, **args: Any) -> dict[str, Any]:
        """A command of the operator's."""
        return await self.post("/v1/commands", {
            "command": str(uuid4()), "name": name, "actor": "orlova.a", "role": "operator", "operator": ME, "args": args,
        })  # fmt: skip

    async def world(self) -> dict[str, Any]:
        """The live world as a page would get it."""
        closing = aiohttp.ClientWSTimeout(ws_close=0.2)
        async with self.session.ws_connect(f"{self._engine}/live", timeout=closing) as socket:
            while True:
                message = json.loads((await socket.receive(5)).data)
                if message["type"] == "snapshot":
                    return dict(message["tables"])

    async def promise(self, request: str) -> dict[str, Any] | None:
        """The promise of a request; None when it is closed."""
        row = (await self.world())["requests"].get(request)
        return row["callback"] if row is not None else None

    async def here(self) -> None:
        """The operator's page is open, for ever."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, AssertionError, TimeoutError):
                await self.post("/v1/pages", {"here": [ME], "left": []})
            await asyncio.sleep(2)

    async def accepted(self, n: int) -> str:
        """He is promised a call and the operator accepts it; returns the request."""
        made = await self.command("callback", phone=f"+7999000{2400 + n:04d}", queue=MAIN_QUEUE)
        assert made["ok"], made
        request = str(made["request"]["id"])

        async def asked() -> str:
            offers = [one for one in (await self.world())["offers"].values() if one["request"] == request]
            return str(offers[0]["id"]) if offers else ""

        offer = await self.until(asked, "nobody is asked")
        assert (await self.command("accept", offer=offer))["ok"]
        return request

    async def until(self, fact: Callable[[], Any], what: str, within_s: float = 30) -> Any:
        """Wait until it is so; while the engine is away nothing is."""
        end, found = time.monotonic() + within_s, None
        while time.monotonic() < end:
            try:
                found = await fact()
                if found:
                    return found
            except (aiohttp.ClientError, TypeError, TimeoutError) as error:
                found = error
            await asyncio.sleep(0.2)
        print(repr(found), json.dumps(await self.world(), ensure_ascii=False, indent=1)[:6000])
        raise AssertionError(what)

    def kill_engine(self) -> int:
        """Without a farewell; `okno up` starts it again."""
        pid = self.clinic.pid("engine")
        os.kill(pid, signal.SIGKILL)
        return pid

    async def back(self, old: int) -> None:
        """Another engine leads, and follows the PBX."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(KeyError, OSError, ValueError):
                if self.clinic.pid("engine") != old:
                    break
            await asyncio.sleep(0.1)
        await self.clinic.ready(60)

    @property
    def _engine(self) -> str:
        return f"http://127.0.0.1:{self.clinic.config['engine']['port']}"


@pytest_asyncio.fixture
async def floor(running: Clinic) -> AsyncIterator[Floor]:
    """The operator is on duty at his phone."""
    secret = (running.state / "secrets/service.secret").read_text().strip()
    trunk = int(running.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
    sip = Address("127.0.0.1", running.sip_port)
    async with (
        Softphone(EXTENSION, Address("127.0.0.1", running.phones_port), sip) as phone,
        Softphone("outside", Address("127.0.0.2", trunk), sip) as outside,
        aiohttp.ClientSession(headers={"Okno-Service": secret}, timeout=aiohttp.ClientTimeout(total=5)) as session,
    ):
        made = Floor(running, phone, outside, session)
        page = asyncio.create_task(made.here())
        assert (await made.command("presence", presence="available"))["ok"]
        yield made
        page.cancel()


async def test_it_dies_while_the_operators_phone_rings_and_he_lifts_all_the_same(floor: Floor) -> None:
    request = await floor.accepted(1)
    mine = await floor.phone.rings()
    old = floor.kill_engine()
    await mine.answer()
    theirs = await floor.trunk.lifts()  # Asterisk goes on without us
    await floor.back(old)
    kept = await floor.promise(request)
    assert kept is not None and (kept["state"], [one["outcome"] for one in kept["tries"]]) == ("dialling", ["dialling"])
    await asyncio.sleep(3)
    await theirs.hang_up()
    await mine.over(5)

    async def closed() -> bool:
        return await floor.promise(request) is None

    await floor.until(closed, "the promise is still open")
    assert len(floor.trunk.calls) == 1, "he was dialled twice"


async def test_it_dies_while_his_phone_rings_and_nobody_lifts(floor: Floor) -> None:
    request = await floor.accepted(2)
    mine = await floor.phone.lifts()
    theirs = await floor.trunk.rings()
    old = floor.kill_engine()
    theirs.refuse("486 Busy Here")
    await mine.over(15)
    await floor.back(old)

    async def settled() -> dict[str, Any] | None:
        kept = await floor.promise(request)
        return kept if kept is not None and kept["state"] == "waiting" else None

    kept = await floor.until(settled, "nobody knows, and nobody says so", 60)
    # The journal tells that he was called; if it does not in time, it is shown that nobody knows.
    assert kept["tries"][0]["outcome"] in ("busy", "no_answer", "unknown")
    assert kept["attempt"] == 1 and kept["next_at"] is not None
    await asyncio.sleep(5)
    assert len(floor.trunk.calls) == 1, "he was dialled twice"


async def test_it_dies_before_the_operator_has_lifted_and_nobody_is_dialled(floor: Floor) -> None:
    request = await floor.accepted(3)
    mine = await floor.phone.rings()
    old = floor.kill_engine()
    mine.refuse()
    await floor.back(old)

    async def settled() -> dict[str, Any] | None:
        kept = await floor.promise(request)
        return kept if kept is not None and kept["state"] == "waiting" else None

    kept = await floor.until(settled, "nobody knows, and nobody says so", 60)
    assert [one["outcome"] for one in kept["tries"]] == ["unknown"]
    await asyncio.sleep(5)
    assert floor.trunk.calls == [] and [call.ended_by for call in floor.phone.calls] == ["us"]
