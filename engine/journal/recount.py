"""The figures of queues counted anew from queue_log alone, to hold those made of calls against them. Pure.

queue_log knows less than the calls, and one thing wrongly; what can be equal is equal:

* a caller refused at the door has no line: `refused` is 0 here;
* ABANDON is written too when somebody takes a waiting caller out of the queue (Redirect): `moved` counts as abandoned;
* after Redirect or Park of the patient COMPLETE* comes at the end of the whole call with everybody's time (ami.md
  4.14.2): talk can be compared where an operator and the caller parted by hanging up or by a transfer Asterisk logs;
* CONNECT of a call picked up at another phone names the operator whose phone rang;
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
_READ = frozenset({"ENTERQUEUE", "CONNECT", "RINGNOANSWER", "RINGCANCELED", "QUEUESTART", *_EXITS, *_TALKED})


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
    found = Recount()
    waiting: dict[str, int] = {}
    talking: dict[tuple[str, str], int] = {}
    for text in lines:
        line = _line(text)
        if line is None:
            found.unread += bool(text.strip())
        elif line.event in _READ:
            _count(found, waiting, talking, replace(line, agent=names.get(line.agent, line.agent)))
    return found


def _count(found: Recount, waiting: dict[str, int], talking: dict[tuple[str, str], int], line: _Line) -> None:
    if line.event == "QUEUESTART":
        for place in waiting.values():
            found.stays[place] = replace(found.stays[place], exit="lost", wait_s=_since(found.stays[place], line))
        waiting.clear()
        talking.clear()
    elif line.event == "ENTERQUEUE":
        waiting[line.call] = len(found.stays)
        found.stays.append(Stay(queue=line.queue, joined_at=line.at, exit="waiting"))
    elif line.event in ("RINGNOANSWER", "RINGCANCELED"):
        rang_at = line.at - timedelta(milliseconds=_whole(line.data, 0))
        result: LegResult = "no_answer" if line.event == "RINGNOANSWER" else "cancelled"
        found.rings.append(Ring(queue=line.queue, operator=line.agent, rang_at=rang_at, result=result))
    elif line.event in _TALKED:
        _talked(found, talking, line)
    elif line.call in waiting:
        place = waiting.pop(line.call)
        if line.event == "CONNECT":
            talking[line.call, line.agent] = place
            found.stays[place] = replace(
                found.stays[place], exit="answered", wait_s=float(_whole(line.data, 0)), operator=line.agent
            )
            rang_at = line.at - timedelta(seconds=_whole(line.data, 2))
            found.rings.append(Ring(queue=line.queue, operator=line.agent, rang_at=rang_at, result="answered"))
        else:
            stay = found.stays[place]
            found.stays[place] = replace(stay, exit=_EXITS[line.event], wait_s=_since(stay, line))


def _talked(found: Recount, talking: dict[tuple[str, str], int], line: _Line) -> None:
    """The talk stands second from the end, after columns that vary."""
    place = talking.pop((line.call, line.agent), None)
    if place is None or len(line.data) < 3:
        return
    talk_s = float(_whole(line.data, len(line.data) - 2))
    found.stays[place] = replace(found.stays[place], talk_s=talk_s)
    for index in range(len(found.rings) - 1, -1, -1):
        ring = found.rings[index]
        if ring.operator == line.agent and ring.queue == line.queue and ring.result == "answered" and not ring.talk_s:
            found.rings[index] = replace(ring, talk_s=talk_s)
            break


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


def _since(stay: Stay, line: _Line) -> float:
    return max(0.0, (line.at - stay.joined_at).total_seconds())


def _whole(data: tuple[str, ...], place: int) -> int:
    value = data[place] if 0 <= place < len(data) else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
