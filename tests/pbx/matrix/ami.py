"""Ears and hands on the matrix's Asterisk: everything the events login says, and orders by the actions login."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.ami.wire import unescape
from tests.pbx.bench import Bench, Tap

Event = dict[str, str]
# Channel blocks are escaped by Asterisk; a scenario compares with what was sent.
ESCAPED = ("CallerIDName", "ConnectedLineName")


class Refused(AssertionError):
    """Asterisk refused an order."""


class Ears:
    """Every event of a tap, once, as it comes; many plays wait on it at the same time."""

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self.events: list[Event] = []
        self._read = 0
        self._more = asyncio.Event()

    async def run(self) -> None:
        """Read the tap until cancelled."""
        while True:
            end = self.tap.data.rfind(b"\r\n\r\n")
            if end >= self._read:
                text = bytes(self.tap.data[self._read : end]).decode("utf-8", "replace")
                self._read = end + 4
                blocks = (dict(line.partition(": ")[::2] for line in block.split("\r\n")) for block in text.split("\r\n\r\n"))
                self.events += [block for block in blocks if "Event" in block]
                self._more.set()
                self._more = asyncio.Event()
            await asyncio.sleep(0.02)

    async def until(self, name: str, *, since: int = 0, count: int = 1, timeout_s: float = 30, **fields: str) -> Event:
        """Wait for the `count`-th event of that name (from place `since` on) whose fields are so, and return it.

        Raises TimeoutError, naming the event.
        """
        found, place = 0, since
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    more = self._more
                    while place < len(self.events):
                        event = self.events[place]
                        place += 1
                        if event["Event"] == name and all(_value(event, key) == value for key, value in fields.items()):
                            found += 1
                            if found == count:
                                return event
                    await more.wait()
        except TimeoutError:
            raise TimeoutError(f"no {name} number {count} with {sorted(fields)} in {timeout_s} s") from None


def _value(event: Event, key: str) -> str | None:
    value = event.get(key)
    return unescape(value) if value is not None and key in ESCAPED else value


class Hands:
    """The actions login: one order after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._lock = asyncio.Lock()

    async def order(self, action: str, **headers: str | int | list[str]) -> Event:
        """Order an action; a header given as a list is repeated. Raises Refused when Asterisk says no."""
        own = f"matrix-{next(self._numbers)}"
        lines = [f"Action: {action}"]
        for key, value in ({"ActionID": own} | headers).items():
            lines += [f"{key}: {one}" for one in (value if isinstance(value, list) else [value])]
        async with self._lock:
            self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            answer = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 20)).decode()
        said = dict(line.partition(": ")[::2] for line in answer.strip().split("\r\n"))
        if said.get("Response") != "Success":
            raise Refused(f"{action}: {said.get('Message')}")
        return said


@asynccontextmanager
async def hands(bench: Bench) -> AsyncIterator[Hands]:
    """Log in to order."""
    ami = bench.pbx.ami
    reader, writer = await asyncio.open_connection(ami.host, ami.port)
    await reader.readline()
    made = Hands(reader, writer)
    try:
        await made.order("Login", Username=ami.actions_user, Secret=bench.secrets.actions, Events="off")
        yield made
    finally:
        writer.close()
