"""A web process beside a scripted engine and a scripted chat, and a conversation that is Orlova's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from okno.service.service import SERVICE_SECRET
from okno.settings import Runtime
from tests.fixtures import MakeUrl
from tests.web.house import House, Page, running
from tests.web.scripted import REQUEST, ScriptedEngine, request_row
from tests.web.scripted_chat import ScriptedChat, Talk, scripted_chat


@pytest_asyncio.fixture
async def chat(clinic: Runtime) -> AsyncIterator[ScriptedChat]:
    """A chat service that does what the test tells it."""
    async with scripted_chat(clinic.secret(SERVICE_SECRET), clinic.settings.chat.port) as scripted:
        yield scripted


@pytest_asyncio.fixture
async def talk(chat: ScriptedChat, engine: ScriptedEngine) -> Talk:
    """A conversation whose request Orlova has."""
    made = chat.talk(phone="+79990000007")
    made.put("Здравствуйте, хочу записаться")
    engine.tables["requests"][REQUEST] = chat_row(made)
    return made


@pytest_asyncio.fixture
async def house(clinic: Runtime, talk: Talk, new_database_url: MakeUrl, redis_url: str) -> AsyncIterator[House]:
    """A running web process that hears both."""
    async with running(clinic, await new_database_url("web"), redis_url, clinic.settings.web.port) as one:
        yield one


@pytest_asyncio.fixture
async def second(clinic: Runtime, talk: Talk, new_database_url: MakeUrl, redis_url: str) -> AsyncIterator[House]:
    """Another web process of the same clinic."""
    async with running(clinic, await new_database_url("web"), redis_url, clinic.settings.mis.port) as one:
        yield one


def chat_row(talk: Talk, **changes: Any) -> dict[str, Any]:
    """The request of a conversation."""
    conversation = {
        "id": talk.id, "channel": talk.head["channel"], "account": talk.head["account"], "seq": talk.said, "unheard": 1,
        "waits_since": "2026-11-21T10:00:00+00:00", "replied_at": None, "window_until": None, "emergency": False, "over": False,
    }  # fmt: skip
    row = request_row(kind="chat", calls=[], owner="orlova", status="in_progress", phone="", conversation=conversation, version=4)
    return row | changes


def of(talk: Talk, **more: Any) -> dict[str, Any]:
    """How a page names it."""
    return {"conversation": talk.id, "request": REQUEST} | more


async def opened(page: Page, talk: Talk) -> dict[str, Any]:
    """Synchronise and open the conversation."""
    await page.ask("sync", {})
    answer = await page.ask("chat_open", of(talk))
    assert answer["ok"], answer
    return dict(answer["conversation"])
