"""The engine as a process: it leads, dies, stands by and ends politely."""

from __future__ import annotations

import asyncio
import signal
from contextlib import aclosing
from uuid import uuid4

from okno.command.processes import ports
from tests.engine.conftest import StartEngine


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
