"""In which order candidates are shown, and how two alike ones are told apart without showing all of either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from mis.client import Person
from mis.finding.names import fold, similarity
from mis.finding.spellings import belongs
from mis.terms import Candidate, Relation

ADULT = 18
_TAIL = 4  # characters of a card's number that are shown
_NEAR: Mapping[Relation | None, int] = {"self": 0, None: 1, "guardian": 1, "ward": 2, "family": 3, "other": 4}
# Found by somebody else's number (a child by its mother's), or by a name written in another way.
_BY_ANOTHER = 0.6


def by_number(people: Iterable[Candidate], e164: str, *, country: str, area_code: str) -> list[Candidate]:
    """Return those a number may belong to, scored; strangers whom the MIS gave besides are left out."""
    kept = {}
    for one in people:
        own = belongs(e164, one.phones, country=country, area_code=area_code)
        if own or not one.phones or one.relation not in (None, "self"):
            kept[one.id] = replace(one, score=1.0 if own else _BY_ANOTHER)
    return list(kept.values())


def by_words(people: Iterable[Candidate], names: Sequence[str], born: date | None, card_number: str) -> list[Candidate]:
    """Return those who fit what a caller said, scored; who differs in a date or number that both have is left out.

    Args:
        people: whom the MIS gave.
        names: what may have been meant, the best counts; none = by other things only.
        born, card_number: what he said besides.
    """
    kept = {}
    for one in people:
        if (born and one.born and one.born != born) or (card_number and one.card_number not in ("", card_number)):
            continue
        score = max(similarity(name, one.name) for name in names) if names else 1.0
        if score > 0:
            kept[one.id] = replace(one, score=score)
    return list(kept.values())


def ordered(people: Iterable[Candidate], confirmed: frozenset[str] = frozenset()) -> list[Candidate]:
    """Return candidates as they are shown: the dead last, whom operators confirmed for this number before first."""

    def place(one: Candidate) -> tuple[object, ...]:
        return (one.deceased, one.id not in confirmed, -one.score, _NEAR[one.relation], fold(one.name), one.id)

    return sorted(people, key=place)


def persons(people: Sequence[Candidate], today: date) -> tuple[Person, ...]:
    """Return candidates as far as P6 lets them be shown; of a restricted one neither name nor year.

    Args:
        people: in their order.
        today: of the clinic, for who is a minor.
    """
    hints = _hints(people)
    return tuple(
        Person(
            id=one.id,
            name="" if one.restricted else one.name,
            birth_year=one.born.year if one.born and not one.restricted else None,
            relation=one.relation,
            deceased=one.deceased,
            restricted=one.restricted,
            minor=one.born is not None and age(one.born, today) < ADULT,
            hint="" if one.restricted else hints.get(one.id, one.hint),
        )
        for one in people
    )


def age(born: date, today: date) -> int:
    """Return whole years of life."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _hints(people: Sequence[Candidate]) -> dict[str, str]:
    """Return, for each of several who look alike on the screen, the end of his card's number (else of his id)."""
    alike: dict[tuple[str, int | None], list[Candidate]] = {}
    for one in people:
        if not one.restricted:
            alike.setdefault((fold(one.name), one.born.year if one.born else None), []).append(one)
    hints: dict[str, str] = {}
    for group in alike.values():
        marks = [one.card_number or one.hint or one.id for one in group]
        if len(group) > 1 and len(set(marks)) < len(marks):
            marks = [one.id for one in group]
        if len(group) > 1:
            length = next(
                (n for n in range(_TAIL, max(map(len, marks))) if len({m[-n:] for m in marks}) == len(marks)), None
            )
            hints |= {one.id: mark if length is None or len(mark) <= length else f"…{mark[-length:]}"
                      for one, mark in zip(group, marks, strict=True)}  # fmt: skip
    return hints
