"""What the live screens count: sockets, patches, events and how soon they were answered."""

from __future__ import annotations

from collections import deque

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# Enough acks to make a 99th percentile mean something, few enough to show the present.
_WINDOW = 2_000
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Meters:
    """The metrics of a web process.

    Args:
        registry: the service's own.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sockets = Gauge("okno_web_sockets", "Open sockets of signed-in people", ["role"], registry=registry)
        self.patches = Counter("okno_web_patches", "Patches of the engine applied to the replica", registry=registry)
        self.emitted = Counter("okno_web_emitted", "Messages put out to rooms", ["event"], registry=registry)
        self.refused = Counter("okno_web_refused", "Events and requests refused", ["why"], registry=registry)
        self.logins = Counter("okno_web_logins", "Log-ins tried", ["result"], registry=registry)
        self._acks = Histogram(
            "okno_web_ack_seconds", "From a socket event to its answer", ["event"], buckets=_BUCKETS, registry=registry
        )
        self._recent: deque[float] = deque(maxlen=_WINDOW)
        p99 = Gauge("okno_web_ack_p99_seconds", "99th percentile of the last 2,000 answers", registry=registry)
        p99.set_function(self._p99)

    def answered(self, event: str, seconds: float) -> None:
        """Count one answer to a socket event.

        Args:
            event: its declared name.
            seconds: from its arrival to its answer.
        """
        self._acks.labels(event).observe(seconds)
        self._recent.append(seconds)

    def _p99(self) -> float:
        ranked = sorted(self._recent)
        return ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))] if ranked else 0.0
