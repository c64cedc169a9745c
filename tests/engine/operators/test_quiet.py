"""A phone that no queue may ring while its operator returns a call (R11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import PauseMember
from engine.operators.duty import pages
from engine.world import Drop, Member, Offer, Put, Timer
from tests.engine.clinic import PBX, at
from tests.engine.operators.appqueue import DESK, Shift, asks, flags, her, only

OFFER = "018f0000-0000-7000-8000-00000000cb01"
OWNER = f"eng:cb:{OFFER}"


def wanted(s: float, operator: str = "orlova") -> ev.QuietWanted:
    """He accepted a callback."""
    return ev.QuietWanted(at=at(s), offer=OFFER, operator=operator)


def ended(s: float, operator: str = "orlova") -> ev.QuietEnded:
    """The callback is over."""
    return ev.QuietEnded(at=at(s), offer=OFFER, operator=operator)


def on_duty() -> Shift:
    """She is logged in and has accepted."""
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(9)
    shift.world.apply([Put(Offer(key=OFFER, request="r", operator="orlova", state="accepted", weight=100, at=shift.now))])
    return shift


def answers(shift: Shift) -> list[bool]:
    """What was said of the phone, in order."""
    return [one.quiet for one in only(ev.PhoneQuiet, shift.said)]


def test_r11_paused_in_every_queue_and_still_free_a_moment_later() -> None:
    shift = on_duty()
    shift.tell(wanted(shift.s))
    assert answers(shift) == []
    shift.wait(1)
    assert answers(shift) == [True]
    assert flags(shift.pbx) == {(True, OWNER)}
    # The reason survives Asterisk's database of members: its length and its letters are harmless.
    assert len(OWNER) <= 60 and set(OWNER) <= set("abcdefghijklmnopqrstuvwxyz0123456789:._-")
    shift.tell(ended(shift.s))
    shift.wait(10)
    assert flags(shift.pbx) == {(False, "")} and her(shift.world).pauses == frozenset()
    assert answers(shift) == [True]


def test_r11_one_membership_that_does_not_show_the_pause_is_no_quiet_phone() -> None:
    shift = on_duty()
    shift.tell(wanted(shift.s))
    (order,) = shift.orders
    assert isinstance(order, PauseMember)
    shift.orders.clear()
    half = shift.pbx.members["back", DESK]
    shift.work()
    shift.tell(ev.MemberChanged(
        at=shift.now, pbx=PBX, queue="front", interface=DESK, status=1, paused=True, reason=OWNER
    ))  # fmt: skip
    assert not half.paused
    shift.wait(6)
    assert answers(shift) == [False]
    assert her(shift.world).pauses == frozenset() and shift.world.get(Timer, f"quiet:orlova:{OFFER}") is None


@pytest.mark.parametrize("fact", [
    ev.DeviceChanged(at=at(10.2), pbx=PBX, device=DESK, state="RINGING"),
    ev.MemberChanged(at=at(10.2), pbx=PBX, queue="back", interface=DESK, status=6, paused=True, reason=OWNER),
    ev.MemberChanged(at=at(10.2), pbx=PBX, queue="back", interface=DESK, status=2, paused=True, reason=OWNER),
    ev.PbxLinkChanged(at=at(10.2), pbx=PBX, state="down"),
])  # fmt: skip
def test_r11_a_ring_that_came_in_between_wins(fact: Any) -> None:
    shift = on_duty()
    shift.tell(wanted(shift.s))
    shift.work()
    shift.tell(fact)
    assert answers(shift) == [False]
    assert her(shift.world).pauses == frozenset()
    shift.wait(10)
    if isinstance(fact, ev.PbxLinkChanged):
        shift.link(gap_from=at(10))
    shift.wait(10)
    assert answers(shift) == [False] and flags(shift.pbx) == {(False, "")}


@pytest.mark.parametrize("fields", [{"voice": "ringing"}, {"voice": "incall"}, {"voice": "unknown"}, {"active": False}])
def test_r11_a_phone_that_is_not_free_is_not_paused(fields: dict[str, Any]) -> None:
    shift = on_duty()
    shift.change(**fields)
    shift.tell(wanted(shift.s))
    assert answers(shift) == [False] and shift.orders == []


def test_r11_who_stands_in_no_queue_gets_no_callback() -> None:
    shift = Shift()
    shift.change(voice="idle")
    shift.tell(wanted(1), wanted(2, "nobody"))
    assert answers(shift) == [False, False] and shift.orders == []


def test_r14_while_the_pbx_is_away_nobody_gets_a_callback() -> None:
    shift = on_duty()
    shift.cut()
    shift.change(voice="idle")
    shift.tell(wanted(shift.s))
    assert answers(shift) == [False]


def test_who_is_paused_already_is_quiet_at_once_and_stays_paused_for_his_own_reason() -> None:
    shift = on_duty()
    shift.tell(asks(shift.s, "break", "lunch"))
    shift.wait(5)
    shift.tell(wanted(shift.s))
    assert answers(shift) == [True] and shift.orders == []
    shift.tell(ended(shift.s))
    shift.wait(5)
    assert flags(shift.pbx) == {(True, "human:lunch")}
    shift.tell(ended(shift.s), ended(shift.s, "nobody"))
    assert her(shift.world).pauses == frozenset({"human:lunch"})


def test_an_offer_that_ends_while_the_phone_is_waited_for() -> None:
    shift = on_duty()
    shift.tell(wanted(shift.s), ended(shift.s))
    shift.wait(10)
    assert answers(shift) == [] and flags(shift.pbx) == {(False, "")}
    shift.tell(ev.TimerFired(at=shift.now, key=f"quiet:orlova:{OFFER}"))
    shift.tell(ev.TimerFired(at=shift.now, key=f"quiet:nobody:{OFFER}"))
    assert answers(shift) == []


def test_r14_an_owner_whose_offer_is_gone_is_released_by_the_sweep() -> None:
    shift = on_duty()
    shift.tell(wanted(shift.s))
    live = shift.world.get(Offer, OFFER)
    assert live is not None
    assert list(pages.on_swept(shift.world, ev.Swept(at=shift.now))) == []  # it is waited for
    shift.wait(1)
    shift.world.apply([Put(live)])
    assert list(pages.on_swept(shift.world, ev.Swept(at=shift.now))) == []  # he is dialling
    shift.world.apply([Put(replace(live, state="completed"))])
    shift.tell(ev.Swept(at=shift.now))
    shift.wait(1)
    assert flags(shift.pbx) == {(False, "")} and her(shift.world).pauses == frozenset()


def test_who_stands_in_no_queue_may_dial_for_what_he_took_but_is_trusted_with_no_offer() -> None:
    for by_hand in (True, False):
        shift = on_duty()
        offer = shift.world.get(Offer, OFFER)
        assert offer is not None
        shift.world.apply([Put(replace(offer, by_hand=by_hand))])
        for key in [one.key for one in shift.world.all(Member)]:
            shift.world.apply([Drop(Member, key)])
        shift.tell(wanted(shift.s))
        assert answers(shift) == [by_hand]
