"""The rooms together."""

from engine.world import Call, Request
from tests.engine.clinic import Ended, at, clinic, simplest


def test_the_simplest_answered_call():
    ended = Ended(clinic()).play(simplest())
    call, request = ended.call(), ended.request()
    assert (call.result, call.ended_by, call.wait_s, call.talk_s) == ("answered", "caller", 5.0, 60.0)
    assert (call.started_at, call.queued_at, call.answered_at, call.ended_at) == (at(0), at(1), at(6), at(66))
    (leg,) = call.legs
    assert (leg.operator, leg.queue, leg.result, leg.left_by) == ("orlova", "front", "answered", "caller")
    assert (request.status, request.owner, request.calls) == ("wrap_up", "orlova", (call.key,))
    assert not list(ended.world.all(Call))
    assert len(list(ended.world.all(Request))) == 1
