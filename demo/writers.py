"""`python -m demo.writers`: patients who write, and the clouds they write in; until SIGTERM or Ctrl-C.

The clouds speak MAX's and VK's wire on loopback, where the demo's accounts look for them; nobody else does.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import signal
import struct
import sys
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

from demo import talks
from demo.clouds.max import MaxCloud
from demo.clouds.server import Upload
from demo.clouds.vk import VkCloud
from demo.talks import Book, Line, Talk
from okno.command.processes.program import Program
from okno.errors import OknoError
from okno.settings import AccountSettings, Runtime, runtime

# More who wait for an answer than this is a crowd, not a demo.
AT_ONCE = 6
LOOKS_S = 1.0
# Who is not answered at all goes away.
PATIENCE_S = 1800.0
CLOUDS = ("max", "vk")


class Cloud(ABC):
    """Where somebody writes.

    Args:
        cloud: the messenger's own.
    """

    def __init__(self, cloud: MaxCloud | VkCloud) -> None:
        self._played = cloud

    async def begin(self, port: int) -> None:
        """Listen."""
        await self._played.start(port)

    async def end(self) -> None:
        """Be gone."""
        await self._played.stop()

    @abstractmethod
    async def write(self, talk: Talk, line: Line) -> None:
        """Let him write a line."""

    @abstractmethod
    def answers(self, talk: Talk) -> int:
        """Count what the clinic wrote to him."""


class Max(Cloud):
    """MAX.

    Args:
        token: the bot's.
    """

    def __init__(self, token: str) -> None:
        self._cloud, self._token = MaxCloud(token), token
        super().__init__(self._cloud)

    async def write(self, talk: Talk, line: Line) -> None:
        """Let him write a line; his number goes with a proof that it is his own."""
        who = self._cloud.person(talk.person, first_name=talk.name, last_name=talk.surname, username="")
        more = []
        if line.phone:
            card = (
                f"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:{talk.phone.removeprefix('+')}\r\n"
                f"FN:{talk.name} {talk.surname}\r\nEND:VCARD\r\n"
            )
            proof = hmac.new(self._token.encode(), card.encode(), hashlib.sha256).hexdigest()
            about = {"vcf_info": card, "hash": proof, "max_info": who.told()}
            more.append({"type": "contact", "payload": about})
        await self._cloud.tell(self._cloud.says(who, line.text, _files(line), more=more))

    def answers(self, talk: Talk) -> int:
        """Count what the clinic wrote to him."""
        return len(self._cloud.sent(self._cloud.person(talk.person)))


class Vk(Cloud):
    """VK, which gives nobody's number.

    Args:
        token: the community's.
    """

    def __init__(self, token: str) -> None:
        self._cloud = VkCloud(token)
        super().__init__(self._cloud)

    async def write(self, talk: Talk, line: Line) -> None:
        """Let him write a line."""
        who = self._cloud.person(talk.person, first_name=talk.name, last_name=talk.surname, domain=f"id{talk.person}")
        text = f"{line.text}: {talk.phone}" if line.phone else line.text
        await self._cloud.tell(self._cloud.says(who, text, _files(line)))

    def answers(self, talk: Talk) -> int:
        """Count what the clinic wrote to him."""
        return len(self._cloud.sent(self._cloud.person(talk.person)))


@dataclass(slots=True)
class Writing:
    """A talk that goes on: where, how many lines were written, what was answered then, since when he waits."""

    cloud: Cloud
    talk: Talk
    written: int = 0
    answered: int = 0
    due_at: float = 0.0
    since: float = 0.0


class Writers:
    """The demo's people who write.

    Args:
        here: the demo's settings and secrets.
        dice: where luck comes from.
        book: who they are.
    """

    def __init__(self, here: Runtime, dice: Random, book: Book) -> None:
        self._here, self._dice, self._book = here, dice, book
        self._clouds: list[Cloud] = []
        self._writing: list[Writing] = []

    async def run(self) -> None:
        """Write until cancelled. Raises OSError when a cloud's port is taken."""
        try:
            for account in accounts(self._here):
                token = self._here.secret(account.secrets["token"])
                cloud: Cloud = Max(token) if account.channel == "max" else Vk(token)
                self._clouds.append(cloud)
                await cloud.begin(urlsplit(account.address).port or 0)
            while True:
                await self.step(asyncio.get_running_loop().time())
                await asyncio.sleep(LOOKS_S)
        finally:
            for cloud in self._clouds:
                await cloud.end()

    async def step(self, now: float) -> None:
        """Let everybody write who has something to say by `now` (seconds), and perhaps somebody new begin."""
        for one in list(self._writing):
            await self._go_on(one, now)
        waiting = sum(1 for one in self._writing if one.since)
        rate = self._here.settings.demo.chats_per_minute
        if rate and waiting < AT_ONCE and self._dice.random() < rate * LOOKS_S / 60:
            talk = self._book.next(self._dice, {one.talk.person for one in self._writing})
            if talk is not None:
                one = Writing(self._dice.choice(self._clouds), talk)
                self._writing.append(one)
                await self._write(one, now)

    async def _go_on(self, one: Writing, now: float) -> None:
        answers = one.cloud.answers(one.talk)
        if one.since and answers > one.answered:
            one.since, one.due_at = 0.0, now + self._dice.uniform(*talks.THINKS_S)
        over = one.written >= len(one.talk.lines)
        if (over and not one.since) or (one.since and now - one.since > PATIENCE_S):
            self._writing.remove(one)
        elif not one.since and now >= one.due_at:
            await self._write(one, now)

    async def _write(self, one: Writing, now: float) -> None:
        one.answered, one.since = one.cloud.answers(one.talk), now
        await one.cloud.write(one.talk, one.talk.lines[one.written])
        one.written += 1


def accounts(here: Runtime) -> list[AccountSettings]:
    """Return the accounts whose clouds the demo plays: those that look for them on this machine."""
    return [
        one for one in here.settings.chat.accounts
        if one.on and one.channel in CLOUDS and urlsplit(one.address).hostname == "127.0.0.1"
    ]  # fmt: skip


def program(here: Runtime) -> Program | None:
    """Return how `okno up --demo` runs it; None when no account looks for a cloud here."""
    if not accounts(here):
        return None
    return Program(name="writers", argv=(sys.executable, "-P", "-m", "demo.writers"), death_signal=signal.SIGTERM)


def _files(line: Line) -> list[Upload]:
    return [Upload(name="picture.png", mime="image/png", content=picture())] if line.picture else []


def picture(side: int = 96) -> bytes:
    """Return a picture of nothing: a PNG of coloured squares (RFC 2083)."""
    rows = b"".join(
        b"\0" + b"".join(bytes((60 + 2 * (x // 12) * 8, 110, 120 + (y // 12) * 12)) for x in range(side))
        for y in range(side)
    )

    def chunk(kind: bytes, told: bytes) -> bytes:
        return struct.pack(">I", len(told)) + kind + told + struct.pack(">I", zlib.crc32(kind + told))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def live(here: Runtime) -> None:
    """Write until the process is asked to end."""
    work: asyncio.Task[Any] = asyncio.create_task(Writers(here, Random(), talks.read()).run())
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work


if __name__ == "__main__":
    try:
        asyncio.run(live(runtime()))
    except (OknoError, OSError) as error:
        sys.exit(f"demo.writers: {error}")
