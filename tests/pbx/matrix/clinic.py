"""What a play holds in its hand: its own patients, desks and queues on the Asterisk all plays share."""

from __future__ import annotations

import asyncio
from typing import Any

from demo import sipp
from demo.scenarios import Call, Doing
from demo.sipp import Address, Sipp
from tests.pbx.matrix import play
from tests.pbx.matrix.ami import Ears, Event, Hands
from tests.pbx.matrix.play import Scenario
from tests.pbx.matrix.stage import Stage
from tests.system.truth import Ring


class Clinic:
    """One scenario's clinic.

    `hear` looks at what AMI said since the play began, `order` uses the actions login, `bench` is the whole of it.
    """

    def __init__(self, stage: Stage, scenario: Scenario, ears: Ears, hands: Hands) -> None:
        self.stage, self.bench, self.scenario = stage, stage.bench, scenario
        self._ears, self._hands = ears, hands
        self._since = len(ears.events)

    def number(self, n: int) -> str:
        """The number of this scenario's n-th person outside, +7…"""
        return self.scenario.number(n)

    def line(self, queue: str) -> str:
        """The digits patients dial for one of this scenario's queues."""
        return self.stage.lines[queue].removeprefix("+")

    def own_line(self, index: int) -> str:
        """The digits of a line of this scenario's dialplan (50…)."""
        return play.line(self.scenario.block, index)

    @property
    def pbx(self) -> Address:
        """Where Asterisk takes calls."""
        return self.bench.sip

    @property
    def trunk(self) -> Address:
        """Where the people outside answer, and from which host patients call."""
        return self.stage.outside

    def desk(self, extension: str) -> Address:
        """Where Asterisk looks for this desk's phone."""
        return self.stage.desks[extension]

    def call(
        self, n: int, to: str, *, hold_s: float | None = None, name: str = "", patience_s: float = 60,
        doing: Doing | None = None,
    ) -> Sipp:  # fmt: skip
        """Patient n calls a queue's line (or any digits), from now on; `hold_s` counts from Asterisk's answer."""
        to = self.line(to) if to in self.stage.lines else to
        return self._place("127.0.0.2", Call(self.number(n), to, hold_s, name), patience_s, doing)

    def dial(self, extension: str, to: str, *, hold_s: float | None = None, patience_s: float = 60) -> Sipp:
        """A desk's phone calls `to`, from now on; `hold_s` counts from the answer."""
        return self._place("127.0.0.1", Call(extension, to, hold_s), patience_s)

    def _place(self, host: str, call: Call, patience_s: float, doing: Doing | None = None) -> Sipp:
        placed = sipp.calls(self.stage.free(host), self.pbx, [call], patience_s=patience_s, doing=doing)
        self.bench.started.append(placed)
        return placed

    def phone(self, extension: str, **how: Any) -> Any:
        """The softphone at a desk of this scenario: `async with clinic.phone("2001") as phone` (tests/pbx/softphone.py)."""
        from tests.pbx.softphone import Softphone

        return Softphone(extension, self.desk(extension), self.pbx, **how)

    async def hear(self, name: str, *, count: int = 1, timeout_s: float = 30, **fields: str) -> Event:
        """Wait for the `count`-th AMI event of that name since the play began whose fields are so."""
        return await self._ears.until(name, since=self._since, count=count, timeout_s=timeout_s, **fields)

    async def channel(self, number: str, timeout_s: float = 30) -> Event:
        """The Newchannel of a caller's number: its `Channel` for orders, its `Uniqueid`."""
        return await self.hear("Newchannel", CallerIDNum=number, timeout_s=timeout_s)

    async def order(self, action: str, **headers: str | int | list[str]) -> Event:
        """Order an AMI action. Raises Refused."""
        return await self._hands.order(action, **headers)

    async def gone(self, uniqueid: str, timeout_s: float = 60) -> Event:
        """Wait for a channel's Hangup."""
        return await self.hear("Hangup", Uniqueid=uniqueid, timeout_s=timeout_s)

    def rings(self, extension: str, caller: str = "") -> list[Ring]:
        """What a SIPp desk's phone measured, ring by ring: so far, and of one caller's number when given."""
        return [ring for ring in self.stage.rings() if ring.extension == extension and caller in ("", ring.caller)]

    def reached(self, n: int) -> list[Ring]:
        """What the phone of a person outside measured."""
        return [ring for ring in self.stage.rings() if "+" + ring.extension == self.number(n)]

    async def talk(self, extension: str, caller: str = "", which: int = -1) -> float:
        """Seconds from this phone's answer to the end of the call, measured by the phone. Waits for the end."""
        async with asyncio.timeout(10):
            while True:
                rings = self.rings(extension, caller)
                if rings and rings[which].ended_at is not None:
                    return rings[which].talk_s
                await asyncio.sleep(0.2)

    async def talked(self, n: int) -> float:
        """Seconds a person outside talked who was called, measured by his phone."""
        async with asyncio.timeout(10):
            while not (rings := self.reached(n)) or rings[-1].ended_at is None:
                await asyncio.sleep(0.2)
        return rings[-1].talk_s
