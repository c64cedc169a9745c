"""What the MIS says of a number or a name: asked in every spelling, judged, kept for a while."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from mis.client import Asker
from mis.finding import ranking
from mis.finding.lookups import Lookups
from mis.finding.spellings import spellings
from mis.finding.waiting import Found, Waiting
from mis.guard import Figures, Flights
from mis.terms import Candidates, Connector, Context, MisError, PatientQuery
from okno import clock, phones
from okno.database import DatabaseDown
from okno.settings import Settings

# More than an operator reads while somebody waits; the rest is told by `complete=False`.
MOST = 50
# A MIS that does not know a limit may give everybody: so many are judged, which takes a few milliseconds.
JUDGED = 200


class Home(TypedDict):
    """Where the clinic is, for numbers stored without a code."""

    country: str
    area_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Asks the MIS.

    Args:
        mis: the guarded connector.
        settings: the clinic's country, zone and deadlines.
        figures, lookups, waiting, flights: what it stands on.
    """

    mis: Connector
    settings: Settings
    figures: Figures
    lookups: Lookups
    waiting: Waiting
    flights: Flights

    @property
    def home(self) -> Home:
        """Where the clinic is."""
        return {"country": self.settings.clinic.country, "area_code": self.settings.clinic.area_code}

    def number(self, text: str) -> str | None:
        """Return a number that somebody can have, as E.164: nothing else is ever looked up (traps 4 and 5)."""
        phone = phones.parse(text, **self.home)
        return phone.e164 if phone is not None else None

    def context(self, asker: Asker) -> Context:
        """Return what a read is asked in."""
        end = clock.monotonic() + self.settings.mis.read_s
        return Context(actor=asker.actor, purpose=asker.purpose, request=str(asker.request), deadline=end)

    async def found(
        self, number: str, asker: Asker, *, wait_s: float | None, renew: bool = False
    ) -> tuple[Found | None, str]:
        """Return what is known of a number, and the code of what went wrong.

        That is what is fresh, else what the MIS says now, else what was held.

        Args:
            number: E.164.
            asker: for whom.
            wait_s: seconds after which what is held is better than nothing; None = as long as the MIS may take.
            renew: ask again though somebody is held: another call begins to wait, and may wait longer than that lasts.
        """
        held = self.waiting.get(number)
        if held is not None and self.waiting.fresh(held) and not (renew and held.people):
            self.figures.lookups.labels("held").inc()
            return held, ""
        try:
            async with asyncio.timeout(wait_s):
                return await self.flights.join(number, lambda: self._look(number, asker)), ""
        except TimeoutError:
            return held, ""
        except MisError as error:
            return held, error.code

    async def ask(
        self,
        asker: Asker,
        *,
        names: Iterable[str] = ("",),
        born: date | None = None,
        card_number: str = "",
        number: str | None = None,
    ) -> Candidates:
        """Ask the MIS, by every spelling of a name at once. Raises MisError."""
        numbers = spellings(number) if number else ()
        queries = [
            PatientQuery(phones=numbers, name=name, born=born, card_number=card_number, limit=MOST) for name in names
        ]
        answers = await asyncio.gather(*(self.mis.find_patients(self.context(asker), query) for query in queries))
        people = {one.id: one for answer in answers for one in answer.people[:JUDGED]}
        complete = all(answer.complete and len(answer.people) <= JUDGED for answer in answers)
        return Candidates(people=tuple(people.values()), complete=complete)

    async def _look(self, number: str, asker: Asker) -> Found:
        got = await self.ask(asker, number=number)
        self.figures.lookups.labels("mis").inc()
        people = tuple(ranking.by_number(got.people, number, **self.home))
        found = self.waiting.put(number, people[:MOST], got.complete and len(people) <= MOST)
        with contextlib.suppress(DatabaseDown):  # a cache: the audit of what is shown will say that it is away
            await self.lookups.keep(number, found.people, found.complete)
        return found
