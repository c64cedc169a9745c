"""What a leading engine has for sounds, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.asking.sounds.messages import History, Messages
from engine.asking.sounds.prompts import Prompts
from engine.asking.who import Asked
from engine.events import Event
from engine.store.sounds.prompts import PromptStore
from engine.store.sounds.recordings import RecordingStore
from engine.turns.turn import Done
from engine.world import World
from okno.database import Database
from okno.seal import Sealer
from okno.settings import Settings


@dataclass(frozen=True, slots=True)
class Sounds:
    """What callers hear, and what they leave."""

    prompts: Prompts
    messages: Messages


def sounds(  # noqa: PLR0917  # all that a part of the engine stands on
    database: Database, sealer: Sealer, settings: Settings, secret: str, world: World, history: History,
    asked: Asked, take: Callable[[Event, Done], None],
) -> Sounds:  # fmt: skip
    """Return both.

    Args: the engine's database and seals; the settings; the service credential; the world and its history; the audit;
    what gives the loop an event and learns of its commit.
    """
    return Sounds(
        Prompts(PromptStore(database), asked, settings, secret),
        Messages(world, history, RecordingStore(database, sealer), asked, take),
    )
