"""Recorded streams of a real Asterisk give the calls that were made (tests/replays/README.md)."""

from pathlib import Path

import pytest

from engine import events as ev
from engine.ami.replay import facts
from engine.world import Line, Operator, Pbx, Queue, World
from tests.engine.clinic import Ended, T
from tests.engine.playbook import perform

REPLAYS = Path(__file__).parent.parent / "replays"
# direction, result, ended by, queue, number's tail, legs as (operator, result, left by), whole seconds talked
GOLDEN = {
    "answered": [("inbound", "answered", "caller", "registry", "1801", [("1001", "answered", "caller")], 3)],
    "answered-operator-hangs-up": [
        ("inbound", "answered", "operator", "hangs", "1802", [("1061", "answered", "operator")], 2)
    ],
    "no-answer-then-next": [
        (
            "inbound",
            "answered",
            "caller",
            "second",
            "1803",
            [("1011", "no_answer", None), ("1012", "answered", "caller")],
            2,
        )
    ],
    "busy-then-next": [
        ("inbound", "answered", "caller", "busy", "1804", [("1021", "busy", None), ("1022", "answered", "caller")], 4)
    ],
    "declined-then-next": [
        (
            "inbound",
            "answered",
            "caller",
            "declined",
            "1805",
            [("1031", "refused", None), ("1032", "answered", "caller")],
            4,
        )
    ],
    "abandoned-waiting": [("inbound", "abandoned", "caller", "silent", "1806", [("1041", "cancelled", None)], 0)],
    "abandoned-before-queue": [("inbound", "abandoned", "caller", "", "1807", [], 0)],
    "queue-timeout": [
        (
            "inbound",
            "unanswered",
            "pbx",
            "silent",
            "1808",
            [("1041", "no_answer", None), ("1041", "no_answer", None)],
            0,
        )
    ],
    "queue-empty": [("inbound", "unanswered", "pbx", "nobody", "1809", [], 0)],
    "queue-full": [
        ("inbound", "abandoned", "caller", "full", "1811", [("1042", "no_answer", None)], 0),
        ("inbound", "unanswered", "pbx", "full", "1812", [], 0),
    ],
    "out-of-hours": [("inbound", "out_of_hours", "pbx", "", "1813", [], 0)],
    "hostile-name": [("inbound", "answered", "caller", "registry", "1814", [("1002", "answered", "caller")], 2)],
    "outbound-answered": [("outbound", "answered", "operator", "", "6001", [("1001", "answered", "operator")], 3)],
    "outbound-busy": [("outbound", "busy", "caller", "", "7001", [("1001", "busy", None)], 0)],
    "outbound-hung-up-ringing": [("outbound", "unanswered", "operator", "", "8001", [("1001", "cancelled", None)], 0)],
    "internal": [("internal", "answered", "caller", "", "1001", [("1002", "answered", "caller")], 3)],
    "phone-pause-and-back": [],
}


def bench() -> World:
    """The bench the streams were recorded on (tests/pbx/bench.py)."""
    world = World()
    extensions = [str(number) for number in range(1001, 1070)]
    lines = [f"7343000000{number}" for number in range(1, 10)]
    perform(
        world,
        ev.ConfigurationLoaded(
            at=T,
            operators=tuple(
                Operator(key=one, title_ru=one, title_en=one, extension=one, pbx="replay", interface=f"PJSIP/{one}")
                for one in extensions
            ),
            queues=tuple(
                Queue(key=key, title_ru=key, title_en=key)
                for key in ("registry", "second", "busy", "declined", "silent", "nobody", "full", "hangs")
            ),
            lines=tuple(Line(key=one, queue="registry", source_ru="", source_en="") for one in lines),
            pbxes=(
                Pbx(
                    key="replay", trunks=("trunk",), inbound_contexts=("okno-inbound",), phone_contexts=("okno-phones",)
                ),
            ),
        ),
    )
    return world


def replayed(name: str, chunking: int = 1 << 16) -> Ended:
    """Everything that became of a recording."""
    return Ended(bench()).play(facts(REPLAYS / f"{name}.ami", chunking=chunking))


@pytest.mark.parametrize("name", GOLDEN)
def test_a_recording_gives_its_calls(name: str):
    ended = replayed(name)
    got = [
        (
            call.direction,
            call.result,
            call.ended_by,
            call.queue,
            call.phone[-4:],
            [(leg.operator, leg.result, leg.left_by) for leg in call.legs],
            round(call.talk_s),
        )
        for call in ended.calls.values()
    ]
    assert got == GOLDEN[name]
    assert len(ended.requests) == sum(call.direction != "internal" for call in ended.calls.values())
    for call in ended.calls.values():
        assert call.phase == "ended"
        assert call.direction == "internal" or call.dialled


def test_many_calls_at_once():
    ended = replayed("mixed")
    calls = list(ended.calls.values())
    assert sorted((call.direction, call.result) for call in calls) == [
        *[("inbound", "abandoned")] * 3,
        *[("inbound", "answered")] * 6,
        ("internal", "answered"),
        ("outbound", "answered"),
    ]
    assert len(ended.requests) == 10
    assert len({call.phone for call in calls if call.direction == "inbound"}) == 9


def test_a_hostile_name_is_harmless():
    name = replayed("hostile-name").call().caller_name
    assert name
    assert name.isprintable()
    assert len(name) <= 80


def test_a_break_by_the_phone_is_seen():
    said = []
    world = bench()
    for fact in facts(REPLAYS / "phone-pause-and-back.ami"):
        perform(world, fact)
        operator = world.get(Operator, "1001")
        assert operator is not None
        said.append((operator.presence, operator.pauses))
    assert ("break", frozenset({"human:break"})) in said
    assert said[-1] == ("available", frozenset())


@pytest.mark.parametrize("name", ["mixed", "queue-timeout"])
def test_the_same_bytes_in_any_chunking(name: str):
    assert replayed(name, 7).calls == replayed(name).calls
    assert replayed(name, 7).requests == replayed(name).requests


@pytest.mark.parametrize("name", GOLDEN)
def test_a_recording_may_be_told_twice(name: str):
    told = list(facts(REPLAYS / f"{name}.ami"))
    twice = Ended(bench()).play([*[fact for fact in told for _ in range(2)], *told])
    assert twice.calls.keys() == replayed(name).calls.keys()
    assert [call.result for call in twice.calls.values()] == [call.result for call in replayed(name).calls.values()]
