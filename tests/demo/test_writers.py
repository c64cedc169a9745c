"""The demo's people who write: in clouds on loopback, one line after each answer, and who is not answered goes away."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chat.hearing import max as hearing
from demo import talks, writers
from demo.clouds.server import spelled
from demo.talks import Book, Line, Talk
from demo.writers import Writers, Writing
from okno.command.processes import ports
from okno.resources import folder
from okno.settings import AccountSettings, ChatSettings, Demo, Runtime, load_settings

TOKEN = "max-token-of-the-demo"
TALK = (Line("hello"), Line("my number", phone=True), Line("a paper", picture=True))


def here(runtime: Runtime, **more: Any) -> Runtime:
    """The demo with one account, of MAX."""
    secret = runtime.path(runtime.settings.paths.secrets) / "demo.token"
    secret.touch(0o600)
    secret.write_text(TOKEN)
    told = {"channel": "max", "address": f"http://127.0.0.1:{ports.free()}", "secrets": {"token": "file:demo.token"}}
    chat = ChatSettings(accounts=[AccountSettings.model_validate(told | more)])
    settings = runtime.settings.model_copy(update={"chat": chat, "demo": Demo(chats_per_minute=60)})
    return Runtime(settings, runtime.state)


@asynccontextmanager
async def writing(place: Runtime, book: Book) -> AsyncIterator[Writers]:
    made = Writers(place, Random(1), book)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check: Any, within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.02)


async def test_somebody_writes_on_each_time_he_is_answered(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "LOOKS_S", 0.2)
    monkeypatch.setattr(talks, "THINKS_S", (0.0, 0.0))
    async with writing(here(runtime), Book((("Anna", "P."),), (TALK,))) as made:
        await until(lambda: made._clouds and made._writing)
        cloud, [one] = made._clouds[0], made._writing
        assert isinstance(cloud, writers.Max)
        for answers in range(1, len(TALK)):
            assert one.written == answers and one.since, "he waits"
            who = cloud._cloud.person(one.talk.person)
            cloud._cloud._put(who, who.id, {"text": "an answer", "attachments": []}, None)
            await until(lambda answers=answers: one.written == answers + 1)  # type: ignore[misc]
        heard = [
            envelope for update in cloud._cloud.updates[: len(TALK)]
            for envelope in hearing.envelopes("max:main", TOKEN, spelled(update))
        ]  # fmt: skip
    assert [envelope.text for envelope in heard] == [line.text for line in TALK]
    number = heard[1].peer
    assert number is not None and (number.phone, number.verified) == (one.talk.phone, True), "MAX proves his number"
    assert [file.kind for file in heard[2].files] == ["image"]


async def test_who_is_answered_by_nobody_goes_away(runtime: Runtime) -> None:
    place = here(runtime)
    made = Writers(place, Random(1), Book((("Anna", "P."),), (TALK,)))
    cloud = writers.Max(TOKEN)
    one = Writing(cloud, Talk(talks.FIRST_ID, "Anna", "P.", "+79990000000", TALK), written=1, since=100.0)
    made._writing.append(one)
    await made._go_on(one, 100.0 + writers.PATIENCE_S - 1)
    assert made._writing == [one]
    await made._go_on(one, 100.0 + writers.PATIENCE_S + 1)
    assert made._writing == [] and one.written == 1


def test_only_clouds_that_are_looked_for_here_are_played(runtime: Runtime) -> None:
    assert [one.key for one in writers.accounts(here(runtime))] == ["max:main"]
    for away in ({"address": "https://platform-api2.max.ru"}, {"on": False}, {"channel": "telegram"}):
        elsewhere = here(runtime, **away)
        assert writers.accounts(elsewhere) == [] and writers.program(elsewhere) is None
    program = writers.program(here(runtime))
    assert program is not None and program.argv[-2:] == ("-m", "demo.writers")


def test_the_demos_own_accounts_are_played() -> None:
    settings = load_settings(folder("demo") / "okno.demo.yaml")
    assert {one.channel for one in writers.accounts(Runtime(settings, Path("/nowhere")))} == set(writers.CLOUDS)


def test_a_picture_is_one() -> None:
    picture = writers.picture(side=24)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds = 8, []
    while at < len(picture):
        [size] = struct.unpack(">I", picture[at : at + 4])
        kind, told = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        assert struct.unpack(">I", picture[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + told)
        kinds.append(kind)
        if kind == b"IDAT":
            assert len(zlib.decompress(told)) == 24 * (1 + 3 * 24)
        at += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
