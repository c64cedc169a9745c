"""Calls that cross: operators with several patients, and patients who meet people outside."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.features import direct
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


@scenario(
    "two_patients_and_one_passed_on", block=9700, queues=[Queue("q9700")],
    desks=[Desk("2069", ["q9700"], None), Desk("2070", phone=None)], dialplan=direct(9700, "Dial(PJSIP/2069,20)"),
)  # fmt: skip
async def two_patients_and_one_passed_on(clinic: Clinic) -> list[Expected]:
    """Two patients on hold at one phone; the consultation is for the second, and only he is passed on."""
    async with people(clinic, "2069", "2070", patients=2) as (caller, other, first, second):
        call = caller.dial(clinic.line("q9700"))
        one = await first.lifts()
        await asyncio.sleep(1.5)
        await one.hold()
        late = other.dial(clinic.own_line(50))
        two = await first.lifts()
        await asyncio.sleep(1.5)
        await two.hold()
        consult = first.dial("2070")
        three = await second.lifts()
        await consult.up()
        await asyncio.sleep(1.5)
        assert await two.refer("2070", replaces=consult) == 202
        two.left()
        three.met()
        await one.unhold()
        await asyncio.sleep(3)
        await call.hang_up()
        await asyncio.sleep(1)
        await late.hang_up()
        await three.over()
        await one.over()
    late_legs = [Leg("2069", talk_s=two.talk_s, left_by="transfer"), Leg("2070", talk_s=three.talk_s, left_by="caller")]
    return [
        Expected(phone=clinic.number(1), legs=[Leg("2069", talk_s=one.talk_s, left_by="caller")], ended_by="caller"),
        Expected(phone=clinic.number(2), legs=late_legs, ended_by="caller"),
    ]


@scenario(
    "colleague_with_his_own_patient", block=9800, queues=[Queue("q9800"), Queue("q9800b")],
    desks=[Desk("2071", ["q9800"], None), Desk("2072", ["q9800b"], None)],
)  # fmt: skip
async def colleague_with_his_own_patient(clinic: Clinic) -> list[Expected]:
    """The consulted colleague has a patient on hold himself; he takes the other one too, and ends one after the other."""
    async with people(clinic, "2071", "2072", patients=2) as (caller, other, first, second):
        own = other.dial(clinic.line("q9800b"))
        mine = await second.lifts()
        call = caller.dial(clinic.line("q9800"))
        one = await first.lifts()
        await asyncio.sleep(1.5)
        await one.hold()
        consult = first.dial("2072")
        two = await second.rings()
        await mine.hold()
        await two.answer()
        await consult.up()
        await asyncio.sleep(1.5)
        assert await one.refer("2072", replaces=consult) == 202
        one.left()
        two.met()
        await asyncio.sleep(2)
        await two.hang_up()
        await call.over()
        await mine.unhold()
        await asyncio.sleep(1.5)
        await own.hang_up()
        await mine.over()
    legs = [Leg("2071", talk_s=one.talk_s, left_by="transfer"), Leg("2072", talk_s=two.talk_s, left_by="operator")]
    return [
        Expected(phone=clinic.number(1), queue="q9800", legs=legs),
        Expected(
            phone=clinic.number(2), queue="q9800b", legs=[Leg("2072", talk_s=mine.talk_s, left_by="caller")],
            ended_by="caller",
        ),
    ]  # fmt: skip


@scenario(
    "local_member_passes_on", block=9900, queues=[Queue("q9900", extra="member => Local/2073@okno-phones,0,,PJSIP/2073")],
    desks=[Desk("2073", phone=None), Desk("2074", phone=None)],
)  # fmt: skip
async def local_member_passes_on(clinic: Clinic) -> list[Expected]:
    """A queue's member behind a Local channel, optimised away once he talks; then he transfers blindly."""
    async with people(clinic, "2073", "2074") as (caller, first, second):
        call = caller.dial(clinic.line("q9900"))
        one = await first.lifts()
        await asyncio.sleep(3)
        one.left()
        assert await one.refer("2074") == 202
        two = await second.lifts()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2073", talk_s=one.talk_s, left_by="transfer"), Leg("2074", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q9900", legs=legs, ended_by="caller")]


