"""The link and the snapshot: who is right about a pause after a gap."""

from typing import Any

import pytest

from engine import events as ev
from engine.effects import PauseMember
from engine.world import Member, Operator, Pbx, World
from tests.engine.calls.test_ending import waits
from tests.engine.clinic import PBX, answers, at, clinic, play, rings
from tests.engine.operators.test_members import member
from tests.engine.operators.test_presence import flag, orlova, says
from tests.engine.playbook import Playbook, perform
from tests.engine.plays import snapshot


def link(s: float, state: str, reason: str = "", pbx: str = PBX) -> Any:
    return ev.PbxLinkChanged(at=at(s), pbx=pbx, state=state, reason=reason)  # type: ignore[arg-type]


def row(paused: bool = False, reason: str = "", queue: str = "front") -> ev.MemberSeen:
    return ev.MemberSeen(
        queue=queue, interface="PJSIP/1001", status=1, paused=paused, reason=reason, penalty=0, in_call=False
    )


def seen(s: float, *rows: ev.MemberSeen, **more: Any) -> ev.SnapshotTaken:
    return snapshot({}, at(s), members=rows, **more)


def pbx(world: World) -> Pbx:
    found = world.get(Pbx, PBX)
    assert found is not None
    return found


def test_the_link_s_states():
    world = clinic(live=False)
    play(world, [link(1, "connecting"), link(2, "live"), link(3, "live", "again")])
    assert (pbx(world).link, pbx(world).since, pbx(world).live_from) == ("live", at(2), at(2))
    perform(world, ev.DeviceChanged(at=at(4), pbx=PBX, device="PJSIP/1001", state="NOT_INUSE"))
    assert orlova(world).voice == "idle"
    perform(world, link(5, "down", "no bytes"))
    assert (orlova(world).voice, orlova(world).voice_since, pbx(world).link_reason) == ("unknown", at(5), "no bytes")
    perform(world, link(6, "down", pbx="other"))
    assert world.get(Pbx, "other") is not None


def test_a_snapshot_tells_phones_and_members():
    world = clinic()
    play(world, [member(1, queue="old"), member(1)])
    devices = (ev.DeviceSeen(device="PJSIP/1001", state="INUSE"),)
    perform(world, seen(10, row(), row(queue="back"), devices=devices))
    assert sorted(one.queue for one in world.all(Member)) == ["back", "front"]
    assert (orlova(world).voice, orlova(world).device) == ("incall", "INUSE")


def test_a_talk_that_is_over_is_nobody_s():
    world = clinic()
    play(world, [*waits(), *rings(2), *answers(6)])
    assert orlova(world).call is not None
    perform(world, seen(20, gap_from=at(10)))
    assert orlova(world).call is None


def test_an_orphaned_pause_of_ours_is_released():
    world = clinic()
    reading = Playbook(world) >> seen(10, row(True, "eng:acw")) >> link(11, "live") << flag(False, "eng:acw")
    assert reading
    assert orlova(world).pauses == frozenset()


def test_an_unpause_that_failed_is_looked_at_again_and_ordered():
    """P3: the order was lost with the actions connection; the PBX still tells the pause, and nobody owns one."""
    world = clinic()
    play(world, [member(1, paused=True, reason="eng:acw")])
    assert orlova(world).pauses == frozenset()
    failed = ev.PauseFailed(at=at(2), pbx=PBX, interface="PJSIP/1001")
    again = ev.TimerFired(at=at(5), key="pause:orlova")
    assert Playbook(world) >> failed >> again << flag(False, "eng:acw")


def test_a_failed_order_that_was_done_after_all_is_not_given_again():
    world = clinic()
    failed = ev.PauseFailed(at=at(2), pbx=PBX, interface="PJSIP/1001")
    assert Playbook(world) >> member(1) >> failed >> ev.TimerFired(at=at(5), key="pause:orlova")
    play(world, [link(6, "down"), member(7, paused=True, reason="eng:acw"), failed])
    assert Playbook(world) >> ev.TimerFired(at=at(9), key="pause:orlova")  # the link's return will tell


def test_he_paused_by_phone_in_the_gap():
    world = clinic()
    perform(world, says(0, "available"))
    assert Playbook(world) >> seen(10, row(True, "human:break"), gap_from=at(5)) >> link(11, "live")
    assert (orlova(world).presence, orlova(world).pauses) == ("break", frozenset({"human:break"}))
    assert Playbook(world) >> seen(20, row(True, "human:break"), gap_from=at(15)) >> link(21, "live")


def test_he_came_back_by_phone_in_the_gap():
    world = clinic()
    perform(world, says(0, "break", "lunch"))
    assert Playbook(world) >> seen(10, row(), gap_from=at(5)) >> link(11, "live")
    assert (orlova(world).presence, orlova(world).pauses) == ("available", frozenset())


@pytest.mark.parametrize("more", [{"gap_from": at(-5)}, {"restarted": True}, {"started": at(3)}])
def test_what_he_said_while_the_pbx_was_away_holds(more: dict[str, Any]):
    world = clinic(live=False)
    perform(world, says(0, "break", "lunch"))
    reading = Playbook(world, see=(PauseMember,)) >> seen(10, row(), **more) >> link(11, "live")
    assert reading << flag(True, "human:lunch")


def test_another_pbx_s_operators_are_left_alone():
    world = clinic()
    other = ev.SnapshotTaken(
        at=at(1), pbx="other", started=at(0), restarted=False, gap_from=None, channels=(), entries=(),
        members=(row(True, "tea"),), devices=(),
    )
    play(world, [other, link(2, "live", pbx="other"), link(3, "down", pbx="other")])
    assert orlova(world).pauses == frozenset()
    assert all(one.voice == "unknown" for one in world.all(Operator))


def test_a_phone_no_list_of_devices_names_is_told_by_its_member():
    world = clinic(live=False)
    perform(world, seen(1, row()))
    assert (orlova(world).device, orlova(world).voice) == ("NOT_INUSE", "idle")
