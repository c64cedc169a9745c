"""The figures register once and their labels are ours."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from mis.guard.figures import Figures


def test_what_is_counted_is_published() -> None:
    registry = CollectorRegistry()
    figures = Figures(registry)
    figures.calls.labels("find_patients", "ok").inc()
    assert registry.get_sample_value("okno_mis_calls_total", {"operation": "find_patients", "end": "ok"}) == 1
    assert all(metric.name.startswith("okno_mis_") for metric in registry.collect())
