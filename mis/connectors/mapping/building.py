"""Terms out of items: what a MIS told in its words, in ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, get_args

from mis.connectors.mapping.fields import Item, Zones
from mis.terms import (
    LIVE,
    Appointment,
    AppointmentStatus,
    Candidate,
    Card,
    Entry,
    Flag,
    Insurance,
    Malformed,
    Named,
    PatientQuery,
    Relative,
    Slot,
)
from mis.terms.people import FlagKind, Relation, Sex
from mis.terms.visits import SlotState
from okno import clock

_STATUSES: frozenset[str] = frozenset(get_args(AppointmentStatus))
_RELATIONS: frozenset[str] = frozenset(get_args(Relation))
_SEXES: frozenset[str] = frozenset(get_args(Sex))
_FLAGS: tuple[FlagKind, ...] = get_args(FlagKind)
_STATES: frozenset[str] = frozenset(get_args(SlotState))


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes terms; it knows only the zones of the branches."""

    zones: Zones

    def candidate(self, item: Item) -> Candidate:
        """Return a patient it may be about. Raises Malformed without an id or a name."""
        relation, sex = item.text("relation"), item.text("sex")
        return Candidate(
            id=item.needed("id"),
            name=item.needed("name"),
            born=item.day("born"),
            relation=relation if relation in _RELATIONS else None,  # type: ignore[arg-type]  # looked up above
            sex=sex if sex in _SEXES else "unknown",  # type: ignore[arg-type]
            deceased=item.yes("deceased"),
            restricted=item.yes("restricted"),
            card_number=item.text("card_number"),
            hint=item.text("card_number")[-4:],
            phones=item.many("phones"),
        )

    def card(self, item: Item, replaced: str = "") -> Card:
        """Return a card without visits, insurance, relatives and balance."""
        sex, doctor = item.text("sex"), item.text("doctor")
        return Card(
            id=item.needed("id"),
            name=item.needed("name"),
            version=item.text("version"),
            born=item.day("born"),
            sex=sex if sex in _SEXES else "unknown",  # type: ignore[arg-type]
            card_number=item.text("card_number"),
            deceased=item.yes("deceased"),
            restricted=item.yes("restricted"),
            replaced=replaced,
            flags=tuple(Flag(kind=kind, text=item.text(kind) if kind == "note" else "")
                        for kind in _FLAGS if self._flagged(item, kind)),
            doctor=Named(id=doctor, name=item.text("doctor_name")) if doctor else None,
            fetched_at=clock.now(),
        )  # fmt: skip

    def flag(self, item: Item) -> Flag:
        """Return a flag; a kind we do not have is a note."""
        kind = item.text("kind")
        known: FlagKind = next((name for name in _FLAGS if name == kind), "note")
        return Flag(kind=known, text=item.text("text") or ("" if known == kind else kind))

    def insurance(self, item: Item) -> Insurance:
        """Return a policy. Raises Malformed without a payer."""
        return Insurance(
            payer=item.needed("payer"),
            number=item.text("number"),
            programme=item.text("programme"),
            valid_until=item.day("valid_until"),
            needs_letter=item.maybe("needs_letter"),
        )

    def relative(self, item: Item) -> Relative:
        """Return who belongs to a patient; a right that has ended is none (trap 17)."""
        relation, until = item.text("relation"), item.day("until")
        return Relative(
            id=item.needed("id"),
            name=item.needed("name"),
            relation=relation if relation in _RELATIONS else "other",  # type: ignore[arg-type]
            born=item.day("born"),
            authority=item.yes("authority") and (until is None or until >= self._today()),
            until=until,
        )

    def entry(self, item: Item) -> Entry:
        """Return a line of a directory. Raises Malformed without an id or a name."""
        return Entry(
            id=item.needed("id"),
            name=item.needed("name"),
            specialties=item.many("specialties"),
            branches=item.many("branches"),
            price=item.money("price"),
            minutes=item.number("minutes"),
            note=item.text("note"),
        )

    def slot(self, item: Item) -> Slot:
        """Return a piece of a doctor's time; where the MIS has no id for it, doctor, start and branch are one."""
        branch = item.text("branch")
        zone = self.zones.at(branch)
        start = item.moment("start", zone)
        doctor = item.needed("doctor")
        if start is None:
            raise Malformed(item.sample)
        state = item.text("state") or "free"
        return Slot(
            id=item.text("id") or f"{doctor}@{start.isoformat()}@{branch}",
            start=start,
            end=item.end(start, zone),
            doctor=Named(id=doctor, name=item.text("doctor_name")),
            version=item.text("version"),
            state=state if state in _STATES else "busy",  # type: ignore[arg-type]  # a word we do not know is not free
            branch=_named(item, "branch"),
            specialty=_named(item, "specialty"),
            service=_named(item, "service"),
            zone=zone.key,
        )

    def appointment(self, item: Item) -> Appointment:
        """Return a visit; a status we do not know is `unknown`, which still takes the doctor's time."""
        zone = self.zones.at(item.text("branch"))
        start = item.moment("start", zone)
        if start is None:
            raise Malformed(item.sample)
        status = item.text("status")
        return Appointment(
            id=item.needed("id"),
            status=status if status in _STATUSES else "unknown",  # type: ignore[arg-type]
            patient=item.text("patient"),
            start=start,
            end=item.end(start, zone),
            doctor=Named(id=item.needed("doctor"), name=item.text("doctor_name")),
            version=item.text("version"),
            slot=item.text("slot"),
            key=item.text("key"),
            confirmed=item.yes("confirmed"),
            branch=_named(item, "branch"),
            specialty=_named(item, "specialty"),
            service=_named(item, "service"),
            comment=item.text("comment"),
            created_at=item.moment("created_at", zone),
            zone=zone.key,
        )

    def _flagged(self, item: Item, kind: FlagKind) -> bool:
        return bool(item.text(kind)) if kind == "note" else item.yes(kind)

    def _today(self) -> date:
        return clock.now().astimezone(self.zones.general).date()