@scenario(
    "sent_by_ami", block=1000, queues=[Queue("q1000")], desks=[Desk("2075", ["q1000"], None), Desk("2076", phone=None)]
)
async def sent_by_ami(clinic: Clinic) -> list[Expected]:
    """The operator's screen sends the patient to a colleague (AMI Redirect): nothing says so but the channels."""
    async with people(clinic, "2075", "2076") as (caller, first, second):
        call = caller.dial(clinic.line("q1000"))
        one = await first.lifts()
        await asyncio.sleep(2)
        channel = (await clinic.channel(clinic.number(1)))["Channel"]
        await clinic.order("Redirect", Channel=channel, Context="okno-phones", Exten="2076", Priority=1)
        await one.over()
        two = await second.lifts()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2075", talk_s=one.talk_s), Leg("2076", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q1000", legs=legs, ended_by="caller")]


@scenario("called_outside_meanwhile", block=1300, queues=[Queue("q1300")], desks=[Desk("2077", ["q1300"], None)])
async def called_outside_meanwhile(clinic: Clinic) -> list[Expected]:
    """With a patient on hold the operator asks somebody outside and returns: two calls that never met."""
    async with people(clinic, "2077") as (caller, first):
        call = caller.dial(clinic.line("q1300"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        out = await first.dial(clinic.number(2).replace("+7", "8")).up()
        await asyncio.sleep(2)
        await out.hang_up()
        await one.unhold()
        await asyncio.sleep(2)
        await call.hang_up()
        await one.over()
    return [
        Expected(
            phone=clinic.number(1), queue="q1300", legs=[Leg("2077", talk_s=one.talk_s, left_by="caller")],
            ended_by="caller",
        ),
        Expected(
            phone=clinic.number(2), direction="outbound", legs=[Leg("2077", talk_s=out.talk_s, left_by="operator")]
        ),
    ]  # fmt: skip


@scenario("sent_outside", block=1100, queues=[Queue("q1100")], desks=[Desk("2078", ["q1100"], None)])
async def sent_outside(clinic: Clinic) -> list[Expected]:
    """The operator sends the patient blindly to a number outside, a doctor's: still one call, and a leg of no operator."""
    async with people(clinic, "2078") as (caller, first):
        call = caller.dial(clinic.line("q1100"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer(clinic.number(2).replace("+7", "8")) == 202
        await asyncio.sleep(5)
        await call.hang_up()
        doctor = Leg("", talk_s=await clinic.talked(2), left_by="caller")
    legs = [Leg("2078", talk_s=one.talk_s, left_by="transfer"), doctor]
    return [Expected(phone=clinic.number(1), queue="q1100", legs=legs, ended_by="caller")]


@scenario("forwarded_outside", block=1200, queues=[Queue("q1200", ring_s=10)], desks=[Desk("2079", ["q1200"], None)])
async def forwarded_outside(clinic: Clinic) -> list[Expected]:
    """The phone a queue rings sends the call on to a mobile: whose that is, nobody told Okno."""
    async with people(clinic, "2079") as (caller, first):
        call = caller.dial(clinic.line("q1200"))
        one = await first.rings()
        await asyncio.sleep(1)
        one.forward(clinic.number(2).replace("+7", "8"))
        await asyncio.sleep(5)
        await call.hang_up()
        mobile = Leg("", talk_s=await clinic.talked(2), left_by="caller")
    legs = [Leg("2079", "answered_elsewhere", left_by=None), mobile]
    return [Expected(phone=clinic.number(1), queue="q1200", legs=legs, ended_by="caller")]
