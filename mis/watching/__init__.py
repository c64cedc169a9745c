"""What goes on in the MIS by itself, and what people must hear of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from mis.booking import Bookings
from mis.booking.rules.deal import Deal
from mis.booking.telling import Follower
from mis.terms import Connector
from mis.watching.changes import NotOurMis, Watcher
from mis.watching.confirmations import Confirmations
from mis.watching.directories import Directories
from mis.watching.overs import Overs
from mis.watching.reach import Reach
from mis.watching.reports import Reports
from mis.watching.wishes import NoSuchWish, Wishes
from okno.audit import AuditTrail
from okno.database import Connection, Database
from okno.seal import Keyring
from okno.settings import Settings

__all__ = ["Directories", "NoSuchWish", "NotOurMis", "Reports", "Watcher", "Watching", "Wishes"]


class Watching:
    """All of it, put together.

    `directories`, `wishes` and `watcher.pushed` answer routes; `reports.handle` takes the stream `engine.reports`.

    Args:
        mis: the connector, guarded.
        settings: of the whole.
        database: of `mis`.
        keyring: seals.
        audit: of `mis`.
        bookings: what we book ourselves.
        forget: drops what is kept in memory of a patient.
    """

    def __init__(  # noqa: PLR0917
        self, mis: Connector, settings: Settings, database: Database, keyring: Keyring, audit: AuditTrail,
        bookings: Bookings, forget: Callable[[str], None],
    ) -> None:
        own, work = keyring.sealer("mis"), bookings.work
        reach = Reach(mis, settings)
        self.directories = Directories(mis, settings.mis, database)
        overs = Overs(database, own)
        self.wishes = Wishes(database, own, audit, work, overs, settings.mis.connector)
        bookings.telling.follow(self.wishes.of_deal)
        bookings.telling.follow(overs.of_deal)  # after the wishes, whose rows everybody locks first
        bookings.telling.follow(_forgetting(forget))
        self.watcher = Watcher(
            mis, settings.mis, database, own, bookings.store, self.wishes, work, reach, overs, forget
        )
        self.reports = Reports(mis, settings.mis, database, keyring)
        self._confirmations = Confirmations(mis, settings, database, own, work, reach, overs)

    def backgrounds(self) -> list[tuple[Callable[[], Coroutine[Any, Any, None]], str]]:
        """Return what runs for as long as the service does, with names."""
        return [
            (self.watcher.run, "changes of the mis"),
            (self._confirmations.run, "confirmations"),
            (self.reports.run, "reports to the mis"),
        ]


def _forgetting(forget: Callable[[str], None]) -> Follower:
    """Return what drops the memory of a patient whose booking came to something, also behind everybody's back."""

    async def follow(connection: Connection, before: Deal, deal: Deal) -> None:
        if before.status != deal.status:
            forget(deal.patient)

    return follow
