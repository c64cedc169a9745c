"""How calls end: a table of plays with what the call must say afterwards."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine import events as ev
from tests.engine.clinic import (
    IVANOV,
    ORLOVA,
    PBX,
    PETROVA,
    Ended,
    abandons,
    agent,
    answers,
    clinic,
    dialled,
    dials,
    ends,
    enters,
    exits,
    gone,
    joins,
    leaves,
    left,
    new,
    patient,
    rings,
    rings_out,
    simplest,
    state,
    uid,
    wants,
)

Play = Callable[[], Iterator[Any]]
Said = tuple[str, str | None, float, float, list[tuple[str, str, str | None]]]
TABLE: list[tuple[Play, Said]] = []


def says(result: str, ended_by: str | None, wait: float, talk: float, *legs: tuple[str, str, str | None]) -> Any:
    """What the call must say: result, who ended it, seconds, and each leg's operator, result and leaver."""

    def keep(play: Play) -> Play:
        TABLE.append((play, (result, ended_by, wait, talk, list(legs))))
        return play

    return keep


says("answered", "caller", 5, 60, ("orlova", "answered", "caller"))(simplest)


def waits() -> Iterator[Any]:
    """He is in the queue from second 1."""
    yield patient(0)
    yield joins(1)


@says("answered", "operator", 5, 14, ("orlova", "answered", "operator"))
def the_operator_hangs_up() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield from answers(6)
    yield from ends(20, 2, 1)


@says("answered", "pbx", 5, 14, ("orlova", "answered", "pbx"))
def nobody_asked_to_hang_up() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield from answers(6)
    yield leaves(20, 1)
    yield leaves(20, 2)
    yield gone(20, 2)
    yield gone(20, 1)


@says("abandoned", "caller", 0, 0)
def he_leaves_before_the_queue() -> Iterator[Any]:
    yield patient(0)
    yield wants(3, 1)
    yield gone(3, 1)


@says("abandoned", "caller", 8, 0)
def he_leaves_in_the_queue() -> Iterator[Any]:
    yield from waits()
    yield wants(9, 1)
    yield abandons(9)
    yield left(9)
    yield gone(9, 1)


@says("abandoned", "caller", 8, 0, ("orlova", "cancelled", None))
def he_leaves_while_a_phone_rings() -> Iterator[Any]:
    yield from waits()
    yield from rings(5)
    yield wants(9, 1)
    yield dialled(9, 1, 2, "CANCEL")
    yield gone(9, 2, 0)
    yield abandons(9)
    yield left(9)
    yield gone(9, 1)


@says("abandoned", "caller", 8, 0, ("orlova", "cancelled", None))
def he_leaves_and_the_phone_stops_later() -> Iterator[Any]:
    yield from waits()
    yield from rings(5)
    yield wants(9, 1)
    yield gone(9, 1)
    yield dialled(9, 1, 2, "CANCEL")
    yield gone(9, 2, 0)


@says("answered", "caller", 15, 10, ("orlova", "no_answer", None), ("ivanov", "answered", "caller"))
def no_answer_then_the_next() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield from rings_out(12)
    yield from rings(13, 3, IVANOV)
    yield from answers(16, 3, name=IVANOV)
    yield from ends(26, 1, 3)


@says(
    "answered", "caller", 5, 10, ("orlova", "busy", None), ("ivanov", "refused", None), ("orlova", "answered", "caller")
)
def busy_then_refused() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield from rings_out(3, cause=17)
    yield from rings(3, 3, IVANOV)
    yield from rings_out(4, 3, cause=21, name=IVANOV)
    yield from rings(5, 4)
    yield from answers(6, 4)
    yield from ends(16, 1, 4)


@says("answered", "caller", 5, 10, ("orlova", "answered", "caller"), ("ivanov", "answered_elsewhere", None))
def all_ring_and_one_wins() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield from rings(2, 3, IVANOV)
    yield state(6, 2, 6, ORLOVA, 1)
    yield dialled(6, 1, 2, "ANSWER")
    yield dialled(6, 1, 3, "CANCEL")
    yield dialled(6, 1, 3, "CANCEL")
    yield gone(6, 3, 26)
    yield from answers(6)
    yield from ends(16, 1, 2)


@says("answered", "caller", 5, 10, ("orlova", "answered", "caller"), ("ivanov", "answered_elsewhere", None))
def a_loser_without_a_cause() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield from rings(2, 3, IVANOV)
    yield from answers(6)
    yield dialled(6, 1, 3, "CANCEL")
    yield gone(6, 3, 0)
    yield from ends(16, 1, 2)


