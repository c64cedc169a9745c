"""What the administrator sees of the MIS. Labels are words of ours, never a person's."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# From an answer of memory to the hard deadline of a write; 0.8 s is when a screen says that the MIS is slow.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 8)


class Figures:
    """The `okno_mis_*` metrics.

    Args:
        registry: where they are published.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "okno_mis_calls", "Questions to the MIS, by how they ended.", ["operation", "end"], registry=registry
        )
        self.seconds = Histogram(
            "okno_mis_seconds", "Time of a question to the MIS.", ["operation"], buckets=_BUCKETS, registry=registry
        )
        self.retries = Counter("okno_mis_retries", "Reads asked again.", ["operation"], registry=registry)
        self.in_flight = Gauge("okno_mis_in_flight", "Questions under way.", ["kind"], registry=registry)
        self.open = Gauge("okno_mis_breaker_open", "1 while the MIS is left in peace.", ["kind"], registry=registry)
        self.up = Gauge("okno_mis_up", "1 while the MIS answers, 0 while it does not.", registry=registry)
        self.lookups = Counter(
            "okno_mis_lookups", "Look-ups of numbers, by where the answer came from.", ["source"], registry=registry
        )
        self.prefetch = Counter(
            "okno_mis_prefetch", "Look-ups shown at a ring, by whether the prefetch had the answer.", ["result"],
            registry=registry,
        )  # fmt: skip
        self.restricted = Counter("okno_mis_restricted_opened", "Restricted cards opened.", registry=registry)
