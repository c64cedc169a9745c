"""What the tests of `mis.watching` stand on: the whole of it over a MIS in memory and a real database."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from mis.booking import Bookings
from mis.client.answers import Asker, Wish
from mis.feed import WORK, WORK_PLACE
from mis.terms import Card
from mis.watching import Watching
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.settings import Settings
from tests.mis.booking.clinic import DAY, Clinic

ASKER = Asker(actor="orlova", role="operator", purpose="booking", request=UUID(int=7))
PHONE = "+79990010203"


@dataclass
class House:
    """One life of the process."""

    clinic: Clinic
    db: Database
    keyring: Keyring
    settings: Settings = field(default_factory=lambda: Settings.model_validate(
        {"mis": {"connector": "none", "read_s": 1, "write_s": 1, "queue": "front", "poll_s": 1}}))  # fmt: skip
    forgotten: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        audit = AuditTrail(self.db, self.keyring.sealer("mis"))
        self.bookings = Bookings(self.clinic, self.settings.mis, self.db, self.keyring, audit)
        self.watching = Watching(
            self.clinic, self.settings, self.db, self.keyring, audit, self.bookings, self.forgotten.append
        )

    async def work(self) -> list[dict[str, Any]]:
        """Return what people were asked to do, opened, in order."""
        rows = await self.db.fetch("SELECT payload FROM outbox WHERE stream = $1 AND kind = 'WorkWanted' ORDER BY id", WORK)
        bus = self.keyring.sealer("bus")
        return [
            row["payload"]
            | json.loads(bus.open(base64.b64decode(row["payload"]["who"]), row=row["payload"]["key"], **WORK_PLACE))
            for row in rows
        ]

    async def over(self) -> list[tuple[str, str]]:
        """Return what people need not do any more, in order: the key of the work, and why."""
        rows = await self.db.fetch("SELECT payload FROM outbox WHERE stream = $1 AND kind = 'WorkOver' ORDER BY id", WORK)
        return [(row["payload"]["key"], row["payload"]["why"]) for row in rows]

    def patient(self, id: str, *phones: str, **more: Any) -> None:
        """Put a patient into the clinic."""
        self.clinic.cards[id] = Card(**({"id": id, "name": f"Name {id}", "card_number": f"n-{id}"} | more))
        self.clinic.phones[id] = phones


def wish(number: int, patient: str, **more: Any) -> Wish:
    """Return a wish for the day of the clinic in memory."""
    values = {"key": UUID(int=number), "patient": patient, "since": DAY, "until": DAY + timedelta(days=1)}
    return Wish(**(values | more))
