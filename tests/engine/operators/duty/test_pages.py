"""The page's life: here, gone for a moment, lost; offers and rings let pass (R8)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.operators.pausing import ACW
from engine.world import Page, Put
from tests.engine.calls.test_ending import waits
from tests.engine.clinic import at, rings, rings_out
from tests.engine.operators.appqueue import Shift, asks, flags, her, only

LOST = ev.PageLost(at=at(75), operator="orlova")


def seen(s: float, here: tuple[str, ...] = ("orlova",), left: tuple[str, ...] = ()) -> ev.PagesSeen:
    """A gateway tells."""
    return ev.PagesSeen(at=at(s), here=here, left=left)


def sweep(*seconds: float) -> list[ev.Swept]:
    """Sweeps at these seconds."""
    return [ev.Swept(at=at(s)) for s in seconds]


def here(shift: Shift | None = None) -> Shift:
    """She is logged in, her page is open."""
    shift = shift or Shift()
    shift.tell(asks(1, "available"))
    shift.wait(9)
    shift.tell(seen(10))
    return shift


def missed(s: float) -> ev.OfferMissed:
    """She let an offer time out."""
    return ev.OfferMissed(at=at(s), offer="o", operator="orlova")


def test_r8_a_page_is_lost_after_the_grace_and_not_before() -> None:
    shift = here()
    assert her(shift.world).page == "here"
    shift.tell(seen(15, (), ("orlova",)), *sweep(20, 40, 74))
    assert her(shift.world).page == "here" and only(ev.PageLost, shift.said) == []
    shift.tell(*sweep(75, 80))
    assert (her(shift.world).page, her(shift.world).page_since) == ("lost", at(75))
    assert only(ev.PageLost, shift.said) == [LOST]
    # Presence and phone are as they were: calls ring on.
    assert her(shift.world).presence == "available" and flags(shift.pbx) == {(False, "")}
    shift.tell(seen(90))
    assert (her(shift.world).page, her(shift.world).page_since) == ("here", at(90))


def test_r8_another_gateway_still_sees_him() -> None:
    shift = here()
    shift.tell(seen(15, (), ("orlova",)), seen(60), seen(120), *sweep(100, 150))
    assert her(shift.world).page == "here" and only(ev.PageLost, shift.said) == []


def test_r8_an_engine_that_began_anew_gives_everybody_the_grace() -> None:
    shift = here()
    from engine.world import Drop

    shift.world.apply([Drop(Page, "orlova")])
    shift.tell(*sweep(500, 559))
    assert her(shift.world).page == "here"
    shift.tell(*sweep(560))
    assert her(shift.world).page == "lost"


def test_who_logged_off_and_closed_his_page_is_not_lost() -> None:
    shift = here()
    shift.tell(asks(20, "offline"), *sweep(100))
    assert her(shift.world).page == "none" and only(ev.PageLost, shift.said) == []


def test_who_never_had_a_page_is_never_lost() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"), *sweep(100, 1000), seen(1001, ("nobody",), ("nobody",)))
    assert her(shift.world).page == "none" and only(ev.PageLost, shift.said) == []
    assert shift.world.get(Page, "nobody") is None


def test_two_offers_let_pass_and_nothing_more_is_offered_but_calls_ring() -> None:
    shift = here()
    shift.tell(missed(20))
    assert her(shift.world).presence == "available"
    shift.tell(missed(40))
    assert (her(shift.world).presence, her(shift.world).presence_since) == ("not_responding", at(40))
    shift.wait(50)
    assert flags(shift.pbx) == {(False, "")}
    shift.tell(asks(100, "available"))
    assert (her(shift.world).presence, her(shift.world).missed) == ("available", 0)
    shift.tell(missed(110), ev.OfferAccepted(at=at(111), offer="p", operator="orlova"), missed(130))
    assert (her(shift.world).presence, her(shift.world).missed) == ("available", 1)
    assert her(shift.world).last_accepted_at == at(111)
    shift.tell(
        ev.OfferMissed(at=at(1), offer="o", operator="nobody"), ev.OfferAccepted(at=at(1), offer="o", operator="nobody")
    )


def test_not_responding_ends_by_a_phone_code_too_and_a_break_is_no_silence() -> None:
    shift = here()
    shift.tell(missed(20), missed(40))
    shift.wait(50)
    shift.pbx.dials("*45", shift.now)
    shift.wait(5)
    shift.tell(missed(70))
    assert her(shift.world).presence == "break"
    shift.pbx.dials("*46", shift.now)
    shift.wait(5)
    assert (her(shift.world).presence, her(shift.world).missed) == ("available", 0)


def rung_out(number: int) -> list[Any]:
    """A patient whose call rings at her phone and is not lifted."""
    from tests.engine.plays import shifted

    return [shifted(fact, number) for fact in [*waits(), *rings(2), *rings_out(9)]]


def test_r8_a_desk_phone_is_paused_only_when_the_page_is_lost_and_two_rings_were_missed() -> None:
    shift = here()
    shift.tell(*rung_out(1), *rung_out(2))
    assert her(shift.world).rang_out == 2 and her(shift.world).pauses == frozenset()
    shift.tell(*sweep(75))
    shift.wait(80)
    assert her(shift.world).pauses == frozenset({"eng:rona"}) and flags(shift.pbx) == {(True, "eng:rona")}
    shift.tell(seen(200))
    shift.wait(5)
    assert flags(shift.pbx) == {(False, "")} and her(shift.world).rang_out == 0


def test_r8_the_second_ring_may_come_after_the_page_was_lost() -> None:
    shift = here()
    shift.tell(*sweep(75), *rung_out(1))
    assert her(shift.world).pauses == frozenset()
    shift.tell(*rung_out(2))
    assert her(shift.world).pauses == frozenset({"eng:rona"})


@pytest.mark.parametrize("back", ["code", "word", "sweep"])
def test_whoever_shows_himself_is_rung_again(back: str) -> None:
    shift = here()
    shift.tell(*sweep(75), *rung_out(1), *rung_out(2))
    shift.wait(80)
    assert flags(shift.pbx) == {(True, "eng:rona")}
    if back == "code":
        shift.pbx.dials("*46", shift.now)
    elif back == "word":
        shift.tell(asks(shift.s, "available"))
    else:
        shift.change(page="none")
        shift.tell(*sweep(shift.s))
    shift.wait(10)
    assert flags(shift.pbx) == {(False, "")} and her(shift.world).pauses == frozenset()


def test_r9_the_router_is_woken_when_he_may_work_and_only_then() -> None:
    shift = Shift()
    shift.tell(asks(1, "available"))
    shift.wait(9)
    assert only(ev.RoutingDue, shift.said) == []  # no page: nothing can be offered
    shift.said.clear()
    for event, woken in (
        (seen(10), True), (seen(11), False), (asks(12, "break", "lunch"), False), (asks(13, "available"), True),
        (missed(14), False), (missed(15), False), (asks(16, "available"), True), (asks(17, "available"), False),
        (ev.DeviceChanged(at=at(18), pbx="main", device="PJSIP/1001", state="RINGING"), False),
        (ev.DeviceChanged(at=at(19), pbx="main", device="PJSIP/1001", state="NOT_INUSE"), True),
    ):  # fmt: skip
        shift.said.clear()
        shift.tell(event)
        assert bool(only(ev.RoutingDue, shift.said)) is woken, event


def test_nobody_stays_paused_to_finish_what_is_finished() -> None:
    for left in ({"wrap_up": "018f0000-0000-7000-8000-0000000000ff"}, {"wrap_up": None}):
        shift = Shift()
        shift.tell(asks(1, "available"))
        shift.wait(3)
        shift.world.apply([Put(replace(her(shift.world), pauses=frozenset({ACW}), **left))])
        shift.tell(ev.Swept(at=shift.now))
        shift.wait(3)
        assert (her(shift.world).pauses, her(shift.world).wrap_up) == (frozenset(), None)
