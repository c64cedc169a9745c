"""GNU Health: the hospital system on Tryton, spoken to by Tryton's JSON-RPC."""

from __future__ import annotations

from mis.connectors import Setup, connector
from mis.connectors.gnu_health import options
from mis.connectors.gnu_health.cards import Cards
from mis.connectors.gnu_health.changes import Changed
from mis.connectors.gnu_health.directories import Directories
from mis.connectors.gnu_health.visits import Visits
from mis.connectors.gnu_health.wire import Wire
from mis.terms import Capability, Connector


class GnuHealth(Cards, Visits, Directories, Changed):
    """The connector of a GNU Health."""

    capabilities: frozenset[Capability] = frozenset((
        "search_phone", "search_name", "card", "relations", "coverage", "create_patient", "directory", "slots", "book",
        "cancel", "confirm", "mark", "appointments", "idem_key", "version_lock", "delta", "report_contact",
    ))  # fmt: skip


@connector("gnu_health")
def make(setup: Setup) -> Connector:
    """Return the connector of the database at `mis.address`. Raises BadOptions, SecretMissing."""
    told, settings = options.read(setup.settings), setup.settings
    wire = Wire(settings.address, settings.user, setup.secret(settings.secret), told.language)
    return GnuHealth(wire, told, setup.zone)
