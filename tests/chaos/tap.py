"""The test's own ear on AMI: which channels it told of while it could be heard; and the hands that transfer calls."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from okno import clock
from tests.chaos import journal
from tests.chaos.clinic import ChaosClinic
from tests.chaos.journal import Channel
from tests.chaos.traffic import SPECIALISTS

AGAIN_S = 0.2
TALK_FIRST_S = 1.5


@dataclass
class Tap:
    """Listens beside the engine, past the proxy, and comes back whenever Asterisk does.

    `transfers`: tails of the callers whom the operator they met passes on to a colleague.
    """

    clinic: ChaosClinic
    dice: random.Random
    transfers: Collection[str] = ()
    channels: dict[str, Channel] = field(default_factory=dict)
    ordered: int = 0
    _dialled: dict[str, str] = field(default_factory=dict)
    _waiting: dict[str, str] = field(default_factory=dict)
    _bridges: dict[str, dict[str, str]] = field(default_factory=dict)
    _orders: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            while True:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                    await self._listen()
                self._bridges.clear()
                await asyncio.sleep(AGAIN_S)
        finally:
            for order in list(self._orders):
                order.cancel()
            await asyncio.gather(*self._orders, return_exceptions=True)

    async def _listen(self) -> None:
        reader, writer = await self._log_in("okno-events", "ami-events")
        try:
            while True:
                block = await reader.readuntil(b"\r\n\r\n")
                lines = block.decode("utf-8", "replace").split("\r\n")
                self._take(dict(line.partition(": ")[::2] for line in lines), clock.now())
        finally:
            writer.transport.abort()

    async def _log_in(self, user: str, secret: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.clinic.ami_port, limit=1 << 20)
        try:
            async with asyncio.timeout(5):
                await reader.readline()
                writer.write(_block(Action="Login", Username=user, Secret=self.clinic.secret(secret)))
                if b"Success" not in await reader.readuntil(b"\r\n\r\n"):
                    raise OSError("the AMI login was refused")
        except BaseException:
            writer.transport.abort()
            raise
        return reader, writer

    def _take(self, event: dict[str, str], at: datetime) -> None:
        uniqueid = event.get("Uniqueid", "")
        match event.get("Event"):
            case "Newchannel":
                root = uniqueid == event["Linkedid"]
                if root:
                    self._dialled[uniqueid] = event["Exten"]
                dialled = self._dialled.get(event["Linkedid"], "")
                made = journal.channel(uniqueid, event["Channel"], event["CallerIDNum"], dialled, at, root=root)
                if made is not None:
                    self.channels[uniqueid] = made
                    if made.direction == "inbound" and made.tail in self.transfers:
                        self._waiting[uniqueid] = made.tail
            case "BridgeEnter":
                self._met(event)
            case "BridgeLeave":
                self._bridges.get(event["BridgeUniqueid"], {}).pop(uniqueid, None)
            case _:
                pass

    def _met(self, event: dict[str, str]) -> None:
        """Somebody entered a bridge: is it an operator and a caller he is to pass on?"""
        inside = self._bridges.setdefault(event["BridgeUniqueid"], {})
        inside[event["Uniqueid"]] = event["Channel"]
        patient = next((uniqueid for uniqueid in inside if uniqueid in self._waiting), None)
        if patient is None or len(inside) != 2:
            return
        del self._waiting[patient]
        operator = next(name for uniqueid, name in inside.items() if uniqueid != patient)
        order = asyncio.create_task(self._transfer(inside[patient], operator))
        self._orders.add(order)
        order.add_done_callback(self._orders.discard)

    async def _transfer(self, patient: str, operator: str) -> None:
        """Pass a patient on: as a phone's blind transfer, or by a redirect. Who is dead by then takes no orders."""
        target, blind = str(self.dice.choice(SPECIALISTS)), self.dice.random() < 0.5
        await asyncio.sleep(TALK_FIRST_S)
        where = {"Context": "okno-phones", "Exten": target}
        order = (
            _block(Action="BlindTransfer", Channel=operator, **where) if blind
            else _block(Action="Redirect", Channel=patient, Priority="1", **where)
        )  # fmt: skip
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            reader, writer = await self._log_in("okno-actions", "ami-actions")
            try:
                writer.write(order)
                async with asyncio.timeout(5):
                    self.ordered += b"Success" in await reader.readuntil(b"\r\n\r\n")
            finally:
                writer.transport.abort()


def _block(**headers: str) -> bytes:
    return ("".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode()
