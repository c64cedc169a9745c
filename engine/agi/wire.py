"""One FastAGI connection: what Asterisk says at its beginning, commands and their answers (ami.md 4.11).

Whoever connects is a stranger until he has said what Asterisk says: lines and their number are bounded, and so is the
time for all of them. Nothing of what he said stands in an exception or a log: it has the caller's number.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

LINE_BYTES = 4096
HEADERS = 64
# Asterisk writes all of its headers in one go.
HELLO_S = 5.0
_ANSWER = re.compile(r"(\d{3})(?:[ -](?:result=(-?[0-9A-D*#]*))?(?: ?\((.*)\))?(?: ?endpos=(\d+))?.*)?")
_DEAD, _USAGE = 511, 520


class NotAsterisk(Exception):
    """Whoever connected does not speak FastAGI, or not in time. Args: why, in a word of ours."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Gone(Exception):
    """The caller hung up, or the connection is closed: nobody hears what would be said."""


class Refused(Exception):
    """Asterisk did not do what was wanted. Args: code: of its answer."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


@dataclass(frozen=True, slots=True)
class Answer:
    """What Asterisk said to a command: its result, what stood in brackets, and where a file ended (samples)."""

    result: str
    data: str = ""
    end: int = 0

    @property
    def over(self) -> bool:
        """Whether the caller hung up while it was done."""
        return self.result == "-1"


class Wire:
    """A connection. One command at a time.

    Args:
        reader: made with `limit=LINE_BYTES`.
        writer: of the same connection.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.hung_up = False

    async def hello(self) -> Mapping[str, str]:
        """Read what Asterisk says of the call: names without `agi_`. Raises NotAsterisk, Gone."""
        try:
            async with asyncio.timeout(HELLO_S):
                headers = await self._headers()
        except TimeoutError:
            raise NotAsterisk("silent") from None
        if headers.get("network") != "yes" or "uniqueid" not in headers or "request" not in headers:
            raise NotAsterisk("incomplete")
        return headers

    async def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(HEADERS):
            line = await self._line(stranger=True)
            if not line:
                return headers
            name, colon, value = line.partition(": ")
            if not name.startswith("agi_") or not (colon or line.endswith(":")):
                raise NotAsterisk("garbage")
            headers[name.removeprefix("agi_").rstrip(":")] = value
        raise NotAsterisk("too_much")

    async def ask(self, command: str, within_s: float) -> Answer:
        """Give a command and wait for what Asterisk says.

        Args:
            command: words of ours, `quoted` where they may hold anything.
            within_s: how long the doing may take at most; then the connection is of no use any more.

        Raises:
            Gone: the connection ended, or the channel is dead and does no such thing.
            Refused: Asterisk knows no such command, or not so.
        """
        if "\n" in command or "\r" in command or "\0" in command:
            raise ValueError("a command is one line")
        try:
            self._writer.write(command.encode() + b"\n")
            async with asyncio.timeout(within_s):
                await self._writer.drain()
                return await self._answer()
        except (TimeoutError, NotAsterisk):
            self.close()
            raise Gone from None
        except OSError:
            raise Gone from None

    async def _answer(self) -> Answer:
        while True:
            line = await self._line()
            if line.startswith("HANGUP"):
                self.hung_up = True
                continue
            match = _ANSWER.fullmatch(line)
            if match is None:
                raise NotAsterisk("garbage")
            code = int(match[1])
            if code == 100:  # trying
                continue
            if code == 200:
                self.hung_up = self.hung_up or match[2] == "-1"
                return Answer(match[2] or "", match[3] or "", int(match[4] or 0))
            if code == _DEAD:
                self.hung_up = True
                raise Gone
            if code == _USAGE and line.startswith("520-"):
                await self._usage()
            raise Refused(code)

    async def _usage(self) -> None:
        for _ in range(HEADERS):
            if (await self._line()).startswith("520 "):
                return
        raise NotAsterisk("too_much")

    async def _line(self, *, stranger: bool = False) -> str:
        try:
            data = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise (NotAsterisk("left") if stranger else Gone()) from None
        except asyncio.LimitOverrunError:
            raise NotAsterisk("too_much") from None
        except OSError:
            raise Gone from None
        return data.decode("utf-8", "replace").rstrip("\r\n")

    def close(self) -> None:
        """End the connection: the dialplan goes on."""
        self._writer.close()


def quoted(text: str) -> str:
    """An argument as Asterisk reads one: in quotes, with its own quotes and backslashes escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
