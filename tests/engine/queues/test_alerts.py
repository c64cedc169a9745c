"""Alerts: raised and cleared only after a while, told outside once for each."""

from dataclasses import replace
from typing import Any

from engine import events as ev
from engine.effects import TellAlert
from engine.queues.alerts import DIGITAL, is_past, measure
from engine.queues.stats import FIGURES, figures
from engine.world import Alert, AlertRule, Put, Queue, World
from okno.settings.directory import FIGURES as NAMES
from tests.engine.clinic import PBX, RULES, at, clinic, gone, joins, patient, play, settings, simplest, wants
from tests.engine.playbook import perform
from tests.engine.queues.test_moment import digital


def rule(**more: Any) -> AlertRule:
    return AlertRule(**{
        "name": "late", "title_ru": "Просрочено", "title_en": "Late", "figure": "overdue", "queue": "front", "above": 0.0,
        "for_s": 10, "outside": True, **more,
    })  # fmt: skip


def ruled(*rules: AlertRule) -> World:
    world = clinic()
    load(world, *rules)
    return world


def load(world: World, *rules: AlertRule) -> list[Any]:
    return play(world, [replace(settings(), rules=replace(RULES, alerts=rules))])


def swept(world: World, second: float) -> list[Any]:
    """What is told outside at a sweep."""
    return [said.state for said in play(world, [ev.Swept(at=at(second))]) if isinstance(said, TellAlert)]


def alert(world: World, key: str = "late") -> Alert | None:
    return world.get(Alert, key)


def test_raised_after_a_while_and_cleared_after_as_long():
    world = ruled(rule())
    world.apply([Put(digital("a", due_at=at(0)))])
    assert swept(world, 5) == []
    known = alert(world)
    assert known is not None and not known.active and known.since == at(5)
    assert swept(world, 10) == []
    assert swept(world, 15) == ["raised"]
    known = alert(world)
    assert known is not None and (known.active, known.value, known.raised_at) == (True, 1.0, at(15))
    assert swept(world, 20) == [], "told once"
    world.apply([Put(digital("a", status="done"))])
    assert swept(world, 25) == []
    world.apply([Put(digital("a", due_at=at(0)))])
    assert swept(world, 30) == [] and alert(world) == replace(known, back_since=None), "it did not stay away long enough"
    world.apply([Put(digital("a", status="done"))])
    assert swept(world, 35) == []
    assert swept(world, 45) == ["cleared"]
    assert alert(world) is None


def test_one_that_goes_before_its_time_was_never_there():
    world = ruled(rule())
    world.apply([Put(digital("a", due_at=at(0)))])
    swept(world, 5)
    world.apply([Put(digital("a", status="done"))])
    assert swept(world, 10) == [] and alert(world) is None


def test_an_engine_that_takes_over_tells_nobody_twice():
    """The alert is in the database: the world it loads has it, and the settings it reads change nothing."""
    world = ruled(rule(for_s=0))
    world.apply([Put(digital("a", due_at=at(0)))])
    assert swept(world, 5) == ["raised"]
    raised = alert(world)
    assert raised is not None and type(raised).DURABLE
    successor = World([raised])
    successor.apply([Put(digital("a", due_at=at(0)))])
    said = load(successor, rule(for_s=0))
    assert not [one for one in said if isinstance(one, TellAlert)]
    assert swept(successor, 10) == []


def test_a_rule_for_each_queue_and_one_that_stays_inside():
    world = ruled(rule(queue="", outside=False, for_s=0, figure="digital_waiting"))
    world.apply([Put(digital("a")), Put(digital("b", queue="back"))])
    assert swept(world, 5) == []
    assert sorted(one.key for one in world.all(Alert)) == ["late/back", "late/front"]


def test_a_rule_that_is_no_more_ends_its_alert():
    world = ruled(rule(for_s=0))
    world.apply([Put(digital("a", due_at=at(0)))])
    swept(world, 5)
    said = [one for one in load(world) if isinstance(one, TellAlert)]
    assert [one.state for one in said] == ["cleared"] and alert(world) is None


def test_a_picture_that_stands_still_is_judged_by_nobody():
    world = ruled(rule(name="wait", figure="longest_wait_s", above=30.0, for_s=0))
    play(world, [patient(0), joins(1)])
    assert swept(world, 10) == []
    perform(world, ev.PbxLinkChanged(at=at(11), pbx=PBX, state="down"))
    assert swept(world, 60) == [] and alert(world, "wait") is None
    perform(world, ev.PbxLinkChanged(at=at(61), pbx=PBX, state="live"))
    assert swept(world, 65) == ["raised"]
    known = alert(world, "wait")
    assert known is not None and known.value == 64.0
    perform(world, ev.PbxLinkChanged(at=at(66), pbx=PBX, state="down"))
    assert swept(world, 70) == [] and alert(world, "wait") is not None, "nor is one cleared by it"
    perform(world, ev.PbxLinkChanged(at=at(71), pbx=PBX, state="live"))
    play(world, [wants(72, 1), gone(72, 1)])
    assert swept(world, 75) == ["cleared"]


def test_below_and_no_data():
    low = rule(figure="service_level", above=None, below=80.0)
    assert is_past(low, 79.0) and not is_past(low, 80.0) and not is_past(low, None)
    assert measure({"service_level": None}, "service_level", at(0)) is None
    assert measure({}, "no_such_figure", at(0)) is None
    assert measure({"waiting_by_kind": {}}, "waiting_by_kind", at(0)) is None


def test_no_data_clears():
    world = ruled(rule(figure="service_level", above=None, below=80.0, for_s=0))
    play(world, [patient(0), joins(1), wants(30, 1), gone(30, 1)])
    assert swept(world, 35) == ["raised"]
    perform(world, ev.DayBegan(at=at(40), day="2025-10-10"))
    assert swept(world, 45) == ["cleared"]


def test_every_figure_a_rule_may_name_is_one():
    world = clinic()
    play(world, [*simplest(), ev.Swept(at=at(100))])
    queue = world.get(Queue, "front")
    assert queue is not None
    known = {name for name, value in figures(world, queue).items() if isinstance(value, int | float)}
    rules = {"service_level_s", "target", "wrap_up_s"}  # what a queue is to reach, not what it does
    assert set(NAMES) == (known - rules) | {"longest_wait_s"}
    assert all(measure(figures(world, queue), name, at(100)) is not None for name in NAMES)


def test_the_figures_of_digital_work_are_figures():
    assert FIGURES.keys() >= DIGITAL
