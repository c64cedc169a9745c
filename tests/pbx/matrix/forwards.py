"""Phones that send a call on by themselves (302 Moved Temporarily)."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.features import direct
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


@scenario(
    "forwarded_from_a_queue", block=4800, queues=[Queue("q4800", ring_s=10)],
    desks=[Desk("2049", ["q4800"], None), Desk("2050", phone=None)],
)  # fmt: skip
async def forwarded_from_a_queue(clinic: Clinic) -> list[Expected]:
    """The phone a queue rings sends the call on to a colleague, who talks: the talk is his."""
    async with people(clinic, "2049", "2050") as (caller, first, second):
        call = caller.dial(clinic.line("q4800"))
        one = await first.rings()
        await asyncio.sleep(1)
        one.forward("2050")
        two = await second.lifts(after_s=1)
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2049", "answered_elsewhere", left_by=None), Leg("2050", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q4800", legs=legs, visits=[("q4800", "answered")])]


@scenario(
    "forwarded_from_a_phone", block=4900, dialplan=direct(4900, "Dial(PJSIP/2051,20)"),
    desks=[Desk("2051", phone=None), Desk("2052", phone=None)],
)  # fmt: skip
async def forwarded_from_a_phone(clinic: Clinic) -> list[Expected]:
    """The same with a call that went straight to the phone."""
    async with people(clinic, "2051", "2052") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.rings()
        await asyncio.sleep(1)
        one.forward("2052")
        two = await second.lifts(after_s=1)
        await asyncio.sleep(3)
        await two.hang_up()
        await call.over()
    legs = [Leg("2051", "answered_elsewhere", left_by=None), Leg("2052", talk_s=two.talk_s, left_by="operator")]
    return [Expected(phone=clinic.number(1), legs=legs)]
