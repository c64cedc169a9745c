"""Queue members and the pauses people make on their phones."""

from dataclasses import replace
from typing import Any

from engine import events as ev
from engine.world import Member, Operator, Put, World
from tests.engine.clinic import PBX, at, clinic
from tests.engine.operators.test_presence import flag, orlova, says
from tests.engine.playbook import perform


def member(s: float, paused: bool = False, reason: str = "", queue: str = "front", status: int = 1, **more: Any) -> Any:
    fields = {"pbx": PBX, "interface": "PJSIP/1001"} | more
    return ev.MemberChanged(at=at(s), queue=queue, status=status, paused=paused, reason=reason, **fields)


def play(world: World, *events: Any) -> Operator:
    for event in events:
        perform(world, event)
    return orlova(world)


def test_a_pause_by_the_phone_and_back():
    world = clinic()
    operator = play(world, says(0, "available"), member(10), member(20, True, "human:break"))
    assert (operator.presence, operator.presence_reason, operator.pauses) == (
        "break", "break", frozenset({"human:break"}),
    )
    operator = play(world, member(30))
    assert (operator.presence, operator.presence_since, operator.pauses) == ("available", at(30), frozenset())


def test_a_pause_without_a_reason():
    assert play(clinic(), says(0, "available"), member(10, True)).pauses == frozenset({"human:phone"})
    assert play(clinic(), member(10, True, "tea")).pauses == frozenset({"human:tea"})


def test_autopause_is_shown_and_cleared_by_the_person():
    world = clinic()
    operator = play(world, says(0, "available"), member(10), member(20, True, "Auto-Pause"))
    assert (operator.presence, operator.pauses) == ("available", frozenset({"asterisk:autopause"}))
    assert play(world, says(30, "available")).pauses == frozenset()


def test_our_own_orders_come_back_as_echoes():
    world = clinic()
    play(world, says(0, "available"), member(1), says(10, "break", "lunch"))
    operator = play(world, member(10.1, True, "human:lunch"), member(10.1, True, "human:lunch", queue="back"))
    assert operator.pauses == frozenset({"human:lunch"})
    operator = play(world, says(20, "available"), member(20.1, False, "human:lunch"))
    assert (operator.presence, operator.pauses) == ("available", frozenset())


def test_a_late_echo_does_not_bring_a_break_back():
    world = clinic()
    play(world, says(0, "available"), member(1), says(10, "break", "lunch"), says(10.2, "available"))
    operator = play(world, member(10.4, True, "human:lunch"))
    assert (operator.presence, operator.pauses) == ("available", frozenset())
    assert play(world, member(10.5, False, "human:lunch")).presence == "available"
    assert play(world, member(20, True, "eng:acw")).pauses == frozenset()


def test_a_second_member_paused_by_phone_keeps_the_first_break():
    world = clinic()
    play(world, says(0, "available"), member(10), member(20, True, "tea"))
    operator = play(world, member(30, True, "cake", queue="back"))
    assert (operator.presence_reason, operator.pauses) == ("tea", frozenset({"human:tea", "human:cake"}))


def test_the_device_s_state_comes_with_the_member():
    world = clinic()
    assert play(world, member(10, status=2)).voice == "incall"
    assert play(world, member(11, status=6)).voice == "ringing"
    assert play(world, member(12, status=1)).voice == "idle"
    assert play(world, member(13, status=0)).voice == "idle"
    assert play(world, member(13, status=0)).voice == "idle"


def test_members_come_and_go():
    world = clinic()
    removed = ev.MemberRemoved(at=at(3), pbx=PBX, queue="front", interface="PJSIP/1001")
    play(world, member(1), removed, removed)
    assert not list(world.all(Member))
    play(world, member(4, pbx="other", paused=True), member(4, interface="PJSIP/9999"))
    assert len(list(world.all(Member))) == 2
    assert orlova(world).pauses == frozenset()
    assert play(world, member(5), member(6, reason="odd")).pauses == frozenset()


def test_a_flag_that_was_never_set_is_not_taken_back():
    world = clinic()
    assert play(world, member(1, status=1, pbx=PBX), member(2, reason="old")).presence == "offline"
    operator = play(world, says(3, "available"), member(9, True, "tea", pbx=PBX), member(10, True, "tea", penalty=3))
    assert operator.presence == "break"
    world.apply([Put(replace(operator, presence="available"))])
    assert play(world, member(20)).presence == "available"


def test_the_end_of_our_own_pause_says_nothing_of_the_person():
    world = clinic()
    play(world, member(1), member(10, True, "eng:acw"))
    operator = play(world, member(40, False, "eng:acw"), member(41))
    assert (operator.presence, operator.presence_since, operator.pauses) == ("offline", None, frozenset())


def test_back_by_the_phone_right_after_the_break_is_no_echo():
    world = clinic()
    operator = play(world, member(1), member(10, True, "human:break"), member(11, False, "human:back"))
    assert (operator.presence, operator.pauses) == ("available", frozenset())


def test_logging_off_and_on_by_the_codes_where_members_are_fixed():
    world = clinic()
    play(world, says(0, "available"), member(1))
    off = member(10, True, "human:logout")
    said = [one for outcome in perform(world, off) for one in outcome.events]
    assert ev.OperatorLeft(at=at(10), operator="orlova") in said
    assert (orlova(world).presence, orlova(world).pauses) == ("offline", frozenset({"human:logout"}))
    operator = play(world, member(20, False, "human:login"))
    assert (operator.presence, operator.presence_since, operator.pauses) == ("available", at(20), frozenset())


def test_the_engine_s_pause_outlives_a_code_of_the_phone():
    """R13: he pressed «back» during his wrap-up; the flag is set again until the wrap-up is over."""
    world = clinic()
    play(world, says(0, "available"), member(1))
    world.apply([Put(replace(orlova(world), pauses=frozenset({"eng:acw"}), wrap_up="r"))])
    play(world, member(10, True, "eng:acw"))
    effects = [one for outcome in perform(world, member(20, False, "human:back")) for one in outcome.effects]
    assert effects == [flag(True, "eng:acw")]
    assert orlova(world).pauses == frozenset({"eng:acw"})


def test_one_who_left_the_clinic_is_nobody_s_break():
    world = clinic()
    world.apply([Put(replace(orlova(world), active=False))])
    assert play(world, member(1), member(10, True, "human:break")).presence == "offline"
