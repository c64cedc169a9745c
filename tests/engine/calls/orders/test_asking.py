"""What becomes of a consultation, by the keys Asterisk listens to; its events are those measured on 22.10.1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand
from engine.world import Channel, Consultation
from tests.engine.calls.orders.talking import (
    BOSS,
    CALL,
    asked,
    call,
    consulting,
    consults,
    enters,
    given,
    gone,
    late,
    leaves,
    orders,
    refused,
    said,
    taken,
    talking,
)
from tests.engine.clinic import ORLOVA, PBX, at, play, uid

WORDS = ("complete", "abort", "swap", "join")


def consult(action: str, command: str = "c1", s: float = 14, **more: Any) -> Any:
    """What Orlova wants of it."""
    return asked(ev.ConsultAsked, command, s, call=CALL, action=action, **more)


def transferred(s: float, kind: str) -> Any:
    """AttendedTransfer, told of Orlova's channel in both places."""
    return ev.AttendedTransferred(at=at(s), pbx=PBX, first=uid(2), second=uid(2), kind=kind, bridge="b1")


def completes(s: float = 15) -> Iterator[Any]:
    """The Local half goes to the patient, Orlova goes."""
    yield leaves(s, 5, "b2")
    yield enters(s, 5, "b1")
    yield leaves(s, 2, "b2")
    yield transferred(s, "Bridge")
    yield gone(s, 2)


def returns(s: float = 15) -> Iterator[Any]:
    """Orlova is with her patient again."""
    yield leaves(s, 2, "b2")
    yield enters(s, 2, "b1")


def goes(s: float = 16) -> Iterator[Any]:
    """Orlova is with her colleague again."""
    yield leaves(s, 2, "b1")
    yield enters(s, 2, "b2")


def joins_them(s: float = 15) -> Iterator[Any]:
    """All three in the patient's bridge."""
    yield leaves(s, 5, "b2")
    yield enters(s, 5, "b1")
    yield from returns(s)
    yield transferred(s, "Threeway")


HAPPENS: dict[str, Callable[[], Iterator[Any]]] = {
    "complete": completes, "abort": returns, "swap": returns, "join": joins_them,
}  # fmt: skip


@pytest.mark.parametrize(("action", "keys"), [("abort", "*1"), ("complete", "*2"), ("join", "*3"), ("swap", "*4")])
def test_the_keys_are_heard_on_the_asking_operators_channel(action: str, keys: str) -> None:
    effect = given(consulting(), consult(action))
    assert (effect.action, effect.channel, effect.digits, effect.received) == ("tones", ORLOVA, keys, True)


@pytest.mark.parametrize("action", WORDS)
def test_it_is_done_when_the_channels_show_it(action: str) -> None:
    world = consulting()
    assert said(world, consult(action), taken())[1:] == []
    assert said(world, *HAPPENS[action]()) == [AnswerCommand(command="c1", ok=True)]
    assert orders(world) == []
    assert call(world).consult == ("back" if action == "swap" else "")
    assert bool(list(world.all(Consultation))) is (action == "swap")


@pytest.mark.parametrize("action", WORDS)
def test_nothing_else_is_ordered_while_it_is_done(action: str) -> None:
    world = consulting()
    given(world, consult(action))
    for number, other in enumerate(WORDS):
        assert refused(world, consult(other, f"n{number}")) == "transferring"
    assert refused(world, asked(ev.HangUpAsked, "h", 14, call=CALL)) == "transferring"
    assert refused(world, asked(ev.HangUpAsked, "b", 14, call=CALL, **BOSS)) == "transferring"
    assert [one.why for one in said(world, taken(ok=None), late(s=21))] == ["unknown"]
    assert given(world, consult("abort", "again", 22)).digits == "*1"


def test_a_swap_there_and_back() -> None:
    world = consulting()
    said(world, consult("swap"), *returns())
    assert call(world).consult == "back"
    said(world, consult("swap", "c2", 16), *goes())
    assert call(world).consult == "away"


def test_a_colleague_who_goes_while_the_operator_is_with_the_patient_ends_it() -> None:
    world = consulting()
    said(world, consult("swap"), *returns())
    play(world, [leaves(17, 5, "b2"), gone(17, 5)])
    assert call(world).consult == "" and not list(world.all(Consultation))


def test_whom_asterisk_puts_in_the_place_of_the_asked_is_the_asked() -> None:
    world = consulting()
    play(world, [enters(13, 7, "b2", swap=5), gone(13, 5)])
    (consultation,) = world.all(Consultation)
    known = world.get(Channel, consultation.other)
    assert known is not None and known.uniqueid == uid(7)


def test_nobody_is_joined_who_has_not_answered() -> None:
    world = talking()
    play(world, [asked(ev.PassAsked, "p", 10, call=CALL, how="attended", to="1002"), *consults()])
    assert refused(world, consult("join")) == "not_answered"
    assert given(world, consult("abort")).digits == "*1"


def test_a_transfer_that_failed_is_told() -> None:
    world = consulting()
    given(world, consult("complete"))
    assert [one.why for one in said(world, transferred(15, "Fail"))] == ["pbx_refused"]
    assert call(world).consult == "away"


def test_hanging_up_completes_it() -> None:
    world = consulting()
    given(world, asked(ev.HangUpAsked, "h", 14, call=CALL))
    assert said(world, *completes()) == [AnswerCommand(command="h", ok=True)]
    assert call(world).consult == "" and not list(world.all(Consultation))


def test_a_supervisor_decides_nothing_of_anothers_consultation() -> None:
    assert refused(consulting(), consult("abort", **BOSS)) == "not_yours"
