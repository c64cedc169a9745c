"""The known mix of calls, and the phones that answer them with their wire traced."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from demo import scenarios
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import _control_port, _media_port
from tests.system import clinic

# Who behaves how, by extension; the last rule is everybody else.
RULES = (
    Rule(Behaviour("busy", ring_s=0.2), called="2001"),
    Rule(Behaviour("silent"), called="2002"),
    Rule(Behaviour("silent"), called="300[0-9]"),
    Rule(Behaviour("refuse", ring_s=0.5), called="2101"),
    # These hang up themselves.
    Rule(Behaviour("answer", ring_s=0.6, talk_s=2.0), called="10[89][0-9]"),
    Rule(Behaviour("answer", ring_s=1.0)),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """One call to come and how it must end in Okno."""

    call: Call
    result: str
    line: str

    @property
    def tail(self) -> str:
        """The last four digits, which a mask leaves."""
        return self.call.number[-4:]


def mix(count: int, seed: int) -> list[Expected]:
    """`count` calls in a known mix, shuffled by `seed`; every caller has a number of his own."""
    dice = random.Random(seed)
    kinds = [
        ("answered", clinic.MAIN_QUEUE, 0.60), ("abandoned", "before", 0.07), ("answered", clinic.BUSY_QUEUE, 0.13),
        ("abandoned", clinic.DEAF_QUEUE, 0.08), ("unanswered", clinic.DEAF_QUEUE, 0.05),
        ("unanswered", clinic.EMPTY_QUEUE, 0.035), ("out_of_hours", "closed", 0.035),
    ]  # fmt: skip
    drawn = [kind for *kind, share in kinds for _ in range(round(count * share))]
    drawn += [["answered", clinic.MAIN_QUEUE]] * (count - len(drawn))
    dice.shuffle(drawn)
    return [_expected(index + 1, result, where, dice) for index, (result, where) in enumerate(drawn[:count])]


def _expected(index: int, result: str, where: str, dice: random.Random) -> Expected:
    number = f"+7999{index:07d}"
    line = clinic.MAIN_QUEUE if where == "before" else where
    hold: float | None = round(dice.uniform(4.0, 7.0))
    if where == "before":
        hold = 0.2
    elif where == clinic.BUSY_QUEUE:
        hold = 24.0
    elif result != "abandoned" and where == clinic.DEAF_QUEUE:
        hold = 40.0
    elif where == clinic.DEAF_QUEUE:
        hold = 4.0
    elif where in (clinic.EMPTY_QUEUE, "closed"):
        hold = 30.0
    called = clinic.LINES[line].removeprefix("+")
    return Expected(Call(number=number, called=called, hold_s=hold, name=f"Caller {index}"), result, line)


async def traced_phones(port: int, folder: Path) -> asyncio.subprocess.Process:
    """Start SIPp as every operator's phone, its messages traced into `folder` (times in UTC)."""
    program = shutil.which("sipp")
    assert program is not None, "sipp is missing: apt-get install sip-tester"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "phones.xml").write_text(scenarios.phones(RULES))
    return await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "KILL", program, "-sf", "phones.xml", "-i", "127.0.0.1", "-p", str(port),
        "-mp", str(_media_port("127.0.0.1")), "-cp", str(_control_port()), "-nostdin", "-trace_msg", "-trace_err", cwd=folder, env=os.environ | {"TZ": "UTC"},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
