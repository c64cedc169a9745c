"""Patients on hold, and operators with more than one call."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.features import direct
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


@scenario("held_and_taken_back", block=4500, queues=[Queue("q4500")], desks=[Desk("2046", ["q4500"], None)])
async def held_and_taken_back(clinic: Clinic) -> list[Expected]:
    """Hold, and back, twice: talk counts hold."""
    async with people(clinic, "2046") as (caller, first):
        call = caller.dial(clinic.line("q4500"))
        one = await first.lifts()
        for _ in range(2):
            await asyncio.sleep(1.2)
            await one.hold()
            await asyncio.sleep(1.2)
            await one.unhold()
        await asyncio.sleep(1)
        await call.hang_up()
        await one.over()
    legs = [Leg("2046", talk_s=one.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q4500", legs=legs, ended_by="caller")]


@scenario("left_on_hold", block=4600, queues=[Queue("q4600")], desks=[Desk("2047", ["q4600"], None)])
async def left_on_hold(clinic: Clinic) -> list[Expected]:
    """The patient gives up on hold."""
    async with people(clinic, "2047") as (caller, first):
        call = caller.dial(clinic.line("q4600"))
        one = await first.lifts()
        await asyncio.sleep(1)
        await one.hold()
        await asyncio.sleep(3)
        await call.hang_up()
        await one.over()
    legs = [Leg("2047", talk_s=one.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q4600", legs=legs, ended_by="caller")]


@scenario(
    "operator_with_two_calls", block=4700, queues=[Queue("q4700")], desks=[Desk("2048", ["q4700"], None)],
    dialplan=direct(4700, "Dial(PJSIP/2048,20)"),
)  # fmt: skip
async def operator_with_two_calls(clinic: Clinic) -> list[Expected]:
    """One patient on hold while another is answered on the same phone; then back. The two have nothing to do with
    each other."""
    async with people(clinic, "2048", patients=2) as (caller, other, first):
        call = caller.dial(clinic.line("q4700"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        other.dial(clinic.own_line(50))
        two = await first.lifts()
        await asyncio.sleep(2)
        await two.hang_up()
        await one.unhold()
        await asyncio.sleep(2)
        await call.hang_up()
        await one.over()
    return [
        Expected(
            phone=clinic.number(1), queue="q4700", legs=[Leg("2048", talk_s=one.talk_s, left_by="caller")],
            ended_by="caller",
        ),
        Expected(phone=clinic.number(2), legs=[Leg("2048", talk_s=two.talk_s, left_by="operator")]),
    ]  # fmt: skip
