"""The known mix of calls of a chaos run, and the SIPp processes that place and answer them with their wire traced."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from demo import scenarios
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import Address, _media_port
from tests.chaos.clinic import ChaosClinic
from tests.system import clinic as clinics
from tests.system.patients import RULES

Kind = Literal[
    "answered", "abandoned_early", "abandoned", "busy_then_next", "no_answer", "nobody", "out_of_hours", "transferred",
    "outbound", "outbound_busy", "outbound_no_answer", "internal",
]  # fmt: skip
SHARES: dict[Kind, float] = {
    "answered": 0.44, "abandoned_early": 0.06, "abandoned": 0.07, "busy_then_next": 0.10, "no_answer": 0.05,
    "nobody": 0.03, "out_of_hours": 0.03, "transferred": 0.08, "outbound": 0.05, "outbound_busy": 0.02,
    "outbound_no_answer": 0.02, "internal": 0.05,
}  # fmt: skip
FROM_PHONES = ("outbound", "outbound_busy", "outbound_no_answer", "internal")
LINES: dict[str, str] = {
    "busy_then_next": clinics.BUSY_QUEUE, "abandoned": clinics.DEAF_QUEUE, "no_answer": clinics.DEAF_QUEUE,
    "nobody": clinics.EMPTY_QUEUE, "out_of_hours": "closed",
}  # fmt: skip
# People outside, by the number an operator dials.
OUTSIDE = (
    Rule(Behaviour("busy", ring_s=0.3), called="7999007[0-9]*"),
    Rule(Behaviour("silent"), called="7999008[0-9]*"),
    Rule(Behaviour("answer", ring_s=0.8)),
)
BLOCKS = {"outbound": "006", "outbound_busy": "007", "outbound_no_answer": "008"}
# Who calls out, who is called by colleagues, who gets transferred calls: of no queue and never two of these, or an
# operator's second call would rightly be taken for a consultation about his first.
DESKS, COLLEAGUES, SPECIALISTS = range(4001, 4041), range(4101, 4161), range(4201, 4221)
PATIENCE_S, DESK_PATIENCE_S = 45.0, 7.0
# A call that is not answered in so many tries, half a minute, is given up: Asterisk is back long before.
INVITE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """One call to come. `tail` is the last four digits of the outside party, which no other call of the run has."""

    kind: Kind
    call: Call
    tail: str

    @property
    def from_phone(self) -> bool:
        """Whether an operator places it."""
        return self.kind in FROM_PHONES

    @property
    def external(self) -> bool:
        """Whether somebody outside takes part."""
        return self.kind != "internal"


def mix(count: int, dice: random.Random) -> list[Planned]:
    """`count` calls in the known mix, in an order `dice` draws. Raises ValueError beyond the numbers we have."""
    if not 0 < count < 10_000:
        raise ValueError("between 1 and 9,999 calls: each has four digits of its own")
    drawn: list[Kind] = [kind for kind, share in SHARES.items() for _ in range(max(1, int(count * share)))]
    drawn += ["answered"] * (count - len(drawn))
    dice.shuffle(drawn)
    return [_planned(index + 1, kind, dice) for index, kind in enumerate(drawn[:count])]


def _planned(index: int, kind: Kind, dice: random.Random) -> Planned:
    tail = f"{index:04d}"
    desk = str(DESKS[index % len(DESKS)])
    if kind == "internal":
        # Another colleague at each round of the desks: no pair comes twice.
        colleague = COLLEAGUES[(index + index // len(DESKS)) % len(COLLEAGUES)]
        return Planned(kind, Call(desk, str(colleague), hold_s=3.0), "")
    if kind in BLOCKS:
        return Planned(kind, Call(desk, f"8999{BLOCKS[kind]}{tail}", hold_s=float(dice.choice((2, 4)))), tail)
    # Whom Asterisk sends away he outlasts; who is answered at the third phone talks a while.
    holds = {"abandoned_early": 0.3, "abandoned": 4.0, "transferred": 9.0, "busy_then_next": 14.0}
    hold = holds.get(kind, 25.0 if kind in LINES else float(dice.choice((4, 5, 6, 7))))
    line = LINES.get(kind, clinics.MAIN_QUEUE)
    called = clinics.LINES[line].removeprefix("+")
    return Planned(kind, Call(f"+7999000{tail}", called, hold_s=hold, name=f"Caller {index}"), tail)


class Callers:
    """Every SIPp of a run. Started in `folder`, which keeps their traces."""

    def __init__(self, clinic: ChaosClinic, folder: Path) -> None:
        self._clinic = clinic
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def folder(self, name: str) -> Path:
        """Where one SIPp keeps its trace: phones, outside, trunk or desks."""
        return self._folder / name

    def answer(self) -> None:
        """Start every operator's phone and everybody outside."""
        self._start("phones", Address("127.0.0.1", self._clinic.phones_port), scenarios.phones(RULES))
        self._start("outside", Address("127.0.0.2", self._clinic.outside_port), scenarios.phones(OUTSIDE))

    def place(self, planned: Sequence[Planned], rate: float) -> None:
        """Begin to place the calls, `rate` a second in all."""
        for name, host, patience_s in (("trunk", "127.0.0.2", PATIENCE_S), ("desks", "127.0.0.1", DESK_PATIENCE_S)):
            calls = [each.call for each in planned if each.from_phone == (name == "desks")]
            if not calls:
                continue
            share = rate * len(calls) / len(planned)
            more = [f"127.0.0.1:{self._clinic.sip_port}", "-m", str(len(calls)), "-l", str(len(calls) + 1)]
            more += ["-r", str(max(1, round(share * 1000))), "-rp", "1000000"]
            more += ["-max_invite_retrans", str(INVITE_TRIES)]
            xml = scenarios.callers([call.hold_s for call in calls], patience_s)
            port = self._clinic.trunk_port if name == "trunk" else clinics.free_ports(1)[0]
            self._start(name, Address(host, port), xml, more, scenarios.rows(calls))

    @property
    def placing(self) -> bool:
        """Whether any call is still to be placed or to end."""
        return any(process.poll() is None for name, process in self._running.items() if name in ("trunk", "desks"))

    def fault(self) -> str:
        """Which phones do not run though they must; empty when all is well."""
        return ", ".join(
            name for name, process in self._running.items()
            if name in ("phones", "outside") and process.poll() is not None
        )  # fmt: skip

    async def over(self, within_s: float) -> bool:
        """Wait until every call is over; False when one is not within so many seconds."""
        for _ in range(int(within_s * 10)):
            if not self.placing:
                return True
            await asyncio.sleep(0.1)
        return False

    def stop(self) -> None:
        """End every SIPp, by its pid."""
        for process in self._running.values():
            if process.poll() is None:
                process.kill()
            process.wait()

    def _start(self, name: str, at: Address, xml: str, more: Sequence[str] = (), rows: str | None = None) -> None:
        program = shutil.which("sipp")
        assert program is not None, "sipp is missing: apt-get install sip-tester"
        folder = self.folder(name)
        folder.mkdir(parents=True)
        (folder / "scenario.xml").write_text(xml)
        if rows is not None:
            (folder / "rows.csv").write_text(rows)
            more = [*more, "-inf", "rows.csv"]
        patience = ["-watchdog_major_threshold", "60000", "-watchdog_minor_threshold", "60000"]
        self._running[name] = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", program, "-sf", "scenario.xml", "-i", at.host, "-p", str(at.port),
             "-mp", str(_media_port(at.host)), "-nostdin", "-trace_msg", "-trace_err", *patience, *more],
            cwd=folder, env=os.environ | {"TZ": "UTC"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
