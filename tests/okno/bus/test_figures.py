"""One set of metrics for each registry."""

from prometheus_client import CollectorRegistry, generate_latest

from okno.bus.figures import figures


def test_the_same_registry_gives_the_same_figures() -> None:
    registry = CollectorRegistry()
    assert figures(registry) is figures(registry)
    assert figures(CollectorRegistry()) is not figures(registry)
    figures(registry).dead.labels("s", "g").set(3)
    assert b'okno_dead_letters{group="g",stream="s"} 3.0' in generate_latest(registry)


def test_without_a_registry_nothing_is_shared() -> None:
    assert figures(None) is not figures(None)
