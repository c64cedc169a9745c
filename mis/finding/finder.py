"""Who may it be? Look-ups by number, before and at the ring, and by what a caller says of himself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from mis.client import Asker, Identifier, Lookup, Person
from mis.finding import names, ranking
from mis.finding.cards import Cards
from mis.finding.inquiry import MOST, Inquiry
from mis.finding.links import Links
from mis.guard import Standing
from mis.shown import Shown
from mis.terms import Candidate, Capability, MisError, NotOffered
from mis.terms.people import FlagKind
from okno import clock
from okno.errors import Refused

TWO = 2  # identifiers, before anything medical is shown (P6)
# Of a family on one phone so many cards are read for the routes; each costs the MIS a question.
CARDS = 4


class BadAsk(Refused):
    """What was asked cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Finds candidates.

    Args:
        inquiry: asks the MIS.
        standing: how the connection is.
        shown: audits.
        links: what operators said of numbers.
        cards: for flags and doctors that routes want.
    """

    inquiry: Inquiry
    standing: Standing
    shown: Shown
    links: Links
    cards: Cards

    async def prefetch(self, e164: str, call: UUID, asker: Asker) -> Lookup:
        """Look a waiting caller up and hold what is found; nobody is named, so nobody is shown. Raises DatabaseDown."""
        number = self.inquiry.number(e164)
        if number is None or "search_phone" not in self.inquiry.mis.capabilities:
            return Lookup(state=self.standing.state)
        again = self.inquiry.waiting.holds(call, number)
        self.inquiry.waiting.hold(call, number)
        found, error = await self.inquiry.found(number, asker, wait_s=None, renew=not again)
        if found is None:
            return Lookup(state=self.standing.state, error=error)
        people = await self._fitting(number, found.people)
        flags, doctor = await self._routing(people)
        return Lookup(
            state=self.standing.state, people=tuple(_nameless(one) for one in people), error=error, flags=flags,
            doctor=doctor, complete=found.complete, at=found.at, stale=bool(error),
        )  # fmt: skip

    async def candidates(self, e164: str, asker: Asker, call: UUID | None) -> Lookup:
        """Return whom a number may belong to; each is audited first. Raises DatabaseDown, NotOffered."""
        number = self.inquiry.number(e164)
        if number is None or not self._offers("search_phone"):
            return Lookup(state=self.standing.state)
        waiting, figures = self.inquiry.waiting, self.inquiry.figures
        before = waiting.get(number)
        if call is not None:
            # By number: a callback is asked for by its last call and was prefetched as a request.
            ready = before is not None and waiting.fresh(before)
            figures.prefetch.labels(("hit" if ready else "late") if waiting.awaited(number) else "miss").inc()
        # What is held is shown at the soft deadline at the latest; the newer answer is there for the next question.
        wait_s = self.inquiry.settings.mis.soft_s if before else None
        found, error = await self.inquiry.found(number, asker, wait_s=wait_s)
        answer = Lookup(state=self.standing.state, error=error)
        if found is not None:
            answer = await self._answered(number, found.people, replace(
                answer, complete=found.complete, at=found.at, stale=bool(error) or not waiting.fresh(found),
            ))  # fmt: skip
        elif known := await self.inquiry.lookups.known(number):
            figures.lookups.labels("cache").inc()
            answer = await self._answered(
                number, known.people, replace(answer, complete=known.complete, at=known.at, stale=True)
            )
        details = {"by": "phone", "stale": answer.stale, "error": error}
        await self.shown.each(asker, "patient.candidate", [one.id for one in answer.people], details)
        return answer

    async def search(self, asker: Asker, name: str, born: date | None, card_number: str, e164: str) -> Lookup:
        """Return who fits what a caller said; audited, the words blinded. Raises BadAsk, DatabaseDown, NotOffered."""
        number, words = self.inquiry.number(e164) if e164 else None, names.fold(name)
        if not (words or born or card_number or number):
            raise BadAsk("a search needs a name, a birth date, a card number or a phone number")
        if not self._offers("search_name" if words or born or card_number else "search_phone"):
            return Lookup(state=self.standing.state)
        meant = names.meant(name) if words else ()
        spelt = tuple(dict.fromkeys(one for each in meant for one in names.variants(each))) or ("",)
        query = self.shown.blinded("\n".join((words, str(born or ""), card_number, number or "")))
        try:
            got = await self.inquiry.ask(asker, names=spelt, born=born, card_number=card_number, number=number)
        except MisError as error:
            await self.shown.each(asker, "patient.search", [], {"query": query, "error": error.code})
            return Lookup(state=self.standing.state, error=error.code)
        people = ranking.by_words(got.people, meant, born, card_number)
        if number:
            people = ranking.by_number(people, number, **self.inquiry.home)
        elif not card_number:  # nobody finds a restricted patient by trying names (trap 16)
            people = [one for one in people if not one.restricted]
        shown = ranking.ordered(people)[:MOST]
        await self.shown.each(asker, "patient.search", [one.id for one in shown], {"query": query, "found": len(shown)})
        return Lookup(
            state=self.standing.state, people=self.persons(shown), at=clock.now(),
            complete=got.complete and len(people) <= MOST,
        )  # fmt: skip

    async def identified(self, patient: str, verified: Sequence[Identifier], asker: Asker, e164: str) -> None:
        """Note who it is about, and by which kinds of identifiers. Raises BadAsk, DatabaseDown."""
        kinds = sorted(set(verified))
        if not patient or len(kinds) < TWO:
            raise BadAsk("a patient is identified by two identifiers at least")
        number = self.inquiry.number(e164)
        async with self.shown.writing() as connection:
            await self.shown.note(connection, asker, "patient.identified", patient, {"verified": kinds})
            if number:
                await self.links.say(number, patient, "confirmed", asker.actor, connection)

    async def disowned(self, patient: str, asker: Asker, e164: str) -> None:
        """Note that a number is not this patient's (trap 6). Raises BadAsk, DatabaseDown."""
        number = self.inquiry.number(e164)
        if not patient:
            raise BadAsk("a patient is needed")
        async with self.shown.writing() as connection:
            await self.shown.note(connection, asker, "patient.disowned", patient)
            if number:  # of a chat or a form without one only the entry is made
                await self.links.say(number, patient, "disowned", asker.actor, connection)

    def persons(self, people: Sequence[Candidate]) -> tuple[Person, ...]:
        """Return candidates as they may be shown, those alike told apart."""
        return ranking.persons(people, self._today)

    @property
    def _today(self) -> date:
        return datetime.now(ZoneInfo(self.inquiry.settings.clinic.timezone)).date()

    def _offers(self, what: Capability) -> bool:
        """Say whether the MIS can be asked; False without any MIS. Raises NotOffered: this one cannot do that."""
        if self.standing.state == "not_configured":
            return False
        if what not in self.inquiry.mis.capabilities:
            raise NotOffered(f"the connected MIS does not offer {what}")
        return True

    async def _answered(self, number: str, people: Iterable[Candidate], answer: Lookup) -> Lookup:
        return replace(answer, people=self.persons(await self._fitting(number, people)))

    async def _fitting(self, number: str, people: Iterable[Candidate]) -> list[Candidate]:
        """Return candidates in their order, without those who were said not to belong to the number."""
        said = await self.links.of(number)
        confirmed = frozenset(one for one, verdict in said.items() if verdict == "confirmed")
        return ranking.ordered((one for one in people if said.get(one.id) != "disowned"), confirmed)

    async def _routing(self, people: Sequence[Candidate]) -> tuple[tuple[FlagKind, ...], str]:
        """Return the flags of any of the living and the doctor all of them have, when a route asks for such."""
        if not self.inquiry.settings.mis.routes or "card" not in self.inquiry.mis.capabilities:
            return (), ""
        flags: set[FlagKind] = set()
        doctors: set[str] = set()
        for one in [one for one in people if not one.deceased][:CARDS]:
            with contextlib.suppress(MisError):  # without the card there is nothing to route by
                card = await self.cards.plain(one.id)
                flags |= {flag.kind for flag in card.flags}
                doctors.add(card.doctor.id if card.doctor else "")
        return tuple(sorted(flags)), doctors.pop() if len(doctors) == 1 else ""


def _nameless(one: Candidate) -> Person:
    return Person(id=one.id, name="", relation=one.relation, deceased=one.deceased, restricted=one.restricted)