def fits(candidate: Candidate, query: PatientQuery) -> bool:
    """Say whether a patient is one who was asked for: some MIS answer an unknown parameter with everybody.

    What the MIS does not tell of him cannot speak against him. Names are compared word by word, a typed word may be the
    beginning of one; ё is е, case and Latin look-alikes do not count (trap 8).
    """
    if query.born is not None and candidate.born is not None and candidate.born != query.born:
        return False
    if query.card_number and candidate.card_number and candidate.card_number != query.card_number:
        return False
    if query.phones and candidate.phones and candidate.relation in (None, "self"):  # others are found by another's
        asked = {_tail(phone) for phone in query.phones}
        if not any(_tail(phone) in asked for told in candidate.phones for phone in re.split(r"[,;/|]", told)):
            return False
    words = _words(candidate.name)
    return all(any(word.startswith(typed) for word in words) for typed in _words(query.name))


def overlapping(found: Iterable[Appointment], slot: Slot) -> tuple[Appointment, ...]:
    """Return the live visits of this doctor that take a part of this time, the earliest first."""
    return tuple(sorted(
        (one for one in found if one.status in LIVE and one.doctor.id == slot.doctor.id
         and one.start < slot.end and slot.start < one.end),
        key=lambda one: (one.start, one.id),
    ))  # fmt: skip


def merged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return each entry once: some MIS have a line for every branch of a doctor."""
    known: dict[str, Entry] = {}
    for one in entries:
        before = known.get(one.id)
        known[one.id] = one if before is None else replace(
            before,
            specialties=tuple(dict.fromkeys(before.specialties + one.specialties)),
            branches=tuple(dict.fromkeys(before.branches + one.branches)),
        )  # fmt: skip
    return tuple(known.values())


def local(value: Any, zone: Any) -> Any:
    """Return a moment on the clock of a branch, for a request; anything else as it is."""
    return value.astimezone(zone) if isinstance(value, datetime) else value


def _named(item: Item, name: str) -> Named | None:
    found = item.text(name)
    return Named(id=found, name=item.text(f"{name}_name")) if found else None


def _tail(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-10:]


# Latin letters that are typed for Cyrillic ones, and what they are taken for.
_LOOKALIKES = str.maketrans(
    "aceopxykmtbh", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u043a\u043c\u0442\u0432\u043d"
)


def folded(name: str) -> str:
    """Return a name as it is compared: lower case, е for ё, words apart by one space, no sign of a pattern in it."""
    return " ".join(_words(name))


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFC", name).casefold().replace("ё", "е")
    words = re.split(r"[\s\-.,%_\\]+", plain)
    return [word.translate(_LOOKALIKES) if re.search("[а-я]", word) else word for word in words if word]
