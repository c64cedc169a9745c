"""What the engine tells itself: timers, settings, answers of look-ups, the state of a PBX link."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.world import Line, Operator, Pbx, Queue, Rules

LinkState = Literal["down", "connecting", "snapshot", "replay", "live"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer of the world is due; `key` is its name, e.g. `wrap_up:<request>`."""

    at: datetime
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationLoaded:
    """The settings as they now are, as entities with fresh state; the rooms keep the state of those they know."""

    at: datetime
    operators: tuple["Operator", ...]
    queues: tuple["Queue", ...]
    lines: tuple["Line", ...]
    pbxes: tuple["Pbx", ...]
    rules: "Rules | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFound:
    """The answer of `FindContact`: the contact this number belongs to. `earlier` counts his earlier calls.

    `last_operator` talked with him last; empty when nobody did. `phones` are his other numbers.
    """

    at: datetime
    phone: str
    contact: str
    earlier: int = 0
    name: str = ""
    last_operator: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBegan:
    """Midnight in the clinic's zone: today's figures start anew. `day` is ISO, e.g. 2026-11-21."""

    at: datetime
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxLinkChanged:
    """The AMI link of a PBX changed its state; only `live` may be commanded."""

    at: datetime
    pbx: str
    state: LinkState
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseFailed:
    """An order about a queue's member was refused, or nobody knows what came of it: the member is to be looked at.

    `queue` is empty for a pause, which goes to all queues of the phone.
    """

    at: datetime
    pbx: str
    interface: str
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDue:
    """Something changed by which a waiting request may find an operator, or an operator a request (R9)."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Every five seconds: whatever no event told of is looked at (R9: nothing sticks)."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesSeen:
    """A gateway tells which operators have a page open, and whose last page it lost just now."""

    at: datetime
    here: tuple[str, ...]
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEnded:
    """What came of an `OrderCall`. `ok` None: nobody knows (P2); `why` is an i18n key below `refused.`."""

    at: datetime
    command: str
    pbx: str
    ok: bool | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxConfigured:
    """The helper beside a PBX made its configuration from a version of the directory, or could not (`reason`)."""

    at: datetime
    pbx: str
    version: int
    reason: str = ""