@says("unanswered", "pbx", 31, 0, ("orlova", "no_answer", None))
def the_queue_times_out() -> Iterator[Any]:
    yield from waits()
    yield from rings(20)
    yield from rings_out(30)
    yield abandons(30)
    yield left(30)
    yield exits(30, "TIMEOUT")
    yield gone(32, 1)


@says("unanswered", "caller", 31, 0)
def he_leaves_after_the_queue_let_him_go() -> Iterator[Any]:
    yield from waits()
    yield abandons(30)
    yield left(30)
    yield exits(30, "LEAVEEMPTY")
    yield wants(32, 1)
    yield gone(32, 1)


@says("unanswered", "pbx", 29, 0)
def a_pbx_without_our_dialplan_times_out() -> Iterator[Any]:
    yield from waits()
    yield abandons(30)
    yield left(30)
    yield gone(30, 1)


@says("abandoned", "caller", 39, 0)
def he_leaves_the_second_queue() -> Iterator[Any]:
    yield from waits()
    yield abandons(30)
    yield left(30)
    yield exits(30, "TIMEOUT")
    yield joins(31, queue="back")
    yield wants(40, 1)
    yield abandons(40, queue="back")
    yield left(40, queue="back")
    yield gone(40, 1)


@says("unanswered", "pbx", 0, 0)
def the_queue_is_full() -> Iterator[Any]:
    yield patient(0)
    yield exits(1, "FULL")
    yield gone(3, 1)


@says("unanswered", "caller", 0, 0)
def the_queue_is_empty() -> Iterator[Any]:
    yield patient(0)
    yield exits(1, "JOINEMPTY")
    yield wants(3, 1)
    yield gone(3, 1)


@says("out_of_hours", "caller", 0, 0)
def the_clinic_is_closed() -> Iterator[Any]:
    yield patient(0)
    yield ev.ClosedHoursReached(at=patient(1).at, pbx=PBX, uniqueid=uid(1))
    yield ev.ClosedHoursReached(at=patient(1).at, pbx=PBX, uniqueid=uid(1))
    yield wants(9, 1)
    yield gone(9, 1)


@says("unanswered", "pbx", 0, 0)
def the_dialplan_knew_no_way() -> Iterator[Any]:
    yield patient(0)
    yield gone(1, 1, 1)


@says("abandoned", "caller", 8, 0, ("orlova", "cancelled", None))
def he_leaves_during_memberdelay() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield state(6, 2, 6, ORLOVA, 1)
    yield dialled(6, 1, 2, "ANSWER")
    yield wants(8, 1)
    yield dialled(8, 1, 2, "NOANSWER")
    yield abandons(8)
    yield left(8)
    yield gone(8, 2)
    yield gone(9, 1)


@says("abandoned", "caller", 19, 0, ("orlova", "refused", None))
def the_operator_leaves_during_the_announcement() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield dialled(6, 1, 2, "ANSWER")
    yield wants(7, 2)
    yield agent(ev.AgentDumped, 7, 2)
    yield gone(7, 2)
    yield wants(20, 1)
    yield abandons(20)
    yield gone(20, 1)


@says("abandoned", "caller", 19, 0, ("orlova", "refused", None))
def he_lifted_and_was_cut_off() -> Iterator[Any]:
    yield from waits()
    yield from rings(2)
    yield dialled(6, 1, 2, "ANSWER")
    yield gone(7, 2)
    yield wants(20, 1)
    yield abandons(20)
    yield gone(20, 1)


def sends(trunk: int = 2) -> Iterator[Any]:
    """Orlova dials a patient."""
    yield new(0, 1, ORLOVA, exten="89990000005", number="1001")
    yield new(1, trunk, "PJSIP/trunk-00000009", root=1)
    yield dials(1, 1, trunk, "PJSIP/trunk-00000009")


@says("answered", "operator", 0, 10, ("orlova", "answered", "operator"))
def an_outbound_call_is_answered() -> Iterator[Any]:
    yield from sends()
    yield state(2, 2, 5)
    yield state(5, 2, 6)
    yield dialled(5, 1, 2, "ANSWER")
    yield enters(5, 2)
    yield enters(5, 1)
    yield from ends(15, 1, 2)


@says("unanswered", "operator", 0, 0, ("orlova", "cancelled", None))
def an_outbound_call_is_given_up() -> Iterator[Any]:
    yield from sends()
    yield wants(20, 1)
    yield dialled(20, 1, 2, "CANCEL")
    yield gone(20, 2, 0)
    yield gone(20, 1)


