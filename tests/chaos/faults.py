"""What is done to the clinic and when: six kinds of faults at moments drawn from a seed, each watched until it is healed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from okno import clock
from tests.chaos.clinic import PBX, ChaosClinic

Kind = Literal["engine", "web", "postgres", "valkey", "asterisk", "ami"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Cut = Literal["drop", "stall", "half_open", "refuse"]
CUTS: tuple[Cut, ...] = get_args(Cut)
# The chance that a fault comes together with one of another kind instead of at its own moment.
TOGETHER = 0.2
TOGETHER_S = 0.8
HEALED_WITHIN_S = 90.0
LOOK_S = 0.15
# Calls that begin in the last second before a kill may be unknown to everybody but SIPp (the words).
BEFORE_KILL = timedelta(seconds=1)
# Asterisk listens for SIP a moment before it has loaded everything.
AFTER_BOOT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault to come, `after_s` the first call; `cut` and `for_s` say how AMI is cut and how long."""

    after_s: float
    kind: Kind
    cut: Cut | None = None
    for_s: float = 0.0


@dataclass(slots=True)
class Done:
    """A fault that was made: when; when its part worked again, None if it never did."""

    fault: Fault
    at: datetime
    healed_at: datetime | None = None
    overlapped: bool = False

    @property
    def healed_s(self) -> float:
        """Seconds it took to work again."""
        return (self.healed_at - self.at).total_seconds() if self.healed_at else HEALED_WITHIN_S


def plan(each: int, length_s: float, dice: random.Random) -> list[Fault]:
    """`each` faults of every kind within `length_s`, some of them together with one of another kind, in order."""
    moments: list[tuple[float, Kind]] = []
    for kind in KINDS:
        # One in every slice of the run, anywhere in it: random, and yet with time to come back.
        slice_s = length_s / each
        moments += [(slice_s * (number + dice.uniform(0.05, 0.95)), kind) for number in range(each)]
    drawn = []
    for own, kind in moments:
        others = [other for other, its in moments if its != kind and abs(other - own) < length_s / each]
        together = others and dice.random() < TOGETHER
        moment = dice.choice(others) + dice.uniform(0, TOGETHER_S) if together else own
        cut = dice.choice(CUTS) if kind == "ami" else None
        drawn.append(Fault(round(moment, 3), kind, cut, round(dice.uniform(1.0, 9.0), 1) if cut else 0.0))
    return sorted(drawn, key=lambda fault: fault.after_s)


@dataclass
class Saboteur:
    """Makes the faults of a plan and watches each until it is healed."""

    clinic: ChaosClinic
    plan: list[Fault]
    done: list[Done] = field(default_factory=list)
    _watching: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Make every fault at its moment; return when all are healed or given up."""
        began = time.monotonic()
        try:
            for fault in self.plan:
                await asyncio.sleep(max(0.0, began + fault.after_s - time.monotonic()))
                # One that waits for its victim to be there does not keep the others waiting.
                task = asyncio.create_task(self._make(fault))
                self._watching.add(task)
                task.add_done_callback(self._watching.discard)
            while self._watching:
                done, _ = await asyncio.wait(self._watching)
                for task in done:
                    task.result()
        finally:
            for task in list(self._watching):
                task.cancel()
            await asyncio.gather(*self._watching, return_exceptions=True)

    def dead_times(self) -> list[tuple[datetime, datetime]]:
        """When Asterisk may have been deaf: from a second before each kill until it had booted again."""
        return [
            (one.at - BEFORE_KILL, (one.healed_at or clock.now()) + AFTER_BOOT)
            for one in self.done
            if one.fault.kind == "asterisk"
        ]

    async def _make(self, fault: Fault) -> None:
        victim = None if fault.kind == "ami" else await self._kill(fault.kind)
        done = Done(fault, clock.now(), overlapped=any(one.healed_at is None for one in self.done))
        self.done.append(done)
        if fault.kind == "ami":
            await self._cut(fault)
        end = time.monotonic() + HEALED_WITHIN_S
        while time.monotonic() < end:
            await asyncio.sleep(LOOK_S)
            if (victim is None or self._pid(fault.kind) not in (None, victim)) and await self.clinic.serves(fault.kind):
                done.healed_at = clock.now()
                return

    async def _kill(self, kind: Kind) -> int:
        """Kill -9 what runs as `kind`; wait for it when it does not run just now."""
        while True:
            pid = self._pid(kind)
            if pid is not None:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pid = None
            if pid is not None:
                return pid
            await asyncio.sleep(LOOK_S)

    async def _cut(self, fault: Fault) -> None:
        proxy = self.clinic.proxy
        assert proxy is not None
        match fault.cut:
            case "drop":
                proxy.drop()
            case "half_open":
                proxy.half_open()
            case "stall":
                await proxy.stall(fault.for_s)
            case _:
                await proxy.refuse(fault.for_s)

    def _pid(self, kind: Kind) -> int | None:
        try:
            return self.clinic.pid(f"asterisk:{PBX}" if kind == "asterisk" else kind)
        except (KeyError, OSError, ValueError):
            return None
