"""Figures become a page for Prometheus."""

from prometheus_client import CollectorRegistry, generate_latest

from engine.ami.metrics import COUNTERS, GAUGES, Metrics


def test_every_figure_of_every_pbx_is_published() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.of("one").skip(3)
    metrics.of("two").waste(1)
    metrics.of("one").events["Hangup"] += 2
    assert metrics.of("one") is metrics.of("one")
    page = generate_latest(registry).decode()
    for name in COUNTERS:
        assert f'okno_ami_{name}_total{{pbx="one"}}' in page
    for name in GAUGES:
        assert f'okno_ami_{name}{{pbx="two"}}' in page
    assert 'okno_ami_skipped_total{pbx="one"} 3.0' in page
    assert 'okno_ami_garbage_total{pbx="two"} 1.0' in page
    assert 'okno_ami_events_total{name="Hangup",pbx="one"} 2.0' in page


def test_without_a_registry_nothing_is_published() -> None:
    assert Metrics().of("one").events == {}
