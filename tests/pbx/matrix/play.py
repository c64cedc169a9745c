"""The scenario matrix: named plays on a real Asterisk, and what must be true of the calls they make.

    @scenario("answered", block=5000, desks=[Desk("3001", ["q5000"])], queues=[Queue("q5000")])
    async def answered(clinic: Clinic) -> list[Expected]:
        await clinic.call(1, "q5000", hold_s=5).wait()
        return [Expected(phone=clinic.number(1), queue="q5000",
                         legs=[Leg("3001", talk_s=await clinic.talk("3001"), left_by="caller")])]

All scenarios play at once on one Asterisk, so each has numbers, extensions and queues of its own. A desk with a
`Behaviour` is a SIPp phone that does so; one with None is a softphone which the scenario plays itself
(`async with clinic.phone("2001") as phone`). What happened is measured at the phones, never taken from Asterisk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING

from demo.scenarios import Behaviour, Rule

if TYPE_CHECKING:
    from tests.pbx.matrix.clinic import Clinic

ANY = "any"
ANSWERS = Behaviour("answer", ring_s=0.5)


@dataclass(frozen=True, slots=True)
class Leg:
    """One ring of an operator's phone. `operator` is the extension; `talk_s` what the phone itself measured.

    `left_by`: how the talk ended (caller, operator, transfer, pbx; None when there was none), or ANY.
    """

    operator: str
    result: str = "answered"
    talk_s: float = 0.0
    left_by: str | None = ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One call that must be there, once. `phone`: the outside party's number; of an internal call the extension.

    `queue`, `ended_by`, `visits` ((queue, exit) of each stay) are looked at unless ANY or None. `legs` in the order in
    which they rang (those of one moment in any order). `others`: phones of the calls it was joined with.
    """

    phone: str
    direction: str = "inbound"
    result: str = "answered"
    legs: Sequence[Leg] = ()
    queue: str = ANY
    ended_by: str | None = ANY
    visits: Sequence[tuple[str, str]] | None = None
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator and his phone. `phone` None = a softphone of the scenario's own; `reachable` False = none at all."""

    extension: str
    queues: Sequence[str] = ()
    phone: Behaviour | None = ANSWERS
    penalty: int = 0
    reachable: bool = True

    @property
    def name(self) -> str:
        """The operator's key in the settings."""
        return f"op-{self.extension}"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and the number patients dial for it.

    `closed`: its line is out of hours. `extra`: more options and members for its section of queues.conf.
    """

    name: str
    _: KW_ONLY
    strategy: str = "linear"
    ring_s: int = 3
    max_wait_s: int = 20
    max_callers: int = 0
    join_empty: bool = False
    wrap_up_s: int = 0
    closed: bool = False
    extra: str = ""


Play = Callable[["Clinic"], Awaitable[list[Expected]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A play and what it needs of the PBX.

    `block`: the first of its 100 numbers (patients +7999000<block + n>). `people`: what those outside do who are
    called, by n. `dialplan`: more of extensions.conf; `files`: text added to other configuration files;
    `modules`: what Asterisk must load for it.
    """

    name: str
    play: Play
    block: int
    desks: Sequence[Desk] = ()
    queues: Sequence[Queue] = ()
    people: Mapping[int, Behaviour] = field(default_factory=dict)
    dialplan: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    modules: Sequence[str] = ()

    def number(self, n: int) -> str:
        """The number of its n-th person outside."""
        return number(self.block, n)

    def owns(self, phone: str) -> bool:
        """Whether a call of this phone or extension can only be of this scenario."""
        return phone in self._extensions() or any(phone == self.number(n) for n in range(100))

    def _extensions(self) -> set[str]:
        return {desk.extension for desk in self.desks}


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    name: str, *, block: int, desks: Iterable[Desk] = (), queues: Iterable[Queue] = (),
    people: Mapping[int, Behaviour] | None = None, dialplan: str = "", files: Mapping[str, str] | None = None,
    modules: Iterable[str] = (),
) -> Callable[[Play], Play]:  # fmt: skip
    """Register a play (see `Scenario`). Raises ValueError when it would share a number, a phone or a queue."""

    def register(play: Play) -> Play:
        made = Scenario(
            name=name, play=play, block=block, desks=tuple(desks), queues=tuple(queues), people=people or {},
            dialplan=dialplan, files=files or {}, modules=tuple(modules),
        )  # fmt: skip
        for other in SCENARIOS.values():
            if other.name != name and (shared := _names(made) & _names(other)):
                raise ValueError(f"{name} and {other.name} share {sorted(shared)}")
        SCENARIOS[name] = made
        return play

    return register


def number(block: int, n: int) -> str:
    """The number of a block's n-th person outside."""
    return f"+7999000{block + n:04d}"


def line(block: int, index: int) -> str:
    """The digits of a block's own line: 1… are its queues', 50… are free for its dialplan."""
    return f"7343{block:05d}{index:02d}"


def rules(scenarios: Iterable[Scenario]) -> tuple[list[Rule], list[Rule]]:
    """What the SIPp phones of all desks do, and what the people outside do."""
    made = list(scenarios)
    phones = [
        Rule(desk.phone, called=desk.extension)
        for one in made for desk in one.desks if desk.phone is not None and desk.phone != ANSWERS
    ]  # fmt: skip
    outside = [
        Rule(does, called=one.number(n).removeprefix("+")) for one in made for n, does in one.people.items()
        if does != ANSWERS
    ]  # fmt: skip
    return [*phones, Rule(ANSWERS)], [*outside, Rule(ANSWERS)]


def _names(one: Scenario) -> set[str]:
    return {*(desk.extension for desk in one.desks), *(queue.name for queue in one.queues), f"block {one.block}"}
