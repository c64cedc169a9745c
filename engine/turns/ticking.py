"""What is looked at each second while an engine leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from engine.live.screens import Screens
from engine.turns.figures import Figures
from engine.turns.journal.keeping import Journal
from engine.turns.links import Links
from okno import logs

log = logs.get(__name__)

_TICK_S = 1.0


class Alike(Protocol):
    """What of `engine.ami.metrics.Metrics` is needed here."""

    def new_twins(self) -> list[tuple[str, str]]:
        """PBXs newly found to tell the same calls: name, the others' names."""


async def tick(  # noqa: PLR0917 - told once, by the composition root
    screens: Screens, links: Links, journal: Journal, figures: Figures, sure: Callable[[], bool], alike: Alike
) -> None:
    """Tell the PBXs each second whether we lead (`sure`), by our own clock; tell a person of PBXs that look alike."""
    while True:
        links.tell_alive(sure())
        for name, others in alike.new_twins():
            figures.alarms.labels("pbx_twins").inc()
            log.error("alarm", extra={"what": "pbx_twins", "about": name, "others": others})
        figures.readers.set(screens.readers)
        journal.measure()
        await asyncio.sleep(_TICK_S)
