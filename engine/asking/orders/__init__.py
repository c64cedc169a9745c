"""Commands as they come over the wire, checked once, here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from engine import events as ev
from engine.asking.reading import read
from mis.client import Identifier
from okno import phones
from okno.errors import Refused
from okno.ids import uuid7_of
from okno.settings.model import Clinic

# No control characters: PostgreSQL keeps no NUL in a text, and nobody's word has another.
Word = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Note = Annotated[str, StringConstraints(max_length=4000)]


class BadOrder(Refused):
    """The command cannot be understood."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Order(_Strict):
    """A person's command: `command` is its own id, minted where he clicked."""

    command: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    name: Word
    actor: Word
    role: Word
    operator: Word | None = None
    args: dict[str, Any] = Field(default_factory=dict)


class _OfRequest(_Strict):
    request: UUID
    version: int | None = None


class _Take(_OfRequest):
    pass


class _Complete(_OfRequest):
    outcome: Word = ""
    note: Note = ""


class _Postpone(_OfRequest):
    until: AwareDatetime
    note: Note = ""


class _Transfer(_OfRequest):
    to_operator: Word | None = None
    to_queue: Word | None = None
    note: Note = ""


class _Note(_OfRequest):
    note: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class _Open(_Strict):
    kind: Literal["call", "missed_call", "callback", "chat", "form", "email", "voicemail"] = "callback"
    queue: Word
    phone: Annotated[str, StringConstraints(max_length=64)]
    note: Note = ""


class _Callback(_Strict):
    """A promise for a number, or for the person of a request; nobody named as the queue: the operator's first."""

    phone: Annotated[str, StringConstraints(max_length=64)] = ""
    request: UUID | None = None
    queue: Word = ""
    when: AwareDatetime | None = None
    note: Note = ""
    source: Literal["operator", "rest", "form", "messenger"] = "operator"
    version: int | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.phone and self.request is None:
            raise ValueError("either a number or a request")
        return self


class _Tried(_OfRequest):
    outcome: Literal["machine", "wrong_number", "reached", "no_answer", "busy"]


class _Presence(_Strict):
    presence: Literal["offline", "available", "break", "not_responding"]
    reason: Word = ""
    phone: Literal["", "desk", "web"] = ""
    target: Word | None = None


class _Queues(_Strict):
    target: Word
    queues: Annotated[tuple[Word, ...], Field(max_length=100)] | None = None


class _Skills(_Strict):
    target: Word
    skills: Annotated[dict[Word, Annotated[int, Field(ge=1, le=5)]], Field(max_length=100)] | None = None


class _Offer(_Strict):
    offer: UUID


class _Prolong(_Strict):
    request: UUID


class _Prioritise(_OfRequest):
    priority: Annotated[int, Field(ge=-100, le=100)]


class _Link(_OfRequest):
    contact: UUID | None = None
    phone: Annotated[str, StringConstraints(max_length=64)] = ""


class _Name(_OfRequest):
    name: Annotated[str, StringConstraints(max_length=400)]


class _Split(_OfRequest):
    call: UUID


class _Block(_Strict):
    """Whose number: that of a request, or one as it is typed."""

    request: UUID | None = None
    phone: Annotated[str, StringConstraints(max_length=64)] = ""
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)] = ""
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.request is None) == (not self.phone):
            raise ValueError("exactly one of request and phone")
        return self


class _Unblock(_Strict):
    block: UUID


class _Identify(_OfRequest):
    patient: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    verified: Annotated[tuple[Identifier, ...], Field(max_length=20)]


class _Disown(_OfRequest):
    pass


class _Message(_Strict):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
    to_operator: Word | None = None
    to_queue: Word | None = None


class _Seen(_Strict):
    notice: UUID


class _Dial(_Strict):
    """Whom to call; nobody named: the request's own number, which a page knows only masked."""

    to: Annotated[str, StringConstraints(max_length=32)] = ""
    request: UUID | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.to and self.request is None:
            raise ValueError("either a number or a request")
        return self


class _HangUp(_Strict):
    call: UUID


