"""When a person may be called: the list's hours and the queue's quiet hours, both of his own day."""

from datetime import datetime
from zoneinfo import ZoneInfo

from engine.world import CallList, Queue
from engine.world.rules import CALLBACKS
from okno import phones


def zones_of(phone: str, home: str) -> str:
    """Return where a number's person may be: names of time zones with blanks between.

    A mobile number may be anywhere in its country: then he is taken to be where the clinic is, if it can be so.

    Args:
        phone: E.164.
        home: the clinic's zone.
    """
    possible = phones.zones(phone)
    return home if home in possible or not possible else " ".join(possible)


def may_call(made: CallList, queue: Queue | None, zones: str, at: datetime) -> bool:
    """Whether it is a good hour wherever he may be.

    Args:
        made: the list.
        queue: its queue, whose quiet hours hold beside the list's own.
        zones: as `zones_of` gave them.
        at: now.
    """
    quiet = (queue.callbacks if queue is not None else CALLBACKS).quiet
    return all(_good(made, quiet, at.astimezone(ZoneInfo(zone))) for zone in zones.split())


def _good(made: CallList, quiet: tuple[int, int], local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return (
        str(local.isoweekday()) in made.days and made.opens <= minute < made.closes and not _within(minute, *quiet)
    )


def _within(minute: int, begins: int, ends: int) -> bool:
    """Whether a minute is in a span that may go over midnight; an empty span holds nothing."""
    return begins <= minute < ends if begins <= ends else minute >= begins or minute < ends
