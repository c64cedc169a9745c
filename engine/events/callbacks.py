"""Promises to call back, wherever patients ask for them, and outbound lists; what the rooms conclude of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.events.asked import Asked
from engine.world.people import CallList, Target
from engine.world.work import Call, Origin, Request, TryOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackWanted:
    """A person wants to be called back. `key` is the new request's id: the same key twice is one promise.

    `call` is the call in which he asked (of the queue or the IVR): the request of that call becomes the promise, with
    his place in the queue. `wanted_at` None: as soon as may be. `note` is what he said it is about. `source` is the
    request's, where it is not its origin: `list:<title>`.
    """

    at: datetime
    key: str
    origin: Origin
    phone: str
    queue: str = ""
    wanted_at: datetime | None = None
    call: str | None = None
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPromised:
    """A request is a promise to call from now on, or its terms are others; `requests` tells it to `callbacks`.

    `wanted_at` and `place_at` as in `Callback`; None leaves what was said before.
    """

    at: datetime
    request: str
    origin: Origin
    wanted_at: datetime | None = None
    place_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryEnded:
    """A person says that a dialling reached whom it was for; round the loop to `requests`, where it ends."""

    at: datetime
    request: str
    outcome: TryOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class TryPlanned:
    """The next try is at `until`, not before: the request is put aside; round the loop to `requests`."""

    at: datetime
    request: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackGivenUp:
    """The last try of the plan failed: the request ends as `not_reached`; round the loop to `requests`."""

    at: datetime
    request: str
    outcome: TryOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCalledOff:
    """What a list asked for is not wanted any more, unless somebody has it in hand; round the loop to `requests`."""

    at: datetime
    request: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailLeft:
    """A caller left a message: `recording` names it in the store. Told when the store has it, which may be later.

    `left_at` is when he had said it. `request`, `phone`, `queue` and `source` are its call's as the store knows them:
    the call may have ended, and its request may be closed.
    """

    at: datetime
    call: str
    recording: str
    seconds: float
    left_at: datetime
    request: str = ""
    phone: str = ""
    queue: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """After his talk a caller gave a score (the key he pressed) to a question of a flow."""

    at: datetime
    call: str
    question: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAsked(Asked):
    """A supervisor makes a list. One from the MIS has no `targets`: it takes over the calls to confirm that wait."""

    made: CallList
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSteered(Asked):
    """A supervisor pauses a list, lets it go on (also one he stopped), stops it, or changes its pace and its end."""

    list: str
    what: Literal["pause", "resume", "stop", "pace"]
    at_once: int | None = None
    per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSteered(Asked):
    """A supervisor takes a person out of a list, puts him back (to be tried anew), or notes that he wants no lists."""

    target: str
    what: Literal["skip", "back", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoListsAsked(Asked):
    """A person wants to be in no list (`phone`), or in lists again (`undo`)."""

    phone: str
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitAsked(Asked):
    """Undo a join: this call is a matter of its own again; its own request is opened anew.

    `moved` and `own`: the call, and the request it had made, as the history has them; both are over by now.
    """

    request: str
    call: str
    moved: Call | None = None
    own: Request | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockAsked(Asked):
    """No missed calls and no promises for the number of a request, or for `phone`; `until` None: for good."""

    request: str | None = None
    phone: str = ""
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockAsked(Asked):
    """Take a block back; `block` is its key."""

    block: str
