"""Calls that an operator passes on with his own phone: blind and attended transfers (REFER), as phones really do them."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


def to_queue(number: int, queue: str) -> str:
    """An internal number by which the operators' phones reach a queue."""
    return f"[okno-phones](+)\nexten => {number},1,Goto(okno-open-{queue},s,1)"


@scenario(
    "blind_transfer_to_colleague", block=2000, queues=[Queue("q2000")],
    desks=[Desk("2001", ["q2000"], None), Desk("2002", phone=None)],
)  # fmt: skip
async def blind_transfer_to_colleague(clinic: Clinic) -> list[Expected]:
    """REFER to a colleague, who answers."""
    async with people(clinic, "2001", "2002") as (caller, first, second):
        call = caller.dial(clinic.line("q2000"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2002") == 202
        two = await second.lifts(after_s=1)
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2001", talk_s=one.talk_s, left_by="transfer"), Leg("2002", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q2000", legs=legs, ended_by="caller")]


@scenario(
    "blind_transfer_not_answered", block=2100, queues=[Queue("q2100")],
    desks=[Desk("2003", ["q2100"], None), Desk("2004", phone=None)],
)  # fmt: skip
async def blind_transfer_not_answered(clinic: Clinic) -> list[Expected]:
    """REFER to a colleague who does not lift; the patient gives up while it rings."""
    async with people(clinic, "2003", "2004") as (caller, first, second):
        call = caller.dial(clinic.line("q2100"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2004") == 202
        two = await second.rings()
        await asyncio.sleep(2)
        await call.hang_up()
        await two.over()
    legs = [Leg("2003", talk_s=one.talk_s, left_by="transfer"), Leg("2004", "cancelled", left_by=None)]
    return [Expected(phone=clinic.number(1), queue="q2100", legs=legs, ended_by="caller")]


@scenario(
    "blind_transfer_refused", block=2200, queues=[Queue("q2200")],
    desks=[Desk("2005", ["q2200"], None), Desk("2006", phone=None)],
)  # fmt: skip
async def blind_transfer_refused(clinic: Clinic) -> list[Expected]:
    """REFER to a colleague who is busy: the dialplan ends the patient's call."""
    async with people(clinic, "2005", "2006") as (caller, first, second):
        call = caller.dial(clinic.line("q2200"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2006") == 202
        (await second.rings()).refuse("486 Busy Here")
        await call.over()
    legs = [Leg("2005", talk_s=one.talk_s, left_by="transfer"), Leg("2006", "busy", left_by=None)]
    return [Expected(phone=clinic.number(1), queue="q2200", legs=legs, ended_by="pbx")]


@scenario(
    "blind_transfer_to_queue", block=2300, queues=[Queue("q2300"), Queue("q2300b")], dialplan=to_queue(2090, "q2300b"),
    desks=[Desk("2007", ["q2300"], None), Desk("2008", ["q2300b"], None)],
)  # fmt: skip
async def blind_transfer_to_queue(clinic: Clinic) -> list[Expected]:
    """REFER to another queue's internal number; an operator of that queue answers."""
    async with people(clinic, "2007", "2008") as (caller, first, second):
        call = caller.dial(clinic.line("q2300"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2090") == 202
        two = await second.lifts()
        await asyncio.sleep(3)
        await two.hang_up()
        await call.over()
    legs = [Leg("2007", talk_s=one.talk_s, left_by="transfer"), Leg("2008", talk_s=two.talk_s, left_by="operator")]
    stays = [("q2300", "answered"), ("q2300b", "answered")]
    return [Expected(phone=clinic.number(1), legs=legs, visits=stays)]


@scenario(
    "blind_transfer_back_to_queue", block=2400, queues=[Queue("q2400")], dialplan=to_queue(2091, "q2400"),
    desks=[Desk("2009", ["q2400"], None), Desk("2010", ["q2400"], None)],
)  # fmt: skip
async def blind_transfer_back_to_queue(clinic: Clinic) -> list[Expected]:
    """REFER back into the same queue: a second stay in it, a second operator."""
    async with people(clinic, "2009", "2010") as (caller, first, second):
        call = caller.dial(clinic.line("q2400"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2091") == 202
        two = await second.lifts()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2009", talk_s=one.talk_s, left_by="transfer"), Leg("2010", talk_s=two.talk_s, left_by="caller")]
    stays = [("q2400", "answered"), ("q2400", "answered")]
    return [Expected(phone=clinic.number(1), queue="q2400", legs=legs, visits=stays)]


@scenario(
    "attended_transfer", block=2500, queues=[Queue("q2500")],
    desks=[Desk("2011", ["q2500"], None), Desk("2012", phone=None)],
)  # fmt: skip
async def attended_transfer(clinic: Clinic) -> list[Expected]:
    """Two INVITEs of one phone and REFER with Replaces: DestType Bridge. The consultation joins the patient's call."""
    async with people(clinic, "2011", "2012") as (caller, first, second):
        call = caller.dial(clinic.line("q2500"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = first.dial("2012")
        two = await second.lifts()
        await consult.up()
        await asyncio.sleep(2)
        assert await one.refer("2012", replaces=consult) == 202
        one.left()
        two.met()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2011", talk_s=one.talk_s, left_by="transfer"), Leg("2012", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q2500", legs=legs, ended_by="caller")]


@scenario(
    "attended_transfer_of_the_other_call", block=2600, queues=[Queue("q2600")],
    desks=[Desk("2013", ["q2600"], None), Desk("2014", phone=None)],
)  # fmt: skip
async def attended_transfer_of_the_other_call(clinic: Clinic) -> list[Expected]:
    """The same, but the phone refers the colleague into the patient's call instead of the patient into his."""
    async with people(clinic, "2013", "2014") as (caller, first, second):
        caller.dial(clinic.line("q2600"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = first.dial("2014")
        two = await second.lifts()
        await consult.up()
        await asyncio.sleep(2)
        assert await consult.refer(caller.name, replaces=one) == 202
        one.left()
        two.met()
        await asyncio.sleep(3)
        await two.hang_up()
        await caller.calls[0].over()
    legs = [Leg("2013", talk_s=one.talk_s, left_by="transfer"), Leg("2014", talk_s=two.talk_s, left_by="operator")]
    return [Expected(phone=clinic.number(1), queue="q2600", legs=legs)]


@scenario(
    "attended_transfer_link", block=2700, queues=[Queue("q2700"), Queue("q2700b")], dialplan=to_queue(2092, "q2700b"),
    desks=[Desk("2015", ["q2700"], None), Desk("2016", ["q2700b"], None)],
)  # fmt: skip
async def attended_transfer_link(clinic: Clinic) -> list[Expected]:
    """Both calls stand in bridges of Queue(), which may not be merged: DestType Link, a Local channel between them."""
    async with people(clinic, "2015", "2016") as (caller, first, second):
        call = caller.dial(clinic.line("q2700"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = first.dial("2092")
        two = await second.lifts()
        await consult.up()
        await asyncio.sleep(2)
        assert await one.refer("2092", replaces=consult) == 202
        # The Local channel between the two is there some time after the REFER was taken; the phone is told then.
        await one.transferred()
        one.left()
        two.met()
        await asyncio.sleep(4)
        await call.hang_up()
        await two.over()
    legs = [Leg("2015", talk_s=one.talk_s, left_by="transfer"), Leg("2016", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), legs=legs)]


@scenario(
    "blonde_transfer", block=2800, queues=[Queue("q2800")],
    desks=[Desk("2017", ["q2800"], None), Desk("2018", phone=None)],
)  # fmt: skip
async def blonde_transfer(clinic: Clinic) -> list[Expected]:
    """REFER with Replaces while the colleague still rings: DestType App (Dial). He lifts and has the patient."""
    async with people(clinic, "2017", "2018") as (caller, first, second):
        call = caller.dial(clinic.line("q2800"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = await first.dial("2018").ringing()
        two = await second.rings()
        await asyncio.sleep(1)
        assert await one.refer("2018", replaces=consult) == 202
        one.left()
        await asyncio.sleep(1)
        await two.answer()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2017", talk_s=one.talk_s, left_by="transfer"), Leg("2018", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q2800", legs=legs, ended_by="caller")]


@scenario(
    "blonde_transfer_into_queue", block=2900, queues=[Queue("q2900"), Queue("q2900b", ring_s=8)],
    dialplan=to_queue(2093, "q2900b"), desks=[Desk("2019", ["q2900"], None), Desk("2020", ["q2900b"], None)],
)  # fmt: skip
async def blonde_transfer_into_queue(clinic: Clinic) -> list[Expected]:
    """REFER with Replaces while the consulting call waits in a queue: DestType App (Queue)."""
    async with people(clinic, "2019", "2020") as (caller, first, second):
        call = caller.dial(clinic.line("q2900"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = await first.dial("2093").up()
        two = await second.rings()
        await asyncio.sleep(1)
        assert await one.refer("2093", replaces=consult) == 202
        one.left()
        await asyncio.sleep(1.5)
        await two.answer()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2019", talk_s=one.talk_s, left_by="transfer"), Leg("2020", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), legs=legs, ended_by="caller")]