class _Pass(_Strict):
    call: UUID
    how: Literal["blind", "attended"]
    to: Annotated[str, StringConstraints(max_length=32)] = ""
    to_queue: Word = ""


class _Consult(_Strict):
    call: UUID
    action: Literal["complete", "abort", "swap", "join"]


class _Tones(_Strict):
    call: UUID
    digits: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{1,32}$")]


class _Spy(_Strict):
    target: Word
    how: Literal["listen", "whisper", "barge"]


_ARGUMENTS: dict[str, tuple[type[_Strict], Callable[..., ev.Asked]]] = {
    "take": (_Take, ev.TakeAsked),
    "complete": (_Complete, ev.CompleteAsked),
    "postpone": (_Postpone, ev.PostponeAsked),
    "transfer": (_Transfer, ev.TransferAsked),
    "note": (_Note, ev.NoteAsked),
    "open": (_Open, ev.OpenAsked),
    "callback": (_Callback, ev.CallbackAsked),
    "tried": (_Tried, ev.TriedAsked),
    "presence": (_Presence, ev.PresenceAsked),
    "steer_presence": (_Presence, ev.PresenceAsked),
    "steer_queues": (_Queues, ev.QueuesAsked),
    "steer_skills": (_Skills, ev.SkillsAsked),
    "accept": (_Offer, ev.AcceptAsked),
    "refuse": (_Offer, ev.RefuseAsked),
    "prolong": (_Prolong, ev.ProlongAsked),
    "prioritise": (_Prioritise, ev.PrioritiseAsked),
    "link": (_Link, ev.LinkAsked),
    "unlink": (_Disown, ev.UnlinkAsked),
    "name": (_Name, ev.NameAsked),
    "split": (_Split, ev.SplitAsked),
    "block": (_Block, ev.BlockAsked),
    "unblock": (_Unblock, ev.UnblockAsked),
    "identify": (_Identify, ev.IdentifyAsked),
    "disown": (_Disown, ev.DisownAsked),
    "message": (_Message, ev.MessageAsked),
    "seen": (_Seen, ev.SeenAsked),
    "dial": (_Dial, ev.DialAsked),
    "hang_up": (_HangUp, ev.HangUpAsked),
    "pass": (_Pass, ev.PassAsked),
    "consult": (_Consult, ev.ConsultAsked),
    "tones": (_Tones, ev.TonesAsked),
    "spy": (_Spy, ev.SpyAsked),
}
NAMES = frozenset(_ARGUMENTS)


def understood(body: Any, at: datetime, clinic: Clinic) -> ev.Asked:
    """Return the event a command is.

    Args:
        body: the JSON that came.
        at: when it came.
        clinic: completes local numbers.

    Raises:
        BadOrder: something is missing, unknown or too long; what was sent is not repeated.
    """
    order = read(Order, body, "the command", BadOrder)
    if order.name not in _ARGUMENTS:
        raise BadOrder("name: there is no such order")
    arguments, event = _ARGUMENTS[order.name]
    args = read(arguments, order.args, "the command", BadOrder).model_dump()
    args = {name: str(value) if isinstance(value, UUID) else value for name, value in args.items()}
    if args.get("skills") is not None:
        args["skills"] = tuple(sorted(args["skills"].items()))
    if order.name == "open":
        args["phone"] = _number(args["phone"], clinic)
        args["id"] = str(uuid7_of(at, "request", order.command))
    if order.name == "callback":
        args["phone"] = _number(args["phone"], clinic) if args["phone"] else ""
        args["id"] = str(uuid7_of(at, "request", order.command))
    if order.name in ("link", "block") and args["phone"]:
        args["phone"] = _number(args["phone"], clinic)
    if order.name in ("dial", "pass") and args["to"] and not phones.is_internal(args["to"]):
        args["to"] = _number(args["to"], clinic, "to")
    return event(
        at=at, command=order.command, actor=order.actor, role=order.role, operator=order.operator, **args
    )


def _number(raw: str, clinic: Clinic, where: str = "phone") -> str:
    phone = phones.parse(raw, country=clinic.country, area_code=clinic.area_code)
    if phone is None:
        raise BadOrder(f"args.{where}: this is not a number one can call")
    return phone.e164
