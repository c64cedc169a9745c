"""What the engine tells itself: timers, settings, answers of look-ups, the state of a PBX link."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.world import Line, Operator, Pbx, Queue

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
    pause_reasons: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFound:
    """The answer of `FindContact`: the contact this number belongs to. `earlier` counts his earlier calls."""

    at: datetime
    phone: str
    contact: str
    earlier: int = 0


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
    """An ordered pause or unpause was refused, or nobody knows what came of it. The flag itself is to be looked at."""

    at: datetime
    pbx: str
    interface: str
