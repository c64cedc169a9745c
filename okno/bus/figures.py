"""What the bus shows of itself in /metrics; one set for each service's registry."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry, Counter, Gauge


class BusFigures:
    """The bus's metrics in one registry. Take them with `figures(registry)`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        group = ["stream", "group"]
        self.unconfirmed = Gauge(
            "okno_outbox_unconfirmed", "Events that a consumer has not confirmed.", registry=registry
        )
        self.unsent = Gauge("okno_outbox_unsent", "Events that have not reached Redis.", registry=registry)
        self.redis_up = Gauge("okno_bus_redis_up", "1 while the relay reaches Redis.", registry=registry)
        self.resent = Counter("okno_bus_resent", "Events sent again after Redis lost them.", registry=registry)
        self.handled = Counter("okno_bus_handled", "Events handled and confirmed.", group, registry=registry)
        self.repeated = Counter(
            "okno_bus_repeated", "Events that came again and were dropped.", group, registry=registry
        )
        self.failed = Counter("okno_bus_failed", "Failed tries to handle an event.", group, registry=registry)
        self.garbage = Counter(
            "okno_bus_garbage", "Stream entries that are no event of ours.", group, registry=registry
        )
        self.dead = Gauge("okno_dead_letters", "Events given up on; a person must look.", group, registry=registry)


_BY_REGISTRY: WeakKeyDictionary[CollectorRegistry, BusFigures] = WeakKeyDictionary()


def figures(registry: CollectorRegistry | None) -> BusFigures:
    """Return the bus's metrics in this registry, made at the first asking; None gives a registry nobody reads."""
    registry = registry or CollectorRegistry()
    if registry not in _BY_REGISTRY:
        _BY_REGISTRY[registry] = BusFigures(registry)
    return _BY_REGISTRY[registry]
