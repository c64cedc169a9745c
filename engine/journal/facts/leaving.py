"""How a channel goes: who wanted it, what becomes of its dialling and of its place in a queue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.events import facts as f
from engine.journal.cel import Row
from engine.journal.facts import queueing
from engine.journal.facts.channels import Seen
from engine.journal.facts.window import SIGHT_S, Window
from engine.journal.queue_log import RINGS, Line

if TYPE_CHECKING:
    from engine.journal.facts.translator import Translator

# Q.850, as Dial and Queue read them.
BUSY, ELSEWHERE = 17, 26
CONGESTED = frozenset({34, 42})
# A leg that goes because its caller went, goes at once; so does what a caller ran when he hung up.
AT_ONCE_S = 0.3
SAME_RING_MS = 700
# What takes a channel out of a bridge without its wish to end.
MOVES = frozenset({"BRIDGE_ENTER", "PARK_START", "BLINDTRANSFER", "ATTENDEDTRANSFER", "APP_START", "CHAN_START"})


def cause_of(row: Row) -> int:
    """The cause of a HANGUP; 0 when it tells none."""
    cause = row.extra.get("hangupcause", "")
    return int(cause) if cause.isascii() and cause.isdigit() and len(cause) < 5 else 0


def own_wish(row: Row, name: str) -> bool:
    """Whether a HANGUP says that the channel itself wanted to end."""
    return row.extra.get("hangupsource", "") == name


def hangup(window: Window, uniqueid: str, at: float) -> Row | None:
    """The HANGUP within sight of `at` to which a channel goes straight, without being moved before."""
    for row in window.ahead(uniqueid, at):
        if row.kind == "HANGUP":
            return row
        if row.kind in MOVES:
            return None
    return None


def left_bridge(told: Translator, seen: Seen, moment: float) -> Iterator[f.Fact]:
    """A channel leaves its bridge, straight to its end: its HANGUP, and those of the others there, name who hung up."""
    end = hangup(told.window, seen.uniqueid, moment)
    if end is None:
        return
    wisher = told.channels.named(end.extra.get("hangupsource", ""))
    if wisher is not None and wisher.bridge == seen.bridge:
        last = end if wisher is seen else hangup(told.window, wisher.uniqueid, moment)
        if last is not None and own_wish(last, wisher.name):
            yield from asked(told, wisher, moment)


def asked(told: Translator, seen: Seen, moment: float, cause: int | None = None) -> Iterator[f.Fact]:
    """The party on a channel wants to end; once."""
    if not seen.asked:
        seen.asked = True
        yield f.HangupRequested(at=told.at(moment), pbx=told.pbx, uniqueid=seen.uniqueid, cause=cause)


def dialled_in_vain(told: Translator, caller: Seen, moment: float) -> Iterator[f.Fact]:
    """A caller's Dial or Queue is over: what its phones say of that may stand in the file only after his own end."""
    for seen in told.channels.dialled_by(caller) if caller.running else ():
        end = None if seen.dial_ended else hangup(told.window, seen.uniqueid, moment)
        if end is None or end.at - moment > AT_ONCE_S:
            continue
        last = hangup(told.window, caller.uniqueid, moment)
        went = last is not None and last.at - moment <= AT_ONCE_S and own_wish(last, caller.name)
        if went and not own_wish(end, seen.name):
            yield from asked(told, caller, moment)
        yield from _ended(told, seen, caller, end, moment)


def hung_up(told: Translator, seen: Seen, row: Row) -> Iterator[f.Fact]:
    """All that a HANGUP says besides itself."""
    yield from dialled_in_vain(told, seen, row.at)
    dialler = told.channels.by_id.get(seen.dialler)
    if dialler is not None and not own_wish(row, seen.name) and _gave_up(told.window, seen, dialler, row):
        yield from asked(told, dialler, row.at)
    yield from _ended(told, seen, dialler, row, row.at)
    if dialler is not None:
        rang = _rang(told.window, seen, dialler, row)
        if rang is not None:
            told.window.use(rang)
        yield from _let_go(told, dialler, row.at)
    while seen.running:
        application = seen.running.pop()
        if application.name == "Queue":
            yield from queueing.left(told, seen, application, row.at, row.data)


def _let_go(told: Translator, caller: Seen, moment: float) -> Iterator[f.Fact]:
    """A queue lets its caller go before it lets his phones go: here their ends may stand before his."""
    waiting = caller.waits_in()
    if waiting is None:
        return
    following = next(told.window.ahead(caller.uniqueid, moment), None)
    if following is not None and following.kind == "APP_END" and following.at - moment <= AT_ONCE_S:
        yield from queueing.left(told, caller, waiting, following.at, following.data)


def _ended(told: Translator, seen: Seen, dialler: Seen | None, end: Row, moment: float) -> Iterator[f.Fact]:
    """By its HANGUP: who wanted it, and how its dialling ended."""
    if own_wish(end, seen.name):
        yield from asked(told, seen, moment, cause_of(end) or None)
    if seen.dialled and not seen.dial_ended:
        yield told.dial_ended(seen, moment, _status(told.window, seen, dialler, end))


def _gave_up(window: Window, phone: Seen, dialler: Seen, row: Row) -> bool:
    """Whether a phone stops ringing (or, lifted, is not met) because its caller hung up."""
    if dialler.asked or phone.bridge:
        return False
    end = hangup(window, dialler.uniqueid, row.at)
    if end is None or not own_wish(end, dialler.name):
        return False
    rang = _rang(window, phone, dialler, row)
    if rang is not None:
        return rang.event == "RINGCANCELED"
    if phone.answered:
        # Hung up while the operator was already told of him: his own end may come later (ami.md 4.14.13).
        return end.at - row.at <= SIGHT_S and dialler.waits_in() is not None
    return end.at - row.at <= AT_ONCE_S


def _rang(window: Window, phone: Seen, dialler: Seen, row: Row) -> Line | None:
    """What queue_log says of this ring: RINGNOANSWER, RINGCANCELED or nothing. It names no channel, but the length."""
    for line in window.notes(dialler.uniqueid, row.at):
        if line.event not in RINGS or not line.data or not line.data[0].isdigit():
            continue
        length = int(line.data[0]) - (row.at - phone.at) * 1000
        if abs(length) <= SAME_RING_MS and abs(line.at - row.at) <= SIGHT_S:
            return line
    return None


def _status(window: Window, phone: Seen, dialler: Seen | None, row: Row) -> str:
    """How the dialling of a channel that nobody lifted ended, in the words of DialEnd."""
    cause = cause_of(row)
    if dialler is None:
        return _by_cause(cause)
    if cause == ELSEWHERE:
        return "CANCEL"
    if dialler.running and dialler.running[-1].name == "Queue":
        rang = _rang(window, phone, dialler, row)
        cancelled = dialler.asked if rang is None else rang.event == "RINGCANCELED"
        return "CANCEL" if cancelled else "NOANSWER"
    if cause == BUSY:
        return "BUSY"
    if dialler.asked:
        return "CANCEL"
    end = hangup(window, dialler.uniqueid, row.at)
    # Of several dialled one after another CEL keeps an ANSWER, whatever became of the later ones.
    status = end.extra.get("dialstatus", "") if end is not None and not dialler.met else ""
    if dialler.bridge or status == "ANSWER":
        return "CANCEL"
    return status or _by_cause(cause)


def _by_cause(cause: int) -> str:
    if cause == BUSY:
        return "BUSY"
    return "CONGESTION" if cause in CONGESTED else "NOANSWER"
