"""`chat` is told the rules in force: at the start, at each change, and nothing of the directory beside them."""

from __future__ import annotations

import asyncio
from typing import Any

from chat.feed import RULES, ChatRulesTold
from engine.chats.telling import Rules, rules_of
from okno.settings import Runtime
from okno.settings.directory import ChatRules, Directory, Hours, QueueSettings
from okno.settings.model import Settings
from tests.fixtures import OpenDatabase


class Kept:
    """A directory that changes when told."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.version, self.epoch = settings, 4, "1"
        self.news = asyncio.Event()

    async def newest(self, after: int, epoch: str, wait_s: float) -> dict[str, Any]:
        await self.news.wait()
        self.news.clear()
        return {}


def described(runtime: Runtime) -> Settings:
    directory = Directory(
        hours={"week": Hours(week={"mon": ["09:00-18:00"]})},
        queues=[QueueSettings(name="front", title={"ru": "Регистратура", "en": "Front"}, hours="week")],
        chats={"front": ChatRules(greeting={"ru": "Здравствуйте!", "en": "Hello!"})},
        outcomes={"asked": {"ru": "Спросил", "en": "Asked"}},
    )
    return runtime.settings.model_copy(update={name: getattr(directory, name) for name in Directory.model_fields})


def test_only_what_answers_by_itself_is_told(runtime: Runtime) -> None:
    document = rules_of(described(runtime))
    assert set(document) == {"queues", "hours", "holidays", "chats"}
    assert document["queues"] == [
        {"name": "front", "title": {"en": "Front", "ru": "Регистратура"}, "hours": "week"}
    ]
    assert document["chats"]["front"]["greeting"] == {"en": "Hello!", "ru": "Здравствуйте!"}


async def test_it_is_told_at_the_start_and_at_each_version(runtime: Runtime, database: OpenDatabase) -> None:
    store, kept = await database("engine"), Kept(described(runtime))
    task = asyncio.create_task(Rules(store, kept).run())

    async def told(count: int) -> list[ChatRulesTold]:
        for _ in range(500):
            rows = await store.fetch("SELECT payload FROM outbox WHERE stream = $1 ORDER BY id", RULES)
            if len(rows) >= count:
                break
            await asyncio.sleep(0.01)
        return [ChatRulesTold.model_validate(row["payload"]) for row in rows]

    assert [one.version for one in await told(1)] == [4]
    kept.news.set()
    kept.version = 5
    kept.news.set()
    assert [one.version for one in await told(2)] == [4, 5]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
