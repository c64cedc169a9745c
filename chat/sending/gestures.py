"""What is shown to a person and kept nowhere: that we type, that we have read. Best effort, never twice in a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter

from chat.channels import Expressive, Messenger
from chat.conversations.sealing import Seals
from chat.sending.loading import towards
from chat.wire import Undelivered, Unknown
from okno import clock, logs
from okno.database import Database, DatabaseDown
from okno.seal import SealBroken

# Clouds show it for five seconds or so.
AGAIN_S = 4.0
_WITHIN_S = 10.0
_MANY = 1000

log = logs.get(__name__)
Gesture = Literal["typing", "read"]


class Gestures:
    """Shows them, beside what is sent.

    Args:
        database: of `chat`.
        seals: opens who it is.
        messengers: the accounts, by key.
        metrics: where it counts.
    """

    def __init__(
        self, database: Database, seals: Seals, messengers: Mapping[str, Messenger], metrics: CollectorRegistry
    ) -> None:
        self._database, self._seals, self._messengers = database, seals, messengers
        self._last: dict[UUID, float] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self._ends = Counter(
            "okno_chat_gestures", "Typing and reading shown in a channel.", ["account", "what", "end"], registry=metrics
        )

    def typing(self, conversation: UUID) -> None:
        """Show him that we type."""
        now = clock.monotonic()
        if now - self._last.get(conversation, -AGAIN_S) < AGAIN_S:
            return
        if len(self._last) > _MANY:
            self._last = {one: at for one, at in self._last.items() if now - at < AGAIN_S}
        self._last[conversation] = now
        self._begin(conversation, "typing")

    def seen(self, conversation: UUID) -> None:
        """Show him that we have read."""
        self._begin(conversation, "read")

    def _begin(self, conversation: UUID, what: Gesture) -> None:
        task = asyncio.create_task(self._show(conversation, what), name="gesture")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _show(self, conversation: UUID, what: Gesture) -> None:
        try:
            async with self._database.acquire() as connection:
                found = await towards(connection, self._seals, conversation)
        except (DatabaseDown, SealBroken) as error:
            log.info("gesture_lost", extra={"reason": type(error).__name__})
            return
        account, out = found or ("", None)
        messenger = self._messengers.get(account)
        if out is None or messenger is None or not isinstance(messenger, Expressive):
            return
        if not getattr(messenger.abilities, what):
            return
        try:
            async with asyncio.timeout(_WITHIN_S):
                await (messenger.typing(out) if what == "typing" else messenger.read_up_to(out))
            self._ends.labels(account, what, "shown").inc()
        except Exception as error:  # whatever it was: the next one is shown or not, nothing hangs on it
            self._ends.labels(account, what, type(error).__name__).inc()
            if not isinstance(error, Undelivered | Unknown | TimeoutError):
                log.error("channel_failed", extra={"account": account, "reason": type(error).__name__})
