"""Patients, as far as Okno ever knows them. Nothing here is kept in clear outside this process's memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from mis.terms.visits import Appointment, Named

# What the patient is to the owner of the number; None when the MIS does not say.
Relation = Literal["self", "guardian", "ward", "family", "other"]
Sex = Literal["female", "male", "other", "unknown"]
FlagKind = Literal[
    "allergy", "vip", "complaint", "debt", "no_calls", "no_messages", "no_ads", "anonymous", "note",
]
# Of these an operator ticks two before anything medical is shown; the answers themselves are kept nowhere (P6).
Identifier = Literal["name", "birth_date", "address", "document", "card_number", "insurance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientQuery:
    """Whom to look for. All that is given must fit; a query with nothing in it is refused before it leaves.

    Args:
        phones: spellings of one number (`mis.finding.spellings`); any of them fits.
        name: surname first, as typed.
        born: birth date.
        card_number: of the patient's card in the MIS.
        limit: at most so many; more are told by `complete=False`.
    """

    phones: tuple[str, ...] = ()
    name: str = ""
    born: date | None = None
    card_number: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A patient it may be about: never «the patient».

    `hint` tells two of one name and year apart without showing all (the end of a card's number). `score` ranks, 0…1.
    `phones` are those the MIS has, as it spells them: matched here, shown to nobody.
    """

    id: str
    name: str
    born: date | None = None
    relation: Relation | None = None
    sex: Sex = "unknown"
    deceased: bool = False
    restricted: bool = False
    card_number: str = ""
    hint: str = ""
    score: float = 0.0
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a look-up found; `complete` is False when a page was cut."""

    people: tuple[Candidate, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurance:
    """A policy. `needs_letter`: the payer must guarantee in writing first; None when the MIS does not say."""

    payer: str
    number: str = ""
    programme: str = ""
    valid_until: date | None = None
    needs_letter: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something an operator must not overlook; `text` is the MIS's own word for it."""

    kind: FlagKind
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Somebody who belongs to a patient. `authority` says whether he may speak for the patient today.

    `relation` is what he is to the patient (a mother is her child's `guardian`). `until` is when his right ends.
    """

    id: str
    name: str
    relation: Relation
    born: date | None = None
    authority: bool = False
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A patient's card: what is shown of it only after the operator confirmed who it is about (P6).

    `version` is the MIS's own mark for If-Match and its like. `replaced` is the id asked for when the MIS has merged it
    into this one. `missing` names the parts the MIS did not give (`insurance`, `past`, …).
    """

    id: str
    name: str
    version: str = ""
    born: date | None = None
    sex: Sex = "unknown"
    card_number: str = ""
    deceased: bool = False
    restricted: bool = False
    replaced: str = ""
    flags: tuple[Flag, ...] = ()
    insurance: tuple[Insurance, ...] = ()
    relatives: tuple[Relative, ...] = ()
    doctor: Named | None = None
    balance: Decimal | None = None
    currency: str = "RUB"
    upcoming: tuple[Appointment, ...] = ()
    past: tuple[Appointment, ...] = ()
    missing: tuple[str, ...] = ()
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDraft:
    """A patient to be made. `guardian` is the id of who speaks for a minor. `key` is ours: the same key, the same one.

    `anyway`: the operator has seen the like ones and says that this is another person.
    """

    key: str
    family: str
    given: str
    patronymic: str = ""
    born: date | None = None
    sex: Sex = "unknown"
    phone: str = ""
    guardian: str = ""
    anyway: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The patient was made."""

    patient: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """There are patients like him; nothing was made, and nothing is merged."""

    people: tuple[Candidate, ...] = field(default=())
