"""What reading one event does its work with: the transaction, whose it is, what is to be told at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chat.accounts.making import Running
from chat.conversations.identities import Identities, Identity
from chat.conversations.sealing import Seals
from chat.conversations.telling import Telling
from chat.conversations.threads import Thread, Threads
from chat.conversations.writing import Writing
from chat.sending import Wishes
from chat.sending.returning import Returning
from chat.wire import Envelope
from okno.database import Connection
from okno.seal import Sealer
from okno.settings import Clinic


class Kept:
    """All that `chat` keeps of conversations, in one hand.

    Args:
        own: seals what is kept.
        bus: seals what others are told.
        clinic: whose numbers are meant.
    """

    def __init__(self, own: Sealer, bus: Sealer, clinic: Clinic) -> None:
        self.own = own
        self.seals = Seals(own)
        self.identities = Identities(self.seals)
        self.threads = Threads(self.seals)
        self.writing = Writing(self.seals, self.threads)
        self.wishes = Wishes(self.seals, self.writing)
        self.returning = Returning(self.seals, self.writing)
        self.telling = Telling(bus, clinic)


@dataclass(slots=True)
class Turn:
    """One event's reading.

    Args:
        connection: with the transaction open that ends with the event done.
        account: whose it is.
        received_at: when it came.
        threads: conversations as they are now, where that is known.
        waits: conversations the engine is told of at the end, with who writes in them.
    """

    connection: Connection
    account: Running
    received_at: datetime
    threads: dict[UUID, Thread] = field(default_factory=dict)
    waits: dict[UUID, Identity] = field(default_factory=dict)


Handler = Callable[[Turn, Envelope], Awaitable[None]]
"""Does what one kind of envelope asks, within the turn's transaction."""
