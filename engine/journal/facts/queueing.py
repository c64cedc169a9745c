"""A caller's stays in queues. CEL tells when he runs Queue(), and not which; queue_log tells which, in whole seconds.

When the dialplan goes from one Queue() straight into the next, by key or by Goto, CEL has no row of it at all: the
stay changes before the first row that belongs to the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.events import facts as f
from engine.journal.facts import leaving
from engine.journal.facts.channels import Application, Seen, interface_of
from engine.journal.queue_log import ENTERED, LEFT, RINGS, Line

if TYPE_CHECKING:
    from engine.journal.facts.translator import Translator

Facts = Iterator[f.Fact]


def entered(told: Translator, seen: Seen, application: Application, moment: float) -> Facts:
    """A caller runs Queue(). Whether it took him in CEL does not know; of a refusal queue_log has no line."""
    window = told.window
    if window.log_heard:
        line = _next(told, seen, moment, ENTERED, application.queue)
        if line is None or line.at < int(moment) - 1:
            return
        window.use(line)
    yield from _joined(told, seen, application, moment)


def met(told: Translator, phone: Seen, moment: float) -> Facts:
    """A member who meets a caller of the queue has taken him out of it."""
    dialler = told.channels.by_id.get(phone.dialler)
    waiting = dialler.waits_in() if dialler is not None and phone.answered else None
    if waiting is None or dialler is None:
        return
    for line in told.window.notes(dialler.uniqueid, moment):
        if line.event == "CONNECT" and line.queue != waiting.queue and phone.uniqueid in line.data:
            yield from moved_on(told, dialler, waiting, moment, over=True)
    waiting.connected = True
    yield f.QueueLeft(at=told.at(moment), pbx=told.pbx, queue=waiting.queue, uniqueid=dialler.uniqueid)
    yield f.AgentConnected(
        at=told.at(moment), pbx=told.pbx, queue=waiting.queue, uniqueid=dialler.uniqueid, dest=phone.uniqueid,
        interface=interface_of(phone.name),
    )  # fmt: skip


def left(told: Translator, seen: Seen, application: Application, moment: float, data: str) -> Facts:
    """Queue() is over for a caller; one nobody took was let go, or went. `data` is what CEL says it ran in the end."""
    if data.partition(",")[0] != application.queue:
        yield from moved_on(told, seen, application, moment, over=True)
    if not application.joined or application.connected:
        return
    line = _exit(told, seen, application, moment)
    if line is not None:
        told.window.use(line)
    reason = line.event if line is not None else "ABANDON"
    if reason == "ABANDON":
        end = leaving.hangup(told.window, seen.uniqueid, moment)
        if end is not None and leaving.own_wish(end, seen.name):
            yield from leaving.asked(told, seen, moment)
    yield from _gone(told, seen, application, moment, reason)


def moved_on(told: Translator, seen: Seen, application: Application, moment: float, *, over: bool = False) -> Facts:
    """The stays that queue_log has and CEL has not, up to this moment.

    Within a second queue_log's order tells: an exit after a ring has not come before that ring is `over`.
    """
    while application.joined and not application.connected:
        line = _exit(told, seen, application, moment)
        following = _next(told, seen, moment, ENTERED) if line is not None else None
        if line is None or following is None or following.at > moment:
            return
        if not over and _rings_before(told, seen, line, moment):
            return
        told.window.use(line)
        told.window.use(following)
        at = min(max(float(following.at), seen.touched), moment)
        yield from _gone(told, seen, application, at, line.event)
        application.data, application.at, application.connected = following.queue, at, False
        yield from _joined(told, seen, application, at)


def _joined(told: Translator, seen: Seen, application: Application, moment: float) -> Facts:
    application.joined = True
    yield f.QueueJoined(
        at=told.at(moment), pbx=told.pbx, queue=application.queue, uniqueid=seen.uniqueid, number=seen.number
    )


def _gone(told: Translator, seen: Seen, application: Application, moment: float, reason: str) -> Facts:
    application.connected = True
    if reason != "EXITWITHKEY":
        yield f.QueueAbandoned(at=told.at(moment), pbx=told.pbx, queue=application.queue, uniqueid=seen.uniqueid)
    yield f.QueueLeft(at=told.at(moment), pbx=told.pbx, queue=application.queue, uniqueid=seen.uniqueid)


def _next(told: Translator, seen: Seen, moment: float, event: str, queue: str | None = None) -> Line | None:
    for line in told.window.notes(seen.uniqueid, moment):
        if line.event == event and queue in (None, line.queue):
            return line
    return None


def _exit(told: Translator, seen: Seen, application: Application, moment: float) -> Line | None:
    for line in told.window.notes(seen.uniqueid, moment):
        if line.event in LEFT and line.queue == application.queue:
            return line
    return None


def _rings_before(told: Translator, seen: Seen, exit_line: Line, moment: float) -> bool:
    """Whether a ring that queue_log has before the exit goes on: the file's order is finer than its seconds.

    CEL may have its end a moment after the next queue's first ring: channels are in no order among each other.
    """
    for line in told.window.notes(seen.uniqueid, moment):
        if line is exit_line:
            return False
        if line.event in RINGS:
            return not _end_at_once(told, seen, moment)
    return False


def _end_at_once(told: Translator, seen: Seen, moment: float) -> bool:
    """Whether all that ring for a caller end now."""
    rings = (phone for phone in told.channels.dialled_by(seen) if not phone.dial_ended and not phone.answered)
    ends = [leaving.hangup(told.window, phone.uniqueid, moment) for phone in rings]
    return bool(ends) and all(end is not None and end.at - moment <= leaving.AT_ONCE_S for end in ends)
