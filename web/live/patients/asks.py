"""What a desk asks about patients, as the browser sends it: whose request first, never whose patient it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, field_validator, model_validator

from mis.client import Appointment, DirectoryKind, Identifier, PatientDraft, Slot, SlotQuery, Wish
from web.live.asks import Ask

Id = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
# A screen shows a month and leafs on; a longer window would only cost the MIS.
_WINDOW = timedelta(days=92)
_SLOTS = 200
_TWO = 2


def _aware(thing: Slot | Appointment) -> Any:
    moments: tuple[datetime, ...] = (thing.start, thing.end)
    if any(moment.tzinfo is None for moment in moments) or thing.end <= thing.start:
        raise ValueError("moments with an offset, the end after the start")
    return thing


SeenSlot = Annotated[Slot, AfterValidator(_aware)]
SeenVisit = Annotated[Appointment, AfterValidator(_aware)]


class OfRequest(Ask):
    """Everything about a patient is asked for a request."""

    request: UUID


class FindAsk(OfRequest):
    """What the caller says of himself, at least one of it."""

    name: Words = ""
    born: date | None = None
    card_number: Words = ""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.name or self.born or self.card_number):
            raise ValueError("a name, a birth date or a card number")
        return self


class IdentifyAsk(OfRequest):
    """Who it is about and by which kinds of identifiers; the answers themselves are asked of nobody (P6)."""

    patient: Annotated[Id, StringConstraints(min_length=1)]
    verified: Annotated[tuple[Identifier, ...], Field(max_length=20)]
    version: int | None = None

    @field_validator("verified")
    @classmethod
    def _two(cls, verified: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
        kinds = tuple(sorted(set(verified)))
        if len(kinds) < _TWO:
            raise ValueError("two identifiers at least")
        return kinds


class DisownAsk(OfRequest):
    """It is not about the patient who was confirmed."""

    version: int | None = None


class CardAsk(OfRequest):
    """The confirmed patient's card; `reason` opens a restricted one."""

    reason: Words = ""


class Draft(Ask):
    """A patient to be made. `phone` left out: the request's own number; empty: he has none."""

    key: UUID
    family: Words
    given: Words
    patronymic: Words = ""
    born: date | None = None
    sex: Literal["female", "male", "other", "unknown"] = "unknown"
    phone: Annotated[str, StringConstraints(max_length=64)] | None = None
    guardian: Id = ""
    anyway: bool = False

    def draft(self, row: Mapping[str, Any]) -> PatientDraft:
        """Return it as `mis` wants it, for this request."""
        phone = str(row.get("phone") or "") if self.phone is None else self.phone
        return PatientDraft(**{**self.model_dump(), "key": str(self.key), "phone": phone})


class NewAsk(OfRequest):
    """Make a patient."""

    draft: Draft


class DirectoryAsk(Ask):
    """A directory of the MIS; it is about nobody."""

    kind: DirectoryKind


class Window(Ask):
    """Which times: ids of the directories, empty = any."""

    since: AwareDatetime
    until: AwareDatetime
    doctor: Id = ""
    specialty: Id = ""
    branch: Id = ""
    service: Id = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until <= self.since:
            raise ValueError("until after since")
        return self


class Times(Window):
    """Which free times."""

    part: Literal["any", "morning", "day", "evening"] = "any"
    limit: Annotated[int, Field(ge=1, le=_SLOTS)] = _SLOTS

    @model_validator(mode="after")
    def _short(self) -> Self:
        if self.until - self.since > _WINDOW:
            raise ValueError("a shorter window")
        return self

    def query(self) -> SlotQuery:
        """Return it as `mis` wants it."""
        return SlotQuery(**self.model_dump())


class SlotsAsk(OfRequest):
    """Free times."""

    query: Times


class KeyAsk(OfRequest):
    """A booking, or a place on the waiting list, by the key that was minted where the person clicked."""

    key: UUID


class HoldAsk(KeyAsk):
    """Keep a time for the request's patient."""

    slot: SeenSlot


class BookAsk(HoldAsk):
    """Book a time for the request's patient."""

    service: Id = ""
    comment: Text = ""


class VisitAsk(KeyAsk):
    """Something about a visit of the request's patient, as it was shown."""

    visit: SeenVisit


class MoveAsk(VisitAsk):
    """Move a visit to another time."""

    slot: SeenSlot
    comment: Text = ""


class CancelAsk(VisitAsk):
    """Cancel a visit; `reason` is an id of the directory, or empty."""

    reason: Id = ""


class Wanted(Window):
    """A wish for the waiting list; the same key changes it."""

    key: UUID
    urgent: bool = False

    def wish(self, patient: str) -> Wish:
        """Return it as `mis` wants it, for this patient."""
        return Wish(patient=patient, **self.model_dump())


class WishAsk(OfRequest):
    """Put the request's patient on the waiting list."""

    wish: Wanted
