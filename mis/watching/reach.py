"""How a patient may be reached: his own number or that of who speaks for him, and whether he wants to be called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mis.terms import Card, Connector, Context, MisError, PatientQuery
from okno import clock, phones
from okno.settings import Settings

# From this age a patient speaks for himself in medical matters: law 323-FZ, articles 22 and 54.
_OWN_AT = 15
_LEAVE_ALONE = frozenset(("no_calls", "anonymous"))


@dataclass(frozen=True, slots=True)
class Reached:
    """`phone` is E.164, empty when the MIS has none; `calm`: he is not to be called."""

    phone: str = ""
    calm: bool = False


class Reach:
    """Asks the MIS for numbers; keeps none.

    Args:
        mis: the connector, guarded.
        settings: the clinic's zone and deadlines.
    """

    def __init__(self, mis: Connector, settings: Settings) -> None:
        self._mis = mis
        self._settings = settings
        self._zone = ZoneInfo(settings.clinic.timezone)

    async def of(self, patient: str) -> Reached:
        """Return how to reach a patient. Raises MisError."""
        if "card" not in self._mis.capabilities:
            return Reached()
        card = await self._mis.card(self._ctx(), patient)
        if card.deceased or any(flag.kind in _LEAVE_ALONE for flag in card.flags):
            return Reached(calm=True)
        if "search_name" not in self._mis.capabilities:
            return Reached()
        if not self._minor(card.born):
            found = await self._phone(card)
            if found:
                return Reached(found)
        for one in card.relatives:
            if one.relation == "guardian" and one.authority:
                found = await self._phone(await self._mis.card(self._ctx(), one.id))
                if found:
                    return Reached(found)
        return Reached(await self._phone(card) if self._minor(card.born) else "")

    async def _phone(self, card: Card) -> str:
        """Return the number the MIS has of a card: it tells numbers of those it finds only."""
        query = PatientQuery(name="" if card.card_number else card.name, born=card.born, card_number=card.card_number)
        found = await self._mis.find_patients(self._ctx(), query)
        own = next((one for one in found.people if one.id == card.id), None)
        for raw in own.phones if own is not None else ():
            for phone in phones.parse_all(raw):
                if phone.callable_back:
                    return phone.e164
        return ""

    def _minor(self, born: date | None) -> bool:
        if born is None:
            return False
        today = datetime.now(self._zone).date()
        return (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) < _OWN_AT

    def _ctx(self) -> Context:
        return Context(actor="mis", purpose="reach", deadline=clock.monotonic() + self._settings.mis.read_s)


async def reached(reach: Reach, patient: str) -> Reached:
    """Return how to reach a patient; without a number when the MIS cannot say: somebody finds it out.

    Raises:
        MisError: one that passes; asked again soon it may say.
    """
    try:
        return await reach.of(patient)
    except MisError as error:
        if error.passing:
            raise
        return Reached()
