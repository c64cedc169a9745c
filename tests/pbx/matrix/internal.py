"""Calls between colleagues: they have an operator's extension where others have a number, and make no request."""

from __future__ import annotations

from demo.scenarios import Behaviour
from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


@scenario("internal_answered", block=8400, desks=[Desk("3340"), Desk("3341")])
async def internal_answered(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3340", "3341", hold_s=4).wait()
    leg = Leg("3341", talk_s=await clinic.talk("3341"), left_by="caller")
    return [Expected(phone="3340", direction="internal", queue="", legs=[leg], ended_by="caller", visits=[])]


@scenario("internal_not_answered", block=8500, desks=[Desk("3350"), Desk("3351", phone=Behaviour("silent"))])
async def internal_not_answered(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3350", "3351", patience_s=3).wait()
    legs = [Leg("3351", "cancelled", left_by=None)]
    return [Expected(phone="3350", direction="internal", result="unanswered", legs=legs, ended_by="caller")]


@scenario("internal_busy", block=8600, desks=[Desk("3360"), Desk("3361", phone=Behaviour("busy", ring_s=0.2))])
async def internal_busy(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3360", "3361").wait()
    legs = [Leg("3361", "busy", left_by=None)]
    return [Expected(phone="3360", direction="internal", result="busy", legs=legs)]


OPEN_TO_PHONES = "[okno-phones](+)\nexten => 8700,1,Queue(q8700,,,,20)\n same => n,Hangup()"


@scenario(
    "an_operator_calls_a_queue", block=8700, desks=[Desk("3370"), Desk("3371", ["q8700"])], queues=[Queue("q8700")],
    dialplan=OPEN_TO_PHONES,
)  # fmt: skip
async def an_operator_calls_a_queue(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3370", "8700", hold_s=4).wait()
    leg = Leg("3371", talk_s=await clinic.talk("3371"), left_by="caller")
    visits = [("q8700", "answered")]
    return [Expected(phone="3370", direction="internal", queue="q8700", legs=[leg], ended_by="caller", visits=visits)]
