"""Moved more than once, moved half-way, moved outside: what a busy day makes of transfers."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.features import KEYS, direct
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario
from tests.pbx.matrix.transfers import to_queue


@scenario(
    "transferred_twice", block=9000, queues=[Queue("q9000")],
    desks=[Desk("2053", ["q9000"], None), Desk("2054", phone=None), Desk("2055", phone=None)],
)  # fmt: skip
async def transferred_twice(clinic: Clinic) -> list[Expected]:
    """Blind to a second operator, who consults a third and passes the patient on."""
    async with people(clinic, "2053", "2054", "2055") as (caller, first, second, third):
        call = caller.dial(clinic.line("q9000"))
        one = await first.lifts()
        await asyncio.sleep(1.5)
        one.left()
        assert await one.refer("2054") == 202
        two = await second.lifts()
        await asyncio.sleep(1.5)
        await two.hold()
        consult = second.dial("2055")
        three = await third.lifts()
        await consult.up()
        await asyncio.sleep(1.5)
        assert await two.refer("2055", replaces=consult) == 202
        two.left()
        three.met()
        await asyncio.sleep(3)
        await call.hang_up()
        await three.over()
    legs = [Leg("2053", talk_s=one.talk_s, left_by="transfer"), Leg("2054", talk_s=two.talk_s, left_by="transfer")]
    legs += [Leg("2055", talk_s=three.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q9000", legs=legs, ended_by="caller")]


@scenario(
    "blonde_transfer_refused", block=9100, queues=[Queue("q9100")],
    desks=[Desk("2056", ["q9100"], None), Desk("2057", phone=None)],
)  # fmt: skip
async def blonde_transfer_refused(clinic: Clinic) -> list[Expected]:
    """REFER with Replaces while the colleague rings, and then he refuses: the dialplan ends the patient's call."""
    async with people(clinic, "2056", "2057") as (caller, first, second):
        call = caller.dial(clinic.line("q9100"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = await first.dial("2057").ringing()
        two = await second.rings()
        await asyncio.sleep(1)
        assert await one.refer("2057", replaces=consult) == 202
        one.left()
        await asyncio.sleep(1)
        two.refuse("486 Busy Here")
        await call.over()
    legs = [Leg("2056", talk_s=one.talk_s, left_by="transfer"), Leg("2057", "busy", left_by=None)]
    return [Expected(phone=clinic.number(1), queue="q9100", legs=legs, ended_by="pbx")]


@scenario(
    "consulted_then_sent", block=9200, queues=[Queue("q9200")],
    desks=[Desk("2058", ["q9200"], None), Desk("2059", phone=None)],
)  # fmt: skip
async def consulted_then_sent(clinic: Clinic) -> list[Expected]:
    """The operator asks the colleague, hangs that up, and sends the patient blindly: his phone rings a second time."""
    async with people(clinic, "2058", "2059") as (caller, first, second):
        call = caller.dial(clinic.line("q9200"))
        one = await first.lifts()
        await asyncio.sleep(1.5)
        await one.hold()
        consult = first.dial("2059")
        await second.lifts()
        await consult.up()
        await asyncio.sleep(1.5)
        await consult.hang_up()
        await asyncio.sleep(1)
        one.left()
        assert await one.refer("2059") == 202
        two = await second.lifts()
        await asyncio.sleep(3)
        await two.hang_up()
        await call.over()
    legs = [Leg("2058", talk_s=one.talk_s, left_by="transfer"), Leg("2059", talk_s=0)]
    legs += [Leg("2059", talk_s=two.talk_s, left_by="operator")]
    return [Expected(phone=clinic.number(1), queue="q9200", legs=legs)]


@scenario("outbound_passed_on", block=9300, desks=[Desk("2060", phone=None), Desk("2061", phone=None)])
async def outbound_passed_on(clinic: Clinic) -> list[Expected]:
    """An operator calls a patient, consults a colleague and passes the patient on: one outbound call."""
    async with people(clinic, "2060", "2061") as (_, first, second):
        one = await first.dial(clinic.number(2).replace("+7", "8")).up()
        await asyncio.sleep(2)
        await one.hold()
        consult = first.dial("2061")
        two = await second.lifts()
        await consult.up()
        await asyncio.sleep(2)
        assert await one.refer("2061", replaces=consult) == 202
        one.left()
        two.met()
        await asyncio.sleep(3)
        await two.hang_up()
        await clinic.talked(2)
    legs = [Leg("2060", talk_s=one.talk_s, left_by="transfer"), Leg("2061", talk_s=two.talk_s, left_by="operator")]
    return [Expected(phone=clinic.number(2), direction="outbound", legs=legs)]


@scenario("internal_passed_on", block=9400, desks=[Desk(str(one), phone=None) for one in (2062, 2063, 2064)])
async def internal_passed_on(clinic: Clinic) -> list[Expected]:
    """A call between operators that one of them passes on: one internal call, of the one who placed it."""
    async with people(clinic, "2062", "2063", "2064") as (_, first, second, third):
        one = first.dial("2063")
        two = await second.lifts()
        await one.up()
        await asyncio.sleep(2)
        two.left()
        assert await two.refer("2064") == 202
        three = await third.lifts()
        await asyncio.sleep(3)
        await one.hang_up()
        await three.over()
    legs = [Leg("2063", talk_s=two.talk_s, left_by="transfer"), Leg("2064", talk_s=three.talk_s, left_by="caller")]
    return [Expected(phone="2062", direction="internal", legs=legs, ended_by="caller")]


@scenario(
    "blonde_transfer_by_keys", block=9500, queues=[Queue("q9500")], files=KEYS,
    desks=[Desk("2065", ["q9500"], None), Desk("2066", phone=None)],
    dialplan=direct(9500, "Answer()", "Queue(q9500,t,,,20)"),
)  # fmt: skip
async def blonde_transfer_by_keys(clinic: Clinic) -> list[Expected]:
    """*2, the number, and the operator hangs up while it rings: Asterisk hides his Hangup until the colleague lifts."""
    async with people(clinic, "2065", "2066") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.press("*2")
        await asyncio.sleep(2)
        await one.press("2066")
        two = await second.rings()
        await asyncio.sleep(1)
        await one.hang_up()
        await asyncio.sleep(2)
        await two.answer()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2065", talk_s=one.talk_s, left_by="transfer"), Leg("2066", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q9500", legs=legs, ended_by="caller")]


