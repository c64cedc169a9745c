"""Commands as they come over the wire, checked once, here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from engine import events as ev
from okno import phones
from okno.errors import Refused
from okno.ids import uuid7_of
from okno.settings.model import Clinic

Word = Annotated[str, StringConstraints(max_length=64)]
Note = Annotated[str, StringConstraints(max_length=4000)]


class BadOrder(Refused):
    """The command cannot be understood."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Order(_Strict):
    """A person's command: `command` is its own id, minted where he clicked."""

    command: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    name: Literal["take", "complete", "postpone", "transfer", "note", "open", "presence"]
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


class _Presence(_Strict):
    presence: Literal["offline", "available", "break", "not_responding"]
    reason: Word = ""


_ARGUMENTS: dict[str, tuple[type[_Strict], Callable[..., ev.Asked]]] = {
    "take": (_Take, ev.TakeAsked),
    "complete": (_Complete, ev.CompleteAsked),
    "postpone": (_Postpone, ev.PostponeAsked),
    "transfer": (_Transfer, ev.TransferAsked),
    "note": (_Note, ev.NoteAsked),
    "open": (_Open, ev.OpenAsked),
    "presence": (_Presence, ev.PresenceAsked),
}


def understood(body: Any, at: datetime, clinic: Clinic) -> ev.Asked:
    """Return the event a command is.

    Args:
        body: the JSON that came.
        at: when it came.
        clinic: completes local numbers.

    Raises:
        BadOrder: something is missing, unknown or too long; what was sent is not repeated.
    """
    try:
        order = Order.model_validate(body)
        arguments, event = _ARGUMENTS[order.name]
        args = arguments.model_validate(order.args).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadOrder(f"{where or 'the command'}: {first['msg']}") from None
    if "request" in args:
        args["request"] = str(args["request"])
    if order.name == "open":
        args["phone"] = _number(args["phone"], clinic)
        args["id"] = str(uuid7_of(at, "request", order.command))
    return event(
        at=at, command=order.command, actor=order.actor, role=order.role, operator=order.operator, **args
    )


def _number(raw: str, clinic: Clinic) -> str:
    phone = phones.parse(raw, country=clinic.country, area_code=clinic.area_code)
    if phone is None:
        raise BadOrder("args.phone: this is not a number one can call")
    return phone.e164
