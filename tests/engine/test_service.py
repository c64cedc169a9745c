"""The engine as a process: it leads, dies, stands by and ends politely."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from mis.feed import REPORT_PLACE, REPORTS, WORK, WORK_PLACE, WorkWanted
from okno import clock
from okno.bus import Outbox, Relay, connect
from okno.command.processes import ports
from okno.ids import uuid7
from okno.seal import Keyring, Sealer
from tests.engine.conftest import StartEngine
from tests.fixtures import OpenDatabase


async def snapshot(child):
    """The first message of a fresh reader."""
    async with aclosing(child.client.live()) as messages:
        async for message in messages:
            return message


async def open_request(child, phone: str = "+79990001873"):
    """Make a request by hand."""
    return await child.client.command(
        str(uuid4()), "open", actor="anna", role="operator", operator="orlova",
        args={"kind": "callback", "queue": "main", "phone": phone, "note": "a secret word"},
    )


async def test_it_starts_leads_and_shows_its_settings(start_engine: StartEngine) -> None:
    child = await start_engine()
    await child.ready()
    status = await child.client.status()
    assert status["leader"] and status["database"] and status["epoch"] == 1
    await asyncio.sleep(0.2)
    world = await snapshot(child)
    assert set(world["tables"]["operators"]) == {"orlova", "klimov"}
    assert world["tables"]["queues"]["main"]["waiting"] == 0
    assert child.stop() == 0


async def test_killed_and_started_again_it_has_the_same_open_state(start_engine: StartEngine) -> None:
    child = await start_engine()
    await child.ready()
    answers = [await open_request(child) for _ in range(3)]
    assert all(answer["ok"] for answer in answers)
    taken = await child.client.command(
        str(uuid4()), "take", actor="anna", role="operator", operator="orlova",
        args={"request": answers[0]["request"]["id"]},
    )
    assert taken["ok"], taken
    before = await snapshot(child)
    child.kill()
    again = await start_engine()
    await again.ready()
    await asyncio.sleep(0.2)
    after = await snapshot(again)
    assert after["epoch"] != before["epoch"]
    for row in (*before["tables"]["queues"].values(), *after["tables"]["queues"].values()):
        del row["now_full_at"]  # the last half hour is counted anew, and says so
    for table in ("requests", "calls", "operators", "queues"):
        assert after["tables"][table] == before["tables"][table]
    assert len(after["tables"]["requests"]) == 3
    assert again.stop() == 0


async def test_asked_to_end_it_saves_what_it_has_taken(start_engine: StartEngine) -> None:
    child = await start_engine()
    await child.ready()
    asked = [asyncio.create_task(open_request(child, f"+7999000{n:04d}")) for n in range(30)]
    await asyncio.sleep(0.05)
    assert child.stop() == 0
    answered = [one for one in await asyncio.gather(*asked, return_exceptions=True) if isinstance(one, dict)]
    again = await start_engine()
    await again.ready(within_s=3)  # the lease was released, not left to expire
    kept = {row["id"] for row in (await again.client.requests(actor="a", role="operator", purpose="t"))["items"]}
    assert {one["request"]["id"] for one in answered} <= kept


async def test_frozen_until_another_leads_it_ends_by_itself(start_engine: StartEngine) -> None:
    """SIGSTOP longer than the lease, as a paused virtual machine: the old leader writes nothing and exits."""
    first = await start_engine()
    await first.ready()
    first.process.send_signal(signal.SIGSTOP)
    second = await start_engine(port=ports.free())
    await second.ready(within_s=15)
    assert (await second.client.status())["epoch"] == 2
    first.process.send_signal(signal.SIGCONT)
    assert await asyncio.to_thread(first.process.wait, 15) == 1
    assert "another_engine_leads" in first.log.read_text()
    assert (await open_request(second))["ok"]


def work(key: UUID, bus: Sealer) -> dict[str, Any]:
    """What `mis` says when a visit was changed."""
    who = json.dumps({"phone": "+79990001873", "patient": "Patient/1", "note": "11.12.2026 10:00"})
    sealed = base64.b64encode(bus.seal(who, row=str(key), **WORK_PLACE)).decode()
    due = clock.now() + timedelta(hours=1)
    return WorkWanted(key=key, reason="changed", queue="", due_at=due, who=sealed).model_dump(mode="json")


async def until(fact: Callable[[], Any]) -> Any:
    """Wait until it is so."""
    for _ in range(1000):
        if found := await fact():
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it did not become so")


async def test_work_of_the_mis_outlives_a_kill_is_one_and_what_came_of_it_is_told_back(
    start_engine: StartEngine, database: OpenDatabase, redis_url: str
) -> None:
    address = redis_url.rpartition("/")[0] + "/5"
    settings = {"redis": address, "mis": {"connector": "fhir_r4", "port": ports.free()}}
    redis, source = connect(address), await database("mis")
    await redis.flushdb()
    relay = asyncio.create_task(Relay(source, redis, {WORK: ["engine"]}, CollectorRegistry()).run())
    child = await start_engine(**settings)
    await child.ready()
    bus, key = Keyring.load(child.runtime.keyring_path).sealer("bus"), uuid7()

    async def tell() -> None:
        async with source.acquire() as connection, connection.transaction():
            await Outbox.add(connection, WORK, uuid7(), "WorkWanted", work(key, bus))

    async def confirmed() -> bool:
        return await source.fetchval("SELECT count(*) FROM outbox") == 0

    async def shown() -> Any:
        return (await snapshot(child))["tables"]["requests"].get(str(key))

    await tell()
    row = await until(shown)
    assert (row["kind"], row["source"]["en"], row["meant"], row["patient"]) == ("callback", "mis:changed", "Patient/1", None)
    child.kill()
    child = await start_engine(**settings)
    await child.ready()
    await tell()
    await until(confirmed)
    assert list((await snapshot(child))["tables"]["requests"]) == [str(key)]

    async def order(name: str, **args: Any) -> Any:
        answer = await child.client.command(
            str(uuid4()), name, actor="anna", role="operator", operator="orlova", args={"request": str(key)} | args
        )
        assert answer["ok"], answer
        return answer["request"]

    await order("take")
    assert (await order("identify", patient="Patient/1", verified=["name", "birth_date"]))["patient"] == "Patient/1"
    await order("complete", outcome="booked")
    ((_, fields),) = await until(lambda: redis.xrange(REPORTS))
    payload = json.loads(fields["payload"])
    report = json.loads(bus.open(base64.b64decode(payload["report"]), row=payload["key"], **REPORT_PLACE))
    assert (report["patient"], report["kind"], report["outcome"], report["operator"]) == (
        "Patient/1", "callback", "booked", "orlova",
    )  # fmt: skip
    assert "Patient/1" not in child.log.read_text() and "0001873" not in child.log.read_text()
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    await redis.flushdb()
    await redis.aclose()
    assert child.stop() == 0
