"""Messages of supervisors, and what operators are told of what is done to them."""

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand, ShowNotice
from engine.queues.notices import KEPT
from engine.world import Notice, Operator, Put, World, notice_of
from tests.engine.calls.test_ending import waits
from tests.engine.clinic import T, answers, at, clinic, play, rings


def duty() -> World:
    """Everybody but Petrova is there."""
    world = clinic()
    for one in list(world.all(Operator)):
        if one.key != "petrova":
            world.apply([Put(replace(one, presence="available"))])
    return world


def message(second: float = 1, **more: Any) -> ev.MessageAsked:
    return ev.MessageAsked(at=at(second), command=f"c{second}", actor="zimina", role="supervisor", **{"text": "Планёрка", **more})


def said(world: World, event: Any, kind: type) -> list[Any]:
    return [one for one in play(world, [event]) if isinstance(one, kind)]


def answer(world: World, event: Any) -> tuple[bool, str]:
    (told,) = said(world, event, AnswerCommand)
    return told.ok, told.why


def notices(world: World, operator: str) -> list[str]:
    return [one.text for one in world.by(Notice, "operator", operator)]


@pytest.mark.parametrize(("to", "readers"), [
    ({"to_operator": "petrova"}, ["petrova"]), ({"to_queue": "front"}, ["ivanov", "orlova"]), ({"to_queue": "back"}, ["orlova"]),
    ({}, ["ivanov", "orlova"]),
])  # fmt: skip
def test_to_one_to_a_queue_to_everybody_on_duty(to: dict[str, str], readers: list[str]):
    world = duty()
    shown = said(world, message(**to), ShowNotice)
    assert [one.operator for one in shown] == readers
    assert sorted(one.operator for one in world.all(Notice)) == readers
    assert {one.notice for one in shown} == {one.key for one in world.all(Notice)}


def test_nobody_there_is_said():
    world = clinic()
    assert answer(world, message()) == (False, "nobody_there")
    assert answer(world, message(to_queue="front")) == (False, "nobody_there")
    assert answer(world, message(to_operator="nobody")) == (False, "not_found")
    assert answer(world, message(to_queue="nowhere")) == (False, "nobody_there")


def test_read_by_its_reader_alone_and_gone_from_all_his_pages():
    world = duty()
    play(world, [message(to_operator="orlova")])
    (notice,) = world.all(Notice)
    asked = ev.SeenAsked(at=at(9), command="s", actor="i", role="operator", operator="ivanov", notice=notice.key)
    assert answer(world, asked) == (False, "not_yours")
    own = replace(asked, command="t", operator="orlova")
    assert said(world, own, ShowNotice) == [ShowNotice(notice=notice.key, operator="orlova")]
    assert list(world.all(Notice)) == []
    assert answer(world, replace(own, command="u")) == (True, ""), "read twice is read"


def test_nobodys_words_are_taken_for_ours():
    world = duty()
    play(world, [message(text="@listen", to_operator="orlova")])
    assert notices(world, "orlova") == [" @listen"]
    assert notice_of("listen", operator="orlova", author="z", at=T, command="c").text == "@listen"


def test_the_oldest_of_too_many_goes():
    world = duty()
    for second in range(KEPT + 3):
        play(world, [message(second, text=f"m{second}", to_operator="orlova")])
    assert sorted(notices(world, "orlova")) == sorted(f"m{second}" for second in range(3, KEPT + 3))


def test_he_is_told_whose_ear_is_on_his_line_once_it_is_ordered():
    world = clinic()
    play(world, [*waits(), *rings(2), *answers(6)])
    asked = ev.SpyAsked(at=at(9), command="c", actor="zimina", role="supervisor", operator="ivanov", target="petrova", how="listen")
    play(world, [asked])
    assert list(world.all(Notice)) == [], "nobody talks there: it was refused"
    play(world, [replace(asked, command="d", target="orlova", how="whisper")])
    assert notices(world, "orlova") == ["@whisper"]


def test_he_is_told_what_a_supervisor_did_to_him():
    world = duty()
    steered = {"actor": "zimina", "role": "supervisor", "operator": None, "target": "orlova"}
    play(world, [
        ev.PresenceAsked(at=at(1), command="a", presence="break", reason="lunch", **steered),
        ev.PresenceAsked(at=at(2), command="b", presence="available", **steered),
        ev.SkillsAsked(at=at(3), command="c", skills=None, **steered),
        ev.PresenceAsked(at=at(4), command="d", presence="offline", **steered),
    ])  # fmt: skip
    assert notices(world, "orlova") == ["@paused", "@unpaused", "@skills", "@logged_off"]
    assert notices(world, "ivanov") == []


def test_what_was_refused_or_done_by_himself_is_not_told():
    world = duty()
    play(world, [
        ev.PresenceAsked(at=at(1), command="a", actor="o", role="operator", operator="orlova", presence="break", reason="lunch"),
        ev.PresenceAsked(at=at(2), command="b", actor="z", role="supervisor", target="orlova", presence="break", reason="nonsense"),
        ev.PresenceAsked(at=at(3), command="c", actor="z", role="supervisor", target="nobody", presence="available"),
        ev.QueuesAsked(at=at(4), command="d", actor="z", role="supervisor", target="orlova", queues=("nowhere",)),
        ev.SkillsAsked(at=at(5), command="e", actor="z", role="supervisor", target="orlova", skills=(("nothing", 3),)),
    ])  # fmt: skip
    assert notices(world, "orlova") == []
