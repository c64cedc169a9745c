"""What an administrator sees of the PBX links. Names of events are bounded by what we translate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

COUNTERS = {
    "skipped": "AMI messages nobody reads, skipped by name",
    "garbage": "blocks that were no AMI message, or longer than 1 MiB",
    "untranslated": "routed events without what a fact needs",
    "take_failures": "facts whose taker raised",
    "resyncs": "snapshots taken after a (re)connect",
    "restarts": "restarts of Asterisk detected",
    "reconnects": "connections that ended or could not be made",
    "repairs": "channels on which we and the PBX disagreed twice; should stay 0",
    "overflows": "connections dropped because our queue was full",
    "recorded": "bytes of raw AMI recorded",
    "recording_lost": "bytes of raw AMI not recorded: a disk that is slow, full or gone",
}
GAUGES = {
    "queue_length": "events received and not yet taken",
    "lag_seconds": "age of the last fact when it was taken",
    "clock_offset_seconds": "our clock minus the PBX's, 0 below 250 ms",
    "live": "1 while the link is live",
}


@dataclass(slots=True)
class Figures:
    """The figures of one PBX: plain numbers, so that counting costs nothing in the stream."""

    events: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    garbage: int = 0
    untranslated: int = 0
    take_failures: int = 0
    resyncs: int = 0
    restarts: int = 0
    reconnects: int = 0
    repairs: int = 0
    overflows: int = 0
    recorded: int = 0
    recording_lost: int = 0
    queue_length: int = 0
    lag_seconds: float = 0.0
    clock_offset_seconds: float = 0.0
    live: int = 0
    system: str = ""
    started: str = ""

    def resynced(self, system: str, started: str, *, restarted: bool) -> None:
        """Count a snapshot, and note which run of which Asterisk it is of: its systemname, its start as it says it."""
        self.resyncs += 1
        self.restarts += restarted
        self.system, self.started = system, started

    def skip(self, count: int) -> None:
        """Count messages skipped by name."""
        self.skipped += count

    def record(self, count: int) -> None:
        """Count bytes that were recorded."""
        self.recorded += count

    def miss(self, count: int) -> None:
        """Count bytes that should have been recorded."""
        self.recording_lost += count

    def waste(self, count: int) -> None:
        """Count blocks that were no AMI message."""
        self.garbage += count


class Metrics(Collector):
    """The `okno_ami_*` metrics of all PBX links of one process.

    Args:
        registry: where they are published, None for nowhere.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._figures: dict[str, Figures] = {}
        self._told: dict[str, tuple[str, ...]] = {}
        if registry is not None:
            registry.register(self)

    def of(self, pbx: str) -> Figures:
        """The figures of one PBX."""
        return self._figures.setdefault(pbx, Figures())

    def twins(self) -> dict[str, tuple[str, ...]]:
        """Return, by PBX, the others that say the same systemname. Their calls stay apart: ids tell the PBX's own name.

        One Asterisk given twice is among them, and its calls are there twice: whatever looks alike, a person decides.
        """
        systems = {name: figures.system for name, figures in self._figures.items() if figures.system}
        alike = {
            name: tuple(other for other, theirs in systems.items() if theirs == system and other != name)
            for name, system in systems.items()
        }
        return {name: others for name, others in alike.items() if others}

    def new_twins(self) -> list[tuple[str, str]]:
        """Return, once each time they come to look alike, (PBX, the others)."""
        before, self._told = self._told, self.twins()
        return [(name, ", ".join(others)) for name, others in self._told.items() if name not in before]

    def collect(self) -> Iterator[Metric]:
        """All figures as they are now."""
        events = CounterMetricFamily("okno_ami_events", "AMI events received, by name", labels=["pbx", "name"])
        for pbx, figures in self._figures.items():
            for name, count in figures.events.items():
                events.add_metric([pbx, name], count)
        yield events
        for name, meaning in COUNTERS.items():
            counter = CounterMetricFamily(f"okno_ami_{name}", meaning, labels=["pbx"])
            for pbx, figures in self._figures.items():
                counter.add_metric([pbx], getattr(figures, name))
            yield counter
        for name, meaning in GAUGES.items():
            gauge = GaugeMetricFamily(f"okno_ami_{name}", meaning, labels=["pbx"])
            for pbx, figures in self._figures.items():
                gauge.add_metric([pbx], getattr(figures, name))
            yield gauge
        twins = GaugeMetricFamily("okno_ami_twins", "other PBXs that say the same systemname", labels=["pbx"])
        alike = self.twins()
        for pbx in self._figures:
            twins.add_metric([pbx], len(alike.get(pbx, ())))
        yield twins
