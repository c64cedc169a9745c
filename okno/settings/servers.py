"""Addresses of servers that are not ours to start: PostgreSQL and Redis. Looked at before anybody connects."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from okno.errors import Refused


class BadAddress(Refused):
    """The address of a server is not one. The message names where it stands, never what: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server the settings may name: by `field` of the file, or by the environment's `variable`, which wins."""

    field: str
    variable: str
    schemes: tuple[str, ...]
    looks: str

    def flaw(self, address: str) -> str:
        """Say what is wrong with an address, without repeating it; empty when nothing is."""
        try:
            parts = urlsplit(address)
            good = parts.scheme in self.schemes and (parts.port is None or parts.port > 0)
        except ValueError:  # the port is no number, or a bracket is missing
            good = False
        return "" if good and address.isprintable() and " " not in address else f"must look like {self.looks}"

    def given(self, field: str | None) -> str | None:
        """Return the address of the environment, else `field` of the file; None when the server is ours to start.

        Raises BadAddress.
        """
        variable = os.environ.get(self.variable)
        address = variable or field
        if address and (flaw := self.flaw(address)):
            raise BadAddress(f"{self.variable if variable else self.field} {flaw}")
        return address or None


DATABASE = Server(
    "database_url", "OKNO_DATABASE_URL", ("postgresql", "postgres"), "postgresql://user:password@host:5432"
)
REDIS = Server("redis_url", "OKNO_REDIS_URL", ("redis", "rediss", "unix"), "redis://:password@host:6379/0")
