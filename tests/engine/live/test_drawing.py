"""The law: the snapshot at t1 is the snapshot at t0 plus the patches between, for plays and for chaos."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.events import Event
from engine.feed import (
    AlertRow,
    CallRow,
    LineRow,
    OfferRow,
    OperatorRow,
    PbxRow,
    QueueRow,
    RequestRow,
    RulesRow,
)
from engine.live.drawing import Touched, draw_all
from engine.live.screens import Screens
from engine.reducer import reduce
from engine.world import Line, Put, Queue, Request, Rules, Timer, World
from tests.engine.calls.test_ending import TABLE
from tests.engine.clinic import PBX, T, at, clinic
from tests.engine.floor import accept, floor, offer, opened
from tests.engine.playbook import perform
from tests.engine.plays import shifted, snapshot, truth

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
MODELS = {
    "calls": CallRow, "requests": RequestRow, "operators": OperatorRow, "queues": QueueRow, "pbxes": PbxRow,
    "offers": OfferRow, "alerts": AlertRow, "lines": LineRow, "rules": RulesRow,
}  # fmt: skip
Tables = dict[str, dict[str, dict[str, Any]]]


class Watched:
    """A world whose every turn is published; readers join at any time and must always agree."""

    def __init__(self) -> None:
        self.world: World = clinic()
        self.screens = Screens("1-1")
        self.screens.begin(draw_all(self.world))
        self._touched = Touched()
        self._readers: list[tuple[Tables, list[str]]] = []

    def join(self) -> None:
        """A reader takes a snapshot now."""
        told: list[str] = []
        snapshot = json.loads(self.screens.greeting(None, None))
        self.screens._readers.add(told.append)
        self._readers.append((snapshot["tables"], told))

    def turn(self, events: list[Event]) -> None:
        """Reduce some events as one turn and publish it."""
        waiting = list(events)
        while waiting:
            outcome = reduce(self.world, waiting.pop(0))
            self._touched.add(outcome.changes, self.world.apply(outcome.changes))
            waiting = [*outcome.again, *waiting]
        self.screens.publish(self._touched.draw(self.world), T, unsaved=False)

    def agree(self) -> None:
        """Everybody sees the world as it is."""
        whole = json.loads(json.dumps(draw_all(self.world)))
        assert self.screens.tables == draw_all(self.world)
        for tables, told in self._readers:
            assert applied(tables, told) == whole


def applied(tables: Tables, told: list[str]) -> Tables:
    """A snapshot with these messages applied."""
    tables = json.loads(json.dumps(tables))
    for text in told:
        for op in json.loads(text)["ops"]:
            if op[0] == "set":
                tables[op[1]][op[2]] = op[3]
            else:
                del tables[op[1]][op[2]]
    return tables


def others(data: st.DataObject, world: World) -> list[Event]:
    """What people and the clock do meanwhile."""
    keys = [request.key for request in world.all(Request)] or ["nobody"]
    timers = [timer.key for timer in world.all(Timer)]
    asked: dict[str, Any] = {"at": at(30), "actor": "anna", "role": "operator", "operator": "orlova"}
    chosen = data.draw(st.sampled_from(keys))
    kinds: list[Event] = [
        ev.TakeAsked(command="a", request=chosen, **asked),
        ev.CompleteAsked(command="b", request=chosen, outcome="booked", **asked),
        ev.TransferAsked(command="c", request=chosen, to_queue="back", **asked),
        ev.PresenceAsked(command="d", presence="break", reason="lunch", **asked),
        ev.OpenAsked(
            command="e", id="01a1fc83-ff2b-7423-98eb-001c22def031", kind="callback", queue="front",
            phone="+79990000009", **asked,
        ),
        ev.DayBegan(at=at(40), day=data.draw(st.sampled_from(["2025-10-09", "2025-10-10"]))),
        ev.PbxLinkChanged(at=at(41), pbx=PBX, state=data.draw(st.sampled_from(["down", "live"]))),
        ev.ContactFound(at=at(42), phone="+79990000001", contact="01a1fc83-ff2b-7423-98eb-001c22def032"),
        *(ev.TimerFired(at=at(4000), key=key) for key in timers[:1]),
    ]  # fmt: skip
    return data.draw(st.lists(st.sampled_from(kinds), max_size=3))


@QUICK
@given(st.data())
def test_patches_add_up_to_the_world(data: st.DataObject) -> None:
    watched = Watched()
    plays = data.draw(st.lists(st.integers(0, len(TABLE) - 1), min_size=1, max_size=3))
    facts: list[Any] = [shifted(fact, copy) for copy, number in enumerate(plays) for fact in TABLE[number][0]()]
    if data.draw(st.booleans()):
        facts = data.draw(st.permutations(facts))
    if data.draw(st.booleans()):
        facts.append(snapshot(truth(facts), at(500)))
    while facts:
        if data.draw(st.integers(0, 5)) == 0:
            watched.join()
        size = data.draw(st.integers(1, 8))
        turn, facts = facts[:size], facts[size:]
        watched.turn([*turn, *others(data, watched.world)])
    watched.agree()


@QUICK
@given(st.data())
def test_every_row_is_what_the_feed_says(data: st.DataObject) -> None:
    watched = Watched()
    play = data.draw(st.sampled_from(TABLE))[0]
    facts = list(play())
    watched.turn(facts[: data.draw(st.integers(1, len(facts)))])
    for table, rows in watched.screens.tables.items():
        for row in rows.values():
            assert set(row) == set(MODELS[table].model_validate(row).model_dump())


def test_a_turn_taken_back_is_redrawn() -> None:
    watched = Watched()
    watched.join()
    touched, facts = Touched(), list(TABLE[0][0]())[:4]
    undos, changes = [], []
    for fact in facts:
        outcome = reduce(watched.world, fact)
        undo = watched.world.apply(outcome.changes)
        touched.add(outcome.changes, undo)
        undos.insert(0, undo)
        changes.insert(0, outcome.changes)
    watched.screens.publish(touched.draw(watched.world), T, unsaved=True)
    assert watched.screens.tables["calls"]
    for undo, change in zip(undos, changes, strict=True):
        watched.world.apply(undo)
        touched.add(undo, change)
    watched.screens.publish(touched.draw(watched.world), T, unsaved=False)
    assert watched.screens.tables["calls"] == {}
    watched.agree()


def test_a_request_closed_in_a_turn_is_seen_done_and_then_gone() -> None:
    watched = Watched()
    asked: dict[str, Any] = {"at": at(1), "actor": "anna", "role": "operator", "operator": "orlova"}
    id = "01a1fc83-ff2b-7423-98eb-001c22def031"
    watched.turn([ev.OpenAsked(command="a", id=id, kind="callback", queue="front", phone="+79990000009", **asked)])
    watched.turn([ev.TakeAsked(command="b", request=id, **asked)])
    told: list[str] = []
    with watched.screens.reading(told.append):
        watched.turn([ev.CompleteAsked(command="c", request=id, outcome="booked", **asked)])
    ops = [op for op in json.loads(told[0])["ops"] if op[1] == "requests"]
    assert [op[0] for op in ops] == ["set", "del"]
    assert ops[0][3]["status"] == "done"
    row = watched.screens.row("requests", id)
    assert row is not None and row["status"] == "done"


def test_only_what_differs_is_sent_and_only_touched_queues_are_counted() -> None:
    watched = Watched()
    told: list[str] = []
    with watched.screens.reading(told.append):
        watched.turn([])
        queue = watched.world.get(Queue, "front")
        assert queue is not None
        watched._touched.add([Put(queue)], watched.world.apply([Put(queue)]))
        assert watched._touched.places == {("queues", "front")}
        watched.turn([])
    assert told == []


def test_a_queue_the_settings_no_longer_name_leaves_the_screens_and_a_line_renames_its_calls() -> None:
    watched = Watched()
    watched.join()
    watched.turn(list(TABLE[0][0]())[:3])
    (call,) = watched.screens.tables["calls"].values()
    assert call["source"] == {"ru": "Сайт", "en": "Site"}
    line = watched.world.get(Line, "73430000001")
    assert line is not None
    loaded = ev.ConfigurationLoaded(
        at=at(9), operators=(), queues=(), pbxes=(),
        lines=(Line(key=line.key, queue="front", source_ru="Новый сайт", source_en="New site"),),
    )  # fmt: skip
    watched.turn([loaded])
    assert watched.screens.tables["queues"] == {} and watched.screens.tables["operators"] == {}
    (call,) = watched.screens.tables["calls"].values()
    assert call["source"]["en"] == "New site"
    watched.agree()


def test_queues_that_change_places_are_drawn_anew() -> None:
    watched = Watched()
    watched.join()
    changes = [Put(Rules(titles=(("queues", "back", "-", "-"), ("queues", "front", "-", "-"))))]
    watched._touched.add(changes, watched.world.apply(changes))
    watched.turn([])
    assert {key: row["place"] for key, row in watched.screens.tables["queues"].items()} == {"back": 0, "front": 1}
    watched.agree()


def test_a_row_that_cannot_be_drawn_stays_as_it_was_and_the_others_are_seen(caplog: Any) -> None:
    watched = Watched()
    broken = replace(watched.world.get(Queue, "front"), today=None)  # type: ignore[type-var]
    queue = replace(watched.world.get(Queue, "back"), title_en="Analyses")  # type: ignore[type-var]
    changes = [Put(broken), Put(queue)]
    watched._touched.add(changes, watched.world.apply(changes))
    watched.turn([])
    assert watched.screens.tables["queues"]["back"]["title"]["en"] == "Analyses"
    assert watched.screens.tables["queues"]["front"]["title"]["en"] == "Front desk"
    assert "row_not_drawn" in caplog.text


@pytest.mark.parametrize(("how", "state"), [
    ("refuse", "rejected"), ("late", "timeout"), ("break", "rescinded"), ("close", "canceled"), ("complete", "completed"),
])
def test_an_offer_is_seen_as_it_ended_and_then_no_more(how: str, state: str) -> None:
    world = floor("orlova")
    key = opened(world, kind="chat")
    made = offer(world, key)
    assert made is not None
    screens = Screens("1")
    screens.begin(draw_all(world))
    told: list[Any] = []
    asks: dict[str, Any] = {"command": "c", "actor": "a", "operator": "orlova", "role": "operator"}
    if how == "complete":
        accept(world, key)
    event = {
        "refuse": ev.RefuseAsked(at=at(12), offer=made.key, **asks),
        "late": ev.TimerFired(at=at(31), key=f"offer:{made.key}"),
        "break": ev.PresenceAsked(at=at(12), presence="break", reason="lunch", **asks),
        "close": ev.CompleteAsked(at=at(12), request=key, **asks | {"operator": None, "role": "supervisor"}),
        "complete": ev.CompleteAsked(at=at(13), request=key, **asks),
    }[how]
    touched = Touched()
    for outcome in perform(world, event):
        touched.add(outcome.changes, [])
    with screens.reading(lambda text: told.append(json.loads(text))):
        screens.publish(touched.draw(world), at(60), unsaved=False)
    ops = [(op[0], op[3]["state"] if op[0] == "set" else "") for op in told[0]["ops"] if op[1:3] == ["offers", made.key]]
    assert ops == [("set", state), ("del", "")]