@scenario(
    "blonde_transfer_comes_back", block=9600, queues=[Queue("q9600")], files=KEYS,
    desks=[Desk("2067", ["q9600"], None), Desk("2068", phone=None)],
    dialplan=direct(9600, "Answer()", "Queue(q9600,t,,,20)"),
)  # fmt: skip
async def blonde_transfer_comes_back(clinic: Clinic) -> list[Expected]:
    """The same, but the colleague refuses: Asterisk rings the operator again, and he has the patient back."""
    async with people(clinic, "2067", "2068") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.press("*2")
        await asyncio.sleep(2)
        await one.press("2068")
        two = await second.rings()
        await asyncio.sleep(1)
        await one.hang_up()
        await asyncio.sleep(1)
        two.refuse("486 Busy Here")
        back = await first.lifts()
        await asyncio.sleep(3)
        await call.hang_up()
        await back.over()
    legs = [Leg("2067", talk_s=one.talk_s, left_by="transfer"), Leg("2068", "busy", left_by=None)]
    legs += [Leg("2067", talk_s=back.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q9600", legs=legs, ended_by="caller")]


@scenario(
    "patient_gone_during_the_consultation", block=1400, queues=[Queue("q1400")],
    desks=[Desk("2080", ["q1400"], None), Desk("2081", phone=None)],
)  # fmt: skip
async def patient_gone_during_the_consultation(clinic: Clinic) -> list[Expected]:
    """The patient hangs up on hold while the two operators talk about him; they talk on for a while."""
    async with people(clinic, "2080", "2081") as (caller, first, second):
        call = caller.dial(clinic.line("q1400"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = first.dial("2081")
        two = await second.lifts()
        await consult.up()
        await asyncio.sleep(2)
        await call.hang_up()
        await one.over()
        await asyncio.sleep(2)
        await consult.hang_up()
        await two.over()
    legs = [Leg("2080", talk_s=one.talk_s, left_by="caller"), Leg("2081", talk_s=0)]
    return [Expected(phone=clinic.number(1), queue="q1400", legs=legs, ended_by="caller")]


@scenario(
    "picked_up_after_a_transfer", block=1500, queues=[Queue("q1500")],
    desks=[Desk("2082", ["q1500"], None), Desk("2083", phone=None), Desk("2084", phone=None)],
)  # fmt: skip
async def picked_up_after_a_transfer(clinic: Clinic) -> list[Expected]:
    """Blind to a colleague who is not at his desk; the third takes it with *8."""
    async with people(clinic, "2082", "2083", "2084") as (caller, first, second, third):
        call = caller.dial(clinic.line("q1500"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2083") == 202
        two = await second.rings()
        await asyncio.sleep(1.5)
        three = await third.dial("*82083").up()
        await two.over()
        await asyncio.sleep(3)
        await call.hang_up()
        await three.over()
    legs = [Leg("2082", talk_s=one.talk_s, left_by="transfer"), Leg("2083", "answered_elsewhere", left_by=None)]
    legs += [Leg("2084", talk_s=three.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q1500", legs=legs, ended_by="caller")]


@scenario(
    "consultation_left_in_a_queue", block=1600, queues=[Queue("q1600"), Queue("q1600b", ring_s=8)],
    desks=[Desk("2085", ["q1600"], None), Desk("2086", ["q1600b"], None)], dialplan=to_queue(2095, "q1600b"),
)  # fmt: skip
async def consultation_left_in_a_queue(clinic: Clinic) -> list[Expected]:
    """The operator asks another queue, nobody lifts in time, he returns: no missed call of anybody."""
    async with people(clinic, "2085", "2086") as (caller, first, second):
        call = caller.dial(clinic.line("q1600"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = await first.dial("2095").up()
        two = await second.rings()
        await asyncio.sleep(1.5)
        await consult.hang_up()
        await two.over()
        await one.unhold()
        await asyncio.sleep(2)
        await call.hang_up()
        await one.over()
    legs = [Leg("2085", talk_s=one.talk_s, left_by="caller"), Leg("2086", "cancelled", left_by=None)]
    return [Expected(phone=clinic.number(1), legs=legs, ended_by="caller")]
