"""What another service tells on the bus, taken into the loop: each event written once, whoever dies in between.

The loop writes in its own transaction, the bus notes what was handled in another. Between the two we may die, and be
told again: so each event leaves one line of history with an id of its own, which is looked for first.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from okno.errors import TheirFault
from okno.seal import Sealer

Event = TypeVar("Event")
Told_contra = TypeVar("Told_contra", contravariant=True)


class NotUnderstood(TheirFault):
    """What a service told is not in the words agreed upon."""


class Take(Protocol[Told_contra]):
    """Gives an event to the loop; `done` is told once it is written, or given up."""

    def __call__(self, event: Told_contra, done: Callable[[bool], None], /) -> None:
        """Take it."""


class History(Protocol):
    """What of `engine.store.history.History` is needed here."""

    async def written(self, line: str) -> bool:
        """Whether a line with this id is there."""


class Once(Generic[Event]):
    """Hands events to the loop, each until it is written and never again.

    Args:
        take: gives an event to the loop.
        history: what is written.
    """

    def __init__(self, take: Take[Event], history: History) -> None:
        self._take = take
        self._history = history

    async def __call__(self, line: str, event: Event) -> None:
        """Return when it is written; one that cannot be is kept by the loop as poisoned, for a person to look at.

        Args:
            line: the id of the line of history it leaves.
            event: the event.
        """
        if await self._history.written(line):
            return
        over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(ok: bool) -> None:
            if not over.done():
                over.set_result(ok)

        self._take(event, done)
        await over


def opened(bus: Sealer, sealed: str, row: str, place: Mapping[str, str]) -> Any:
    """Open what was sealed for the bus.

    Args:
        bus: opens what is sealed for it.
        sealed: base64 of the sealed JSON.
        row: the key it was sealed with.
        place: the table and field it was sealed as.

    Raises:
        NotUnderstood: it is neither base64 nor JSON.
        SealBroken: it was sealed as something else.
    """
    try:
        return json.loads(bus.open(base64.b64decode(sealed, validate=True), row=row, **place))
    except (binascii.Error, json.JSONDecodeError):
        raise NotUnderstood("what is sealed cannot be read") from None
