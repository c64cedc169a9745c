"""Files are fetched after the answer: a few tries, never too much, nobody waits for another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from chat.client import AttachmentRow
from chat.conversations.live import Hub
from chat.conversations.reading import Reading
from chat.conversations.writing import New
from chat.media import fetching
from chat.media.checking import Check
from chat.media.fetching import Fetcher
from chat.media.keeping import Media
from chat.wire import File
from okno import clock
from tests.chat.sending.bench import Bench, soon
from tests.chat.sending.cloud import Account, Cloud

PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)
MOST = 1 << 20


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes minutes in life takes moments here."""
    monkeypatch.setattr(fetching, "TRIES_S", (0.1, 0.1))
    monkeypatch.setattr(fetching, "LOOK_EVERY_S", 0.1)


@asynccontextmanager
async def fetcher(bench: Bench, *accounts: Account, check: Check | None = None) -> AsyncIterator[CollectorRegistry]:
    """Fetch for the body of an `async with`."""
    hub, figures = Hub(bench.database), CollectorRegistry()
    media = Media(bench.database, bench.own, MOST, check)
    one = Fetcher(media, bench.database, bench.own, {one.key: one for one in accounts}, hub, figures)
    tasks = [asyncio.create_task(hub.run()), asyncio.create_task(one.run())]
    try:
        yield figures
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for account in accounts:
            await account.api.close()


async def came(bench: Bench, *names: str, user: str = "5501", **more: Any) -> UUID:
    """Let somebody send files; returns the message."""
    who = await bench.person(user=user)
    files = tuple(File(kind="image", name=name, mime="text/html", ref={"name": name}, **more) for name in names)
    async with bench.database.acquire() as connection, connection.transaction():
        new = New(side="in", at=clock.now(), body={"text": ""}, files=files)
        return (await bench.writing.write(connection, who.conversation, who.account, new)).id


async def ends(bench: Bench, message: UUID, within_s: float = 20.0) -> list[AttachmentRow]:
    """Return a message's files once none is pending."""
    conversation = (await bench.row(message))["conversation"]
    async with asyncio.timeout(within_s):
        while True:
            async with bench.database.acquire() as connection:
                row = await Reading(bench.seals).one(connection, conversation, message)
            assert row is not None
            if all(file.state != "pending" for file in row.attachments):
                return row.attachments
            await asyncio.sleep(0.02)


async def content(bench: Bench, row: AttachmentRow) -> bytes:
    """Return what is kept of a file."""
    media = Media(bench.database, bench.own, MOST)
    return b"".join([piece async for piece in media.content(UUID(row.id))])


async def test_a_file_is_fetched_looked_at_and_told_of(bench: Bench, cloud: Cloud) -> None:
    cloud.files["a"] = PNG
    async with fetcher(bench, Account("fake:main", cloud.url)):
        message = await came(bench, "a")
        before = (await bench.row(message))["changed"]
        (row,) = await ends(bench, message)
    assert (row.state, row.mime, row.size, row.name) == ("ready", "image/png", len(PNG), "a")
    assert await content(bench, row) == PNG
    assert (await bench.row(message))["changed"] > before


async def test_a_host_that_hangs_holds_up_nobody_else_s_file_and_no_message(bench: Bench, cloud: Cloud) -> None:
    cloud.files |= {"slow": PNG} | {f"f{n}": PNG for n in range(6)}
    cloud.plans["slow"] = ["hang"]
    async with fetcher(bench, Account("fake:main", cloud.url)):
        slow = await came(bench, "slow")
        others = [await came(bench, f"f{n}", user=f"u{n}") for n in range(6)]
        for message in others:
            assert [row.state for row in await ends(bench, message)] == ["ready"]
        cloud.go.set()
        assert [row.state for row in await ends(bench, slow)] == ["ready"]
    assert await bench.database.fetchval("SELECT count(*) FROM message WHERE id = $1", slow) == 1
    assert [one["text"] for one in cloud.got].count("slow") == 1


async def test_an_album_is_ten_files_of_which_one_may_fail(bench: Bench, cloud: Cloud) -> None:
    names = [f"p{n}" for n in range(10)]
    cloud.files |= dict.fromkeys(names, PNG)
    cloud.plans["p3"] = ["404"]
    async with fetcher(bench, Account("fake:main", cloud.url)):
        rows = await ends(bench, await came(bench, *names))
    assert [row.name for row in rows] == names
    assert [row.state for row in rows] == ["ready"] * 3 + ["expired"] + ["ready"] * 6


@pytest.mark.parametrize(("plan", "state", "asked"), [
    (["500", "500", "ok"], "ready", 3), (["drop", "ok"], "ready", 2), (["500"] * 9, "expired", 3), (["410"], "expired", 1),
    (["endless"], "too_big", 1),
])  # fmt: skip
async def test_what_becomes_of_a_file(bench: Bench, cloud: Cloud, plan: list[str], state: str, asked: int) -> None:
    cloud.files["a"], cloud.plans["a"] = PNG, plan
    async with fetcher(bench, Account("fake:main", cloud.url)) as figures:
        message = await came(bench, "a")
        task = asyncio.create_task(hurry(bench))
        (row,) = await ends(bench, message)
        task.cancel()
    assert (row.state, len(cloud.got)) == (state, asked)
    assert await content(bench, row) == (PNG if state == "ready" else b"")
    assert f'okno_chat_files_total{{account="fake:main",end="{state}"}} 1.0'.encode() in generate_latest(figures)


async def hurry(bench: Bench) -> None:
    """Let nobody wait for the ten seconds that a cloud out of reach is left alone."""
    while True:
        await asyncio.sleep(0.1)
        await bench.database.execute(
            "UPDATE attachment SET next_at = now() WHERE state = 'pending' AND next_at < now() + interval '20 s'"
        )


async def test_one_that_says_it_is_too_big_is_not_asked_for(bench: Bench, cloud: Cloud) -> None:
    async with fetcher(bench, Account("fake:main", cloud.url)):
        (row,) = await ends(bench, await came(bench, "a", size=500 << 20))
    assert (row.state, cloud.got) == ("too_big", [])


async def test_a_program_is_refused(bench: Bench, cloud: Cloud) -> None:
    cloud.files["a.jpg"] = b"MZ" + bytes(1000)
    async with fetcher(bench, Account("fake:main", cloud.url)):
        (row,) = await ends(bench, await came(bench, "a.jpg"))
    assert row.state == "refused" and await content(bench, row) == b""


async def test_a_check_that_does_not_work_is_waited_for(
    bench: Bench, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fetching, "CHECK_AGAIN_S", 0.1)
    cloud.files["a"] = PNG
    program = tmp_path / "scan"
    async with fetcher(bench, Account("fake:main", cloud.url), check=Check([str(program)])):
        message = await came(bench, "a")
        await soon(lambda: len(cloud.got) > 4)
        program.write_text("#!/bin/sh\nexec cat > /dev/null\n")
        program.chmod(0o700)
        (row,) = await ends(bench, message)
    assert row.state == "ready"


async def test_two_fetchers_fetch_each_file_once(bench: Bench, cloud: Cloud) -> None:
    names = [f"p{n}" for n in range(12)]
    cloud.files |= dict.fromkeys(names, PNG)
    account, second = Account("fake:main", cloud.url), Account("fake:main", cloud.url)
    async with fetcher(bench, account), fetcher(bench, second):
        rows = await ends(bench, await came(bench, *names))
    assert [row.state for row in rows] == ["ready"] * 12
    assert sorted(one["text"] for one in cloud.got) == sorted(names)
