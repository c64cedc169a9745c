"""Puts the parts of FastAGI together."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from engine.agi.asking import Addresses
from engine.agi.clinic import Present, Take
from engine.agi.counting import Counts
from engine.agi.door import Entrance
from engine.agi.patients import Mis, Patients
from engine.agi.runner import Runner
from engine.agi.server import Server
from engine.world import View
from okno.settings import Runtime
from okno.settings.model import Settings


def entrance(
    runtime: Runtime, world: View, directory: Callable[[], tuple[Settings, int]], *, take: Take, mis: Mis,
    counts: Counts, registry: CollectorRegistry,
) -> Entrance:  # fmt: skip
    """Return the way into flows for the engine that leads.

    Args:
        runtime: settings and state.
        world: the open state.
        directory: the settings with the directory in force, and its version.
        take: gives an event to the loop.
        mis: its client.
        counts: where callers are counted.
        registry: where the figures go.
    """
    settings = runtime.settings
    asked = mis if settings.mis.connector != "none" else None
    present = Present(
        world, directory, take, Patients(asked, ZoneInfo(settings.clinic.timezone)),
        Addresses(settings.engine.http, runtime.secret),
    )  # fmt: skip
    server = Server(Runner(present, counts).serve, registry)
    return Entrance(server, settings.engine.agi_host, settings.engine.agi_port, lambda: present.wanted, present.close)
