"""Everything the engine can order. Effects are idempotent or carry a key; the loop performs them after the commit.

`PROMPT` effects do not wait for the commit: the bare ring of a call must not depend on the database.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.world.work import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRing:
    """Tell the operator's screens at once that his phone rings: the call's bare facts, before the commit."""

    operator: str
    call: str
    leg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindContact:
    """Ask the store whose number this is (make a contact if nobody's); returns as `ContactFound`."""

    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMember:
    """Pause or unpause a phone in all its Asterisk queues. `reason` is a static word (routing.md 2.8), not a text."""

    pbx: str
    interface: str
    paused: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCommand:
    """Answer a person's command.

    `why` is an i18n key when refused (`taken`, `stale`, `not_found`, `not_yours`, …); `by` names the operator who was
    faster; `request` is the request it was about.
    """

    command: str
    ok: bool
    why: str = ""
    by: str = ""
    request: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Put a domain event into the outbox for other services. `payload` holds ids and codes only, no personal data."""

    kind: str
    key: str
    at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something a supervisor must see. `what` is an i18n key; `about` an id."""

    what: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpCalls:
    """Ask the history for these calls of the journal, after all before it is committed; returns as `CallsLookedUp`."""

    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRepair:
    """Keep both sides of a call that the journal mended, in the turn that mends it; see `CallRepaired`."""

    at: datetime
    kind: str
    was: Call | None
    told: Call
    fields: tuple[str, ...] = ()


Effect = ShowRing | FindContact | LookUpCalls | RecordRepair | PauseMember | AnswerCommand | Publish | Alarm
PROMPT = (ShowRing,)
