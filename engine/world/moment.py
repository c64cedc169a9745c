"""What is true of a queue just now, beside what it counts since midnight."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What became of the callers whose wait ended in one minute; `number` counts minutes since 1970."""

    number: int
    answered: int = 0
    in_level: int = 0
    lost: int = 0
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNow:
    """A queue's last half hour and what of it is late. Key: the queue. Begun anew with the engine.

    `since`: from when its minutes are counted, so that a figure of half a window is known for what it is.
    `overdue`: requests that wait past their deadline. `opens_at`: when somebody answers again; None while open.
    """

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    since: datetime
    minutes: tuple[Minute, ...] = ()
    overdue: int = 0
    opens_at: datetime | None = None
