"""Rows of calls that are moved, and the marks of the dialplan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.events import facts as f
from engine.events import transfers as t
from engine.journal.cel import Row
from engine.journal.facts import leaving

if TYPE_CHECKING:
    from engine.journal.facts.translator import Translator

Facts = Iterator[f.Fact]
PARK_ENDS = {"ParkedCallTimeOut": "timeout", "ParkedCallGiveUp": "gave_up"}


def blind(told: Translator, row: Row) -> Facts:
    """BLINDTRANSFER; CEL has only those that were done."""
    yield t.BlindTransferred(
        at=told.at(row.at), pbx=told.pbx, uniqueid=row.uniqueid,
        transferee=_told(row, "transferee_channel_uniqueid"), bridge=_told(row, "bridge_id"),
        context=_told(row, "context"), exten=_told(row, "extension"),
    )  # fmt: skip


def attended(told: Translator, row: Row) -> Facts:
    """ATTENDEDTRANSFER."""
    application = _told(row, "app")
    if application:
        _take_over(told, application, _told(row, "channel2_uniqueid"), _told(row, "transferee_channel_uniqueid"))
    yield t.AttendedTransferred(
        at=told.at(row.at), pbx=told.pbx, first=row.uniqueid, second=_told(row, "channel2_uniqueid"),
        transferee=_told(row, "transferee_channel_uniqueid"),
        target=_told(row, "transfer_target_channel_uniqueid"),
        kind="App" if application else "Threeway" if _stays(told, row) else "Bridge",
        bridge=_told(row, "bridge2_id"), application=application,
    )  # fmt: skip


def _stays(told: Translator, row: Row) -> bool:
    """Whether the one who put two together stays with them."""
    seen = told.channels.by_id[row.uniqueid]
    following = next(told.window.ahead(row.uniqueid, row.at), None)
    leaves = following is not None and following.kind in ("BRIDGE_EXIT", "HANGUP")
    alone = _told(row, "channel2_uniqueid") == row.uniqueid
    return alone and seen.bridge == _told(row, "bridge1_id") and not leaves


def _take_over(told: Translator, application: str, second: str, transferee: str) -> None:
    """One who was put through to a queue or to ringing phones stands there in the place of who put him through."""
    by_id = told.channels.by_id
    old, new = by_id.get(second), by_id.get(transferee)
    if old is None or new is None or not old.running or old.running[-1].name != application:
        return
    new.running.append(old.running.pop())
    for phone in told.channels.dialled_by(old):
        told.channels.dialled_for(phone, transferee)


def picked_up(told: Translator, row: Row) -> Facts:
    """PICKUP; the row is that of the channel that rang. The picker stands in its place and has answered."""
    by_id, uniqueid = told.channels.by_id, _told(row, "pickup_channel_uniqueid")
    if not uniqueid:
        return
    yield t.PickedUp(at=told.at(row.at), pbx=told.pbx, uniqueid=uniqueid, target=row.uniqueid)
    picker, rang = by_id.get(uniqueid), by_id[row.uniqueid]
    if picker is not None and rang.dialler and not rang.dial_ended:
        rang.dial_ended = picker.answered = True
        told.channels.dialled_for(picker, rang.dialler)
        yield told.dial_ended(picker, row.at, "ANSWER")


def parked(told: Translator, row: Row) -> Facts:
    """PARK_START."""
    yield t.CallParked(at=told.at(row.at), pbx=told.pbx, uniqueid=row.uniqueid, lot=_told(row, "parking_lot"))


def unparked(told: Translator, row: Row) -> Facts:
    """PARK_END."""
    retriever = told.channels.named(_told(row, "retriever"))
    yield t.CallUnparked(
        at=told.at(row.at), pbx=told.pbx, uniqueid=row.uniqueid,
        retriever=retriever.uniqueid if retriever is not None else "",
        reason=PARK_ENDS.get(_told(row, "reason"), "retrieved"),
    )  # fmt: skip


def forwarded(told: Translator, row: Row) -> Facts:
    """CEL names the caller here; the phone that sent him on is the one of his that ends at once, by itself.

    Asterisk may end it before it has noted whose wish that was: then it is the first of them to end.
    """
    ends = []
    for phone in told.channels.dialled_by(told.channels.by_id[row.uniqueid]):
        end = None if phone.dial_ended else leaving.hangup(told.window, phone.uniqueid, row.at)
        if end is not None and end.at - row.at <= leaving.AT_ONCE_S:
            ends.append((not leaving.own_wish(end, phone.name), end.at, phone, leaving.cause_of(end)))
    if not ends:
        return
    not_said, _, phone, cause = min(ends, key=lambda one: one[:2])
    phone.dial_ended = True
    if not not_said:
        yield from leaving.asked(told, phone, row.at, cause or None)
    yield t.PhoneForwarded(at=told.at(row.at), pbx=told.pbx, uniqueid=phone.uniqueid, to=_told(row, "forward"))


def tagged(told: Translator, row: Row) -> Facts:
    """OKNO_CALL of the dialplan."""
    dialled, _, source = _told(row, "extra").partition("|")
    yield f.CallTagged(at=told.at(row.at), pbx=told.pbx, uniqueid=row.uniqueid, dialled=dialled, source=source)


def closed(told: Translator, row: Row) -> Facts:
    """OKNO_CLOSED."""
    yield f.ClosedHoursReached(at=told.at(row.at), pbx=told.pbx, uniqueid=row.uniqueid)


def queue_exited(told: Translator, row: Row) -> Facts:
    """OKNO_QUEUE_EXIT."""
    queue, _, status = _told(row, "extra").rpartition("|")
    if queue:
        yield f.QueueExited(at=told.at(row.at), pbx=told.pbx, queue=queue, uniqueid=row.uniqueid, status=status)


def voicemail(told: Translator, row: Row) -> Facts:
    """OKNO_VOICEMAIL."""
    yield t.VoicemailReached(at=told.at(row.at), pbx=told.pbx, uniqueid=row.uniqueid)


def self_served(told: Translator, row: Row) -> Facts:
    """OKNO_SELF_SERVICE."""
    yield t.SelfServed(at=told.at(row.at), pbx=told.pbx, uniqueid=row.uniqueid)


def _told(row: Row, key: str) -> str:
    value = row.extra.get(key, "")
    return "" if value == "N/A" else value


MOVES = {
    "BLINDTRANSFER": blind, "ATTENDEDTRANSFER": attended, "PICKUP": picked_up, "PARK_START": parked,
    "PARK_END": unparked, "FORWARD": forwarded, "OKNO_CALL": tagged, "OKNO_CLOSED": closed,
    "OKNO_QUEUE_EXIT": queue_exited, "OKNO_VOICEMAIL": voicemail,
    "OKNO_SELF_SERVICE": self_served,
}  # fmt: skip
