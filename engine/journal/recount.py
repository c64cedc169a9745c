"""The figures of queues counted anew from queue_log alone, to hold those made of calls against them. Pure.

queue_log knows less than the calls, and one thing wrongly; what can be equal is equal:

* a caller refused at the door has no line: `refused` is 0 here;
* ABANDON is written too when somebody takes a waiting caller out of the queue (Redirect): `moved` counts as abandoned;
* after Redirect or Park of the patient COMPLETE* comes at the end of the whole call with everybody's time (ami.md
  4.14.2): talk can be compared where an operator and the caller parted by hanging up or by a transfer Asterisk logs;
* CONNECT of a call picked up at another phone, or sent on by it, names the operator whose phone rang;
* a phone that still rings when the queue lets its caller go is RINGCANCELED, whoever gave up;
* times are whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from engine.queues.statistics import Ring, Stay, StayExit
from engine.world.work import LegResult

_EXITS: dict[str, StayExit] = {
    "ABANDON": "abandoned", "EXITWITHTIMEOUT": "timeout", "EXITEMPTY": "empty", "EXITWITHKEY": "key",
    "WITHDRAW": "withdrawn",
}  # fmt: skip
_TALKED = frozenset({"COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER"})
_RINGS: dict[str, LegResult] = {"RINGNOANSWER": "no_answer", "AGENTDUMP": "no_answer", "RINGCANCELED": "cancelled"}
_READ = frozenset({"ENTERQUEUE", "CONNECT", "QUEUESTART", *_RINGS, *_EXITS, *_TALKED})


@dataclass(slots=True)
class Recount:
    """What queue_log says: stays and rings in their order, and how many lines could not be read."""

    stays: list[Stay] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)
    unread: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    call: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...]


def recount(lines: Iterable[str], operators: Mapping[str, str] | None = None) -> Recount:
    """Count a queue_log. Args: its lines; operators by the member names Asterisk writes, when they differ.

    A line that cannot be read is counted and left out; nothing raises.
    """
    names = operators or {}
    counting = _Counting(Recount())
    for text in lines:
        line = _line(text)
        if line is None:
            counting.found.unread += bool(text.strip())
        elif line.event in _READ:
            counting.take(replace(line, agent=names.get(line.agent, line.agent)))
    return counting.found


@dataclass(slots=True)
class _Counting:
    """The lines so far: who waits in which stay, who talks with whom, whom any line has named."""

    found: Recount
    waiting: dict[str, int] = field(default_factory=dict)
    talking: dict[tuple[str, str], int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def take(self, line: _Line) -> None:
        """Count a line."""
        if line.event == "QUEUESTART":
            for place in self.waiting.values():
                self._ended(place, line, "lost")
            self.waiting.clear()
            self.talking.clear()
        elif line.event == "ENTERQUEUE":
            self.waiting[line.call] = len(self.found.stays)
            self.found.stays.append(Stay(queue=line.queue, joined_at=line.at, exit="waiting"))
        elif line.event in _RINGS:
            rang_at = line.at - timedelta(milliseconds=_whole(line.data, 0))
            self._rang(line, rang_at, _RINGS[line.event])
        elif line.event in _TALKED:
            self._talked(line)
        else:
            self._left(line)
        self.seen.add(line.call)

    def _left(self, line: _Line) -> None:
        place = self.waiting.pop(self._who(line), None)
        if place is None:
            return
        if line.event != "CONNECT":
            self._ended(place, line, _EXITS[line.event])
            return
        self.talking[line.call, line.agent] = place
        stays, wait_s = self.found.stays, float(_whole(line.data, 0))
        stays[place] = replace(stays[place], exit="answered", wait_s=wait_s, operator=line.agent)
        self._rang(line, line.at - timedelta(seconds=_whole(line.data, 2)), "answered")

    def _who(self, line: _Line) -> str:
        """Who left: the caller himself, or the operator in whose place he was put into this queue while it rang.

        A caller of whom nothing was said yet came before the first line: his stay is not among ours.
        """
        if line.call in self.waiting or line.call not in self.seen:
            return line.call
        queued = [call for call, place in self.waiting.items() if self.found.stays[place].queue == line.queue]
        return queued[-1] if queued else line.call

    def _talked(self, line: _Line) -> None:
        """The talk stands second from the end, after columns that vary."""
        place = self.talking.pop((line.call, line.agent), None)
        if place is None or len(line.data) < 3:
            return
        talk_s = float(_whole(line.data, len(line.data) - 2))
        self.found.stays[place] = replace(self.found.stays[place], talk_s=talk_s)
        rings = self.found.rings
        for index in range(len(rings) - 1, -1, -1):
            ring = rings[index]
            if (ring.operator, ring.queue, ring.result, ring.talk_s) == (line.agent, line.queue, "answered", 0):
                rings[index] = replace(ring, talk_s=talk_s)
                break

    def _ended(self, place: int, line: _Line, how: StayExit) -> None:
        stay = self.found.stays[place]
        wait_s = max(0.0, (line.at - stay.joined_at).total_seconds())
        self.found.stays[place] = replace(stay, exit=how, wait_s=wait_s)

    def _rang(self, line: _Line, rang_at: datetime, result: LegResult) -> None:
        self.found.rings.append(Ring(queue=line.queue, operator=line.agent, rang_at=rang_at, result=result))


def _line(text: str) -> _Line | None:
    """`time|call|queue|agent|EVENT|data…`; a `|` in the agent's name is not escaped (ami.md 5.1)."""
    columns = text.rstrip("\r\n").split("|")
    places = range(4, len(columns))
    place = next((place for place in places if columns[place] in _READ), None)
    if place is None:
        place = next((place for place in places if columns[place].isupper()), None)
    if place is None or not columns[0].isascii() or not columns[0].isdigit() or not 9 <= len(columns[0]) <= 11:
        return None
    at = datetime.fromtimestamp(int(columns[0]), UTC)
    agent = "|".join(columns[3:place])
    return _Line(at, columns[1], columns[2], agent, columns[place], tuple(columns[place + 1 :]))


def _whole(data: tuple[str, ...], place: int) -> int:
    value = data[place] if 0 <= place < len(data) else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
