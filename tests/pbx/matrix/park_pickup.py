"""Calls that a colleague takes from a ringing phone, and calls that are parked."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.features import direct
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario

# A lot that gives up soon, for the time-out alone.
SOON = {"res_parking.conf": """
[matrix-soon]
parkext = 2094
parkpos = 2095-2097
context = matrix-soon
parkext_exclusive = yes
parkingtime = 3
comebacktoorigin = yes
"""}  # fmt: skip


@scenario(
    "pickup_of_a_dialled_phone", block=3600, dialplan=direct(3600, "Dial(PJSIP/2033,20)"),
    desks=[Desk("2033", phone=None), Desk("2034", phone=None)],
)  # fmt: skip
async def pickup_of_a_dialled_phone(clinic: Clinic) -> list[Expected]:
    """A patient's call goes straight to one phone; the colleague beside takes it with *8 and its number."""
    async with people(clinic, "2033", "2034") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.rings()
        await asyncio.sleep(1.5)
        two = await second.dial("*82033").up()
        await one.over()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2033", "answered_elsewhere", left_by=None), Leg("2034", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), legs=legs, ended_by="caller")]


@scenario(
    "pickup_from_a_queue", block=3700, queues=[Queue("q3700", ring_s=10)],
    desks=[Desk("2035", ["q3700"], None), Desk("2036", phone=None)],
)  # fmt: skip
async def pickup_from_a_queue(clinic: Clinic) -> list[Expected]:
    """The same with a phone that a queue rings: app_queue credits the wrong one, who never lifted."""
    async with people(clinic, "2035", "2036") as (caller, first, second):
        call = caller.dial(clinic.line("q3700"))
        one = await first.rings()
        await asyncio.sleep(1.5)
        two = await second.dial("*82035").up()
        await one.over()
        await asyncio.sleep(3)
        await two.hang_up()
        await call.over()
    legs = [Leg("2035", "answered_elsewhere", left_by=None), Leg("2036", talk_s=two.talk_s, left_by="operator")]
    return [Expected(phone=clinic.number(1), queue="q3700", legs=legs, visits=[("q3700", "answered")])]


@scenario("parked_and_taken_back", block=3800, queues=[Queue("q3800")], desks=[Desk("2037", ["q3800"], None)])
async def parked_and_taken_back(clinic: Clinic) -> list[Expected]:
    """The operator parks the patient (REFER to 700) and takes him back himself by dialling his place."""
    async with people(clinic, "2037") as (caller, first):
        call = caller.dial(clinic.line("q3800"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("700") == 202
        place = await clinic.hear("ParkedCall", ParkeeCallerIDNum=clinic.number(1))
        await one.over()
        await asyncio.sleep(1)
        back = await first.dial(place["ParkingSpace"]).up()
        await asyncio.sleep(3)
        await call.hang_up()
        await back.over()
    legs = [Leg("2037", talk_s=one.talk_s, left_by="transfer"), Leg("2037", talk_s=back.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q3800", legs=legs, ended_by="caller")]


@scenario(
    "parked_and_taken_by_another", block=3900, queues=[Queue("q3900")],
    desks=[Desk("2038", ["q3900"], None), Desk("2039", phone=None)],
)  # fmt: skip
async def parked_and_taken_by_another(clinic: Clinic) -> list[Expected]:
    """A colleague dials the place instead."""
    async with people(clinic, "2038", "2039") as (caller, first, second):
        call = caller.dial(clinic.line("q3900"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("700") == 202
        place = await clinic.hear("ParkedCall", ParkeeCallerIDNum=clinic.number(1))
        await asyncio.sleep(1)
        two = await second.dial(place["ParkingSpace"]).up()
        await asyncio.sleep(3)
        await two.hang_up()
        await call.over()
    legs = [Leg("2038", talk_s=one.talk_s, left_by="transfer"), Leg("2039", talk_s=two.talk_s, left_by="operator")]
    return [Expected(phone=clinic.number(1), queue="q3900", legs=legs)]


@scenario(
    "parked_too_long", block=4000, queues=[Queue("q4000")], desks=[Desk("2040", ["q4000"], None)], files=SOON,
    dialplan="[okno-phones](+)\ninclude => matrix-soon",
)  # fmt: skip
async def parked_too_long(clinic: Clinic) -> list[Expected]:
    """Nobody takes him: after the lot's time the phone that parked him rings, and is answered."""
    async with people(clinic, "2040") as (caller, first):
        call = caller.dial(clinic.line("q4000"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2094") == 202
        await one.over()
        back = await first.lifts()
        await asyncio.sleep(3)
        await call.hang_up()
        await back.over()
    legs = [Leg("2040", talk_s=one.talk_s, left_by="transfer"), Leg("2040", talk_s=back.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q4000", legs=legs, ended_by="caller")]


@scenario("parked_and_gone", block=4100, queues=[Queue("q4100")], desks=[Desk("2041", ["q4100"], None)])
async def parked_and_gone(clinic: Clinic) -> list[Expected]:
    """The patient hangs up where he is parked."""
    async with people(clinic, "2041") as (caller, first):
        call = caller.dial(clinic.line("q4100"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("700") == 202
        await clinic.hear("ParkedCall", ParkeeCallerIDNum=clinic.number(1))
        await asyncio.sleep(2)
        await call.hang_up()
    legs = [Leg("2041", talk_s=one.talk_s, left_by="transfer")]
    return [Expected(phone=clinic.number(1), queue="q4100", legs=legs, ended_by="caller")]
