"""The engine and `chat` as they run, with a cloud on a real socket: one request, one owner, and nothing lost between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from chat import service
from chat.client import ChatClient, ServiceRefused
from demo.clouds.max import MaxCloud
from okno.command.processes import ports
from okno.database import Database
from tests.engine.conftest import Child, StartEngine
from tests.fixtures import OpenDatabase, serving

T = TypeVar("T")
ASKS = {"actor": "anna", "role": "supervisor", "purpose": "list"}


@dataclass
class House:
    """Both services, and the cloud outside."""

    engine: Child
    chat: ChatClient
    cloud: MaxCloud

    async def hears(self, text: str, copies: int = 1) -> None:
        """Anna writes; her words are posted so often."""
        await asyncio.gather(*await self.cloud.tell(self.cloud.says(self.cloud.person(), text), copies))

    async def requests(self) -> list[dict[str, Any]]:
        """Every request there ever was, the oldest first."""
        page = await self.engine.client.requests(**ASKS)
        return list(reversed(page["items"]))

    async def order(self, name: str, operator: str = "orlova", **args: Any) -> dict[str, Any]:
        """A command of an operator."""
        role = "operator"
        return await self.engine.client.command(
            str(uuid4()), name, actor=f"{operator}.a", role=role, operator=operator, args=args
        )

    def who(self, operator: str, request: str) -> dict[str, Any]:
        """An operator who opens a conversation."""
        return {"actor": f"{operator}.a", "role": "operator", "operator": operator, "purpose": "chat", "request": request}

    async def owner(self, conversation: str, request: str) -> str:
        """Whom `chat` takes for its owner."""
        return (await self.chat.open(conversation, self.who("orlova", request))).owner


async def until(asked: Callable[[], Awaitable[T]], right: Callable[[T], object], within_s: float = 25) -> T:
    """Ask until it is right."""
    async with asyncio.timeout(within_s):
        while True:
            answer = await asked()
            if right(answer):
                return answer
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def house(
    start_engine: StartEngine, database: OpenDatabase, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Both services on one Valkey and one keyring."""
    opened = await database("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: opened.url)
    redis = redis_url.rpartition("/")[0] + "/11"
    for name, value in (("OKNO_REDIS_URL", redis), ("OKNO_TEST_MAX", "a-token"), ("OKNO_TEST_HOOK", "a_hook")):
        monkeypatch.setenv(name, value)
    port, public = ports.free(), ports.free()
    async with MaxCloud("a-token") as cloud:
        account = {
            "channel": "max", "address": cloud.url, "queue": "main",
            "secrets": {"token": "env:OKNO_TEST_MAX", "secret": "env:OKNO_TEST_HOOK"},
        }  # fmt: skip
        engine = await start_engine(
            redis=redis, chat_public={"port": public},
            chat={"port": port, "public_url": f"http://127.0.0.1:{public}", "accounts": [account]},
        )
        await engine.ready()
        async with serving(service.main(engine.runtime), f"http://127.0.0.1:{port}") as url:
            client = ChatClient(url, engine.runtime.secret("file:service.secret"))
            async with asyncio.timeout(20):
                while not cloud.subscriptions:
                    await asyncio.sleep(0.02)
            yield House(engine, client, cloud)
            await client.close()


async def test_from_the_first_word_to_the_next_request(house: House) -> None:
    await asyncio.gather(house.hears("hello", 3), house.hears("it hurts", 2))
    (request,) = await until(house.requests, bool)
    talk = request["conversation"]
    assert (request["kind"], request["status"], request["queue"], request["phone"]) == ("chat", "queued", "main", "")
    assert (talk["channel"], talk["over"], talk["waits_since"] is not None) == ("max", False, True)

    taken = await house.order("take", request=request["id"], version=request["version"])
    assert taken["ok"], taken
    await until(lambda: house.owner(talk["id"], request["id"]), "orlova".__eq__)
    said = {"id": str(uuid4()), "text": "good day", "version": taken["request"]["version"]}
    with pytest.raises(ServiceRefused) as refused:
        await house.chat.send(talk["id"], house.who("klimov", request["id"]), said | {"id": str(uuid4())})
    assert refused.value.problem["why"] == "not_yours"
    await house.chat.send(talk["id"], house.who("orlova", request["id"]), said)
    (answered,) = await until(house.requests, lambda rows: rows[0]["first_response_at"])
    assert (answered["due_at"], answered["conversation"]["unheard"]) == (None, 0)

    over = await house.order("complete", request=request["id"], outcome="booked")
    assert over["ok"], over
    await until(lambda: house.chat.open(talk["id"], house.who("orlova", request["id"])), lambda one: not one.open)
    await house.hears("one thing more")
    first, second = await until(house.requests, lambda rows: len(rows) == 2 and rows[1]["contact"])  # asked of the history
    assert first["status"] == "done" and first["conversation"]["id"] == talk["id"]
    assert (second["status"], second["preferred"]) == ("queued", "orlova")
    assert second["conversation"]["id"] != talk["id"] and second["contact"] == first["contact"] is not None
    page = await house.engine.client.request(second["id"], **ASKS)
    assert [line["what"] for line in page["history"]] == ["wrote"]


async def test_with_the_engine_dead_nothing_is_lost_and_nothing_is_twice(
    house: House, start_engine: StartEngine, redis_url: str
) -> None:
    await house.hears("hello")
    await until(house.requests, bool)
    house.engine.kill()
    for number in range(3):
        await house.hears(f"are you there {number}", 2)
    settings = house.engine.runtime.settings
    again = await start_engine(
        redis=redis_url.rpartition("/")[0] + "/11", chat={"port": settings.chat.port},
    )  # fmt: skip
    await again.ready()
    house.engine = again
    (request,) = await until(house.requests, lambda rows: rows and rows[0]["conversation"]["unheard"] == 4)
    assert request["conversation"]["seq"] >= 4 and request["status"] == "queued"


async def test_whom_nobody_reached_by_telephone_reads_it_where_he_wrote_us(house: House) -> None:
    await house.hears("hello")
    (request,) = await until(house.requests, lambda rows: rows and rows[0]["contact"])
    assert (await house.order("take", request=request["id"]))["ok"]
    assert (await house.order("complete", request=request["id"], outcome="booked"))["ok"]
    await until(house.requests, lambda rows: rows[0]["status"] == "done")
    store = await Database.open(house.engine.database_url, name="engine")
    try:  # as the plan of a callback of his would leave it
        await store.execute("UPDATE requests SET outcome = 'not_reached', conversation = NULL")
        await store.execute(
            "INSERT INTO history (line, request, at, actor, what) VALUES ($1, $2, now(), 'engine', 'given_up')",
            uuid4(), UUID(request["id"]),
        )  # fmt: skip

        async def got() -> list[str]:
            return [one["body"]["text"] for one in house.cloud.sent(house.cloud.person())]

        (text,) = await until(got, bool, 40)
        assert "Test" in text
        lines = "SELECT count(*) FROM history WHERE what = 'wrote_instead'"
        assert await until(lambda: store.fetchval(lines), (1).__eq__)
        assert await got() == [text]
    finally:
        await store.close()
