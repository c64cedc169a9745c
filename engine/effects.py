"""Everything the engine can order. Effects are idempotent or carry a key; the loop performs them after the commit.

`PROMPT` effects do not wait for the commit: the bare ring of a call must not depend on the database.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

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
class KnowPatients:
    """Have `mis` look a number up before anybody asks, and hold what it finds; returns as `PatientsKnown`.

    Idempotent: asked again at the ring, it looks anew only when what it holds is old. `waits` is who waits: a call, or
    a request that has none just now. `opening`: it has just begun; only then does the answer route.
    """

    phone: str
    waits: str
    request: str
    opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPatients:
    """What was held for a call or a request is not needed any more."""

    waits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContact:
    """Write back to the MIS what came of a request with a patient: told in the turn that closes it, once."""

    request: str
    patient: str
    at: datetime
    kind: str
    outcome: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellStanding:
    """Tell `chat` how the request of a conversation stands: who has it, in which queue; told in the turn of the change.

    `seq` is the last message the engine has heard of; `over`: the request is closed. `title_ru` and `title_en` are the
    owner's name.
    """

    at: datetime
    request: str
    conversation: str
    number: str
    version: int
    status: str
    owner: str
    title_ru: str
    title_en: str
    queue: str
    seq: int
    over: bool
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMember:
    """Pause or unpause a phone in all its Asterisk queues. `reason` is a static word (routing.md 2.8), not a text."""

    pbx: str
    interface: str
    paused: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMember:
    """Put a phone into an Asterisk queue, take it out, or give it another penalty; idempotent.

    `name` is the member's name in queue_log (the operator's key). A phone that comes in paused says so by `reason`.
    """

    pbx: str
    interface: str
    queue: str
    change: Literal["add", "remove", "penalty"]
    penalty: int = 0
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCall:
    """An order to a PBX about a call; done once, never repeated; returns as `OrderEnded` under `command`.

    `channel` is a channel's name (an originate: the phone to ring), `context` and `exten` where it goes to, digits
    and words of ours only. `channel_id` names an originated channel, so that it can be found again (P2).
    """

    command: str
    pbx: str
    action: Literal[
        "originate", "hang_up", "blind_transfer", "attended_transfer", "cancel_transfer", "tones", "redirect"
    ]
    channel: str
    context: str = ""
    exten: str = ""
    channel_id: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    digits: str = ""
    received: bool = False
    timeout_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAlert:
    """An alert was raised, or is over: told outside when its rule says so. Counts and names of queues only."""

    alert: str
    rule: str
    queue: str
    state: Literal["raised", "cleared"]
    value: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowNotice:
    """Put a message before an operator's eyes at once; its text goes to his own screens only."""

    notice: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCommand:
    """Answer a person's command.

    `why` is an i18n key when refused (`taken`, `stale`, `not_found`, `not_yours`, `no_capacity`, …); `by` names the
    operator who was faster; `request` is the request it was about.
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


Effect = (
    ShowRing | FindContact | LookUpCalls | RecordRepair | PauseMember | ChangeMember | OrderCall | TellAlert
    | ShowNotice | AnswerCommand | Publish | Alarm | KnowPatients | ForgetPatients | ReportContact
    | TellStanding
)
Order = PauseMember | ChangeMember | OrderCall
"""What goes to a PBX: orders to one PBX are given one after another."""
PROMPT = (ShowRing,)
