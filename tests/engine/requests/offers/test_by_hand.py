"""What is taken by hand to be called back may be dialled for: from any presence, after a gap, after a restart (R11, R14)."""

from __future__ import annotations

import pytest

from engine import events as ev
from engine.world import Offer, Timer, World
from engine.world.entities import KINDS
from tests.engine.clinic import PBX
from tests.engine.operators.appqueue import DESK, Shift, asks, flags, her, loaded

ID = "00000000-0000-0000-0000-000000000005"


def on_duty() -> Shift:
    """She is logged in; no page of hers is open, so that nothing is offered to her."""
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(9)
    return shift


def take(shift: Shift) -> None:
    """She takes a callback that waits."""
    who = {"actor": "orlova.a", "role": "operator", "operator": "orlova"}
    shift.tell(
        ev.OpenAsked(at=shift.now, command="o", id=ID, kind="callback", queue="front", phone="+79990000001", note="", **who),
        ev.TakeAsked(at=shift.now, command="t", request=ID, **who),
    )  # fmt: skip


def confirmed(shift: Shift) -> bool:
    """Whether she may dial."""
    (offer,) = shift.world.all(Offer)
    assert (offer.operator, offer.state, offer.by_hand) == ("orlova", "accepted", True)
    return offer.confirmed


def sweep(shift: Shift) -> None:
    """The engine's five seconds."""
    shift.tell(ev.Swept(at=shift.now))
    shift.wait(2)


@pytest.mark.parametrize("said", ["available", "break", "offline"])
def test_from_any_presence_and_across_a_gap(said: str) -> None:
    shift = on_duty()
    shift.tell(asks(shift.s, said, "lunch" if said == "break" else ""))
    shift.wait(2)
    take(shift)
    shift.wait(2)
    assert confirmed(shift)
    shift.cut()
    shift.wait(5)
    shift.link()
    sweep(shift)
    assert confirmed(shift) and all(paused for paused, _ in flags(shift.pbx))


def test_while_the_pbx_is_away_she_waits_for_it() -> None:
    shift = on_duty()
    shift.cut()
    take(shift)
    sweep(shift)
    assert not confirmed(shift) and her(shift.world).pauses == frozenset()
    shift.link()
    shift.tell(ev.DeviceChanged(at=shift.now, pbx=PBX, device=DESK, state="NOT_INUSE"))
    sweep(shift)
    assert confirmed(shift)


def test_an_engine_that_dies_before_the_pause_is_seen_asks_for_it_again() -> None:
    shift = on_duty()
    take(shift)
    shift.orders.clear()
    shift.linked = False
    shift.world = World([one for kind in KINDS if kind.DURABLE for one in shift.world.all(kind)])
    shift.tell(loaded())
    shift.s += 30
    for timer in list(shift.world.all(Timer)):
        shift.tell(ev.TimerFired(at=shift.now, key=timer.key))
    assert not confirmed(shift) and not [one for one in her(shift.world).pauses if one.startswith("eng:cb:")]
    shift.link()
    sweep(shift)
    assert confirmed(shift) and flags(shift.pbx) == {(True, next(iter(her(shift.world).pauses)))}