@says("unanswered", "pbx", 0, 0, ("orlova", "cancelled", None))
def an_outbound_call_whose_phone_goes_first() -> Iterator[Any]:
    yield from sends()
    yield gone(20, 1)
    yield gone(20, 2, 0)


@says("unanswered", "pbx", 0, 0, ("orlova", "no_answer", None))
def an_outbound_call_rings_out() -> Iterator[Any]:
    yield from sends()
    yield dialled(20, 1, 2, "NOANSWER")
    yield gone(20, 2, 19)


@says("busy", "caller", 0, 0, ("orlova", "busy", None))
def an_outbound_call_is_busy() -> Iterator[Any]:
    yield from sends()
    yield wants(2, 2, cause=17)
    yield dialled(2, 1, 2, "BUSY")
    yield gone(2, 2, 17)


@says("failed", "pbx", 0, 0, ("orlova", "no_answer", None))
def an_outbound_number_does_not_exist() -> Iterator[Any]:
    yield from sends()
    yield dialled(2, 1, 2, "NOANSWER")
    yield gone(2, 2, 1)


@says("failed", "pbx", 0, 0, ("orlova", "no_answer", None))
def the_trunk_is_congested() -> Iterator[Any]:
    yield from sends()
    yield dialled(2, 1, 2, "CONGESTION")
    yield gone(2, 2, 0)


def inside(caller: str = PETROVA) -> Iterator[Any]:
    """Petrova, who talks with no patient in any play here, calls Ivanov."""
    yield new(0, 1, caller, exten="1002", number="1003")
    yield new(1, 3, IVANOV, root=1)
    yield dials(1, 1, 3, IVANOV)


@says("answered", "caller", 0, 6, ("ivanov", "answered", "caller"))
def a_colleague_answers() -> Iterator[Any]:
    yield from inside()
    yield dialled(4, 1, 3, "ANSWER")
    yield enters(4, 3)
    yield enters(4, 1)
    yield from ends(10, 1, 3)


@says("unanswered", "pbx", 0, 0, ("ivanov", "no_answer", None))
def a_colleague_is_away() -> Iterator[Any]:
    yield from inside()
    yield dialled(9, 1, 3, "NOANSWER")
    yield gone(9, 3, 19)
    yield gone(9, 1)


@says("busy", "pbx", 0, 0, ("ivanov", "busy", None))
def a_colleague_is_busy() -> Iterator[Any]:
    yield from inside()
    yield dialled(2, 1, 3, "BUSY")
    yield gone(2, 3, 0)
    yield gone(3, 1)


@says("unanswered", "pbx", 0, 0, ("ivanov", "no_answer", None))
def a_direct_call_rings_out() -> Iterator[Any]:
    yield patient(0)
    yield new(1, 3, IVANOV, root=1)
    yield dials(1, 1, 3, IVANOV)
    yield dialled(20, 1, 3, "NOANSWER")
    yield gone(20, 3, 19)
    yield gone(20, 1)


@says("answered", "caller", 0, 10, ("ivanov", "answered", "caller"))
def a_direct_call_is_answered() -> Iterator[Any]:
    yield patient(0)
    yield new(1, 3, IVANOV, root=1)
    yield dials(1, 1, 3, IVANOV)
    yield dialled(5, 1, 3, "ANSWER")
    yield enters(5, 3)
    yield enters(5, 1)
    yield from ends(15, 1, 3)


@pytest.mark.parametrize(("play", "said"), TABLE, ids=[play.__name__ for play, _ in TABLE])
def test_the_call_says(play: Play, said: Said):
    ended = Ended(clinic()).play(play())
    call = ended.call()
    legs = [(leg.operator, leg.result, leg.left_by) for leg in call.legs]
    assert (call.result, call.ended_by, call.wait_s, call.talk_s, legs) == said
    assert call.phase == "ended"
    assert all(leg.left_at is not None for leg in call.legs)
    assert sum(isinstance(one, ev.CallEnded) for one in ended.said) == 1
    assert len(ended.requests) == (call.direction != "internal")


@pytest.mark.parametrize(("play", "said"), TABLE, ids=[play.__name__ for play, _ in TABLE])
def test_every_fact_may_come_twice(play: Play, said: Said):
    twice = [fact for fact in play() for _ in range(2)]
    again = [*twice, *play()]
    call = Ended(clinic()).play(again).call()
    assert (call.result, call.wait_s, call.talk_s) == (said[0], said[2], said[3])
