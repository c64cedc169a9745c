"""Transfers that Asterisk makes itself: by the phone's keys (features.conf), by AMI; and those that come to nothing."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, line, scenario

# A clinic gets no keys (features.conf says why); this bench allows them to the operator, on lines of its own.
KEYS = {"features.conf": "atxfer => *2"}


def direct(block: int, *steps: str) -> str:
    """A line of the block's own (…50) that does these steps instead of the usual way to a queue."""
    number = line(block, 50)
    mark = f"UserEvent(OknoCall,Dialled: +{number},Source: matrix)"
    journal = f"CELGenUserEvent(OKNO_CALL,+{number}|matrix)"
    rest = "\n".join(f" same => n,{step}" for step in [journal, *steps, "Hangup()"])
    return f"[okno-inbound](+)\nexten => {number},1,{mark}\n{rest}"


@scenario(
    "attended_transfer_by_keys", block=3000, queues=[Queue("q3000")], files=KEYS,
    desks=[Desk("2021", ["q3000"], None), Desk("2022", phone=None)],
    dialplan=direct(3000, "Answer()", "Queue(q3000,t,,,20)"),
)  # fmt: skip
async def attended_transfer_by_keys(clinic: Clinic) -> list[Expected]:
    """*2 and the colleague's number: Asterisk dials him through a Local channel; the operator hangs up and it is done."""
    async with people(clinic, "2021", "2022") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.press("*2")
        await asyncio.sleep(2)
        await one.press("2022")
        two = await second.lifts()
        await asyncio.sleep(2)
        await one.hang_up()
        two.met()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("2021", talk_s=one.talk_s, left_by="transfer"), Leg("2022", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q3000", legs=legs, ended_by="caller")]


@scenario(
    "attended_transfer_by_ami", block=3100, queues=[Queue("q3100")], files=KEYS,
    desks=[Desk("2023", ["q3100"], None), Desk("2024", phone=None)],
    dialplan=direct(3100, "Answer()", "Queue(q3100,t,,,20)"),
)  # fmt: skip
async def attended_transfer_by_ami(clinic: Clinic) -> list[Expected]:
    """The operator's screen orders it (AMI Atxfer: Asterisk presses the keys itself); he hangs up when it is answered."""
    async with people(clinic, "2023", "2024") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.lifts()
        await asyncio.sleep(2)
        leg = await clinic.hear("DialBegin", DialString="PJSIP/2023")
        await clinic.order("Atxfer", Channel=leg["DestChannel"], Exten="2024", Context="okno-phones")
        two = await second.lifts()
        await asyncio.sleep(2)
        await one.hang_up()
        two.met()
        await asyncio.sleep(3)
        await two.hang_up()
        await call.over()
    legs = [Leg("2023", talk_s=one.talk_s, left_by="transfer"), Leg("2024", talk_s=two.talk_s, left_by="operator")]
    return [Expected(phone=clinic.number(1), queue="q3100", legs=legs)]


@scenario(
    "attended_transfer_threeway", block=3200, queues=[Queue("q3200")], files=KEYS,
    desks=[Desk("2025", ["q3200"], None), Desk("2026", phone=None)],
    dialplan=direct(3200, "Answer()", "Queue(q3200,t,,,20)"),
)  # fmt: skip
async def attended_transfer_threeway(clinic: Clinic) -> list[Expected]:
    """*2, the number, and *3 once the colleague is there: all three talk; then the first operator leaves."""
    async with people(clinic, "2025", "2026") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.press("*2")
        await asyncio.sleep(2)
        await one.press("2026")
        two = await second.lifts()
        await asyncio.sleep(2)
        await one.press("*3")
        two.met()
        await asyncio.sleep(3)
        await one.hang_up()
        await asyncio.sleep(2)
        await call.hang_up()
        await two.over()
    legs = [Leg("2025", talk_s=one.talk_s), Leg("2026", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q3200", legs=legs, ended_by="caller")]


@scenario("transfer_to_nowhere", block=3300, queues=[Queue("q3300")], desks=[Desk("2027", ["q3300"], None)])
async def transfer_to_nowhere(clinic: Clinic) -> list[Expected]:
    """REFER to a number that does not exist is refused: the operator and the patient talk on."""
    async with people(clinic, "2027") as (caller, first):
        call = caller.dial(clinic.line("q3300"))
        one = await first.lifts()
        await asyncio.sleep(2)
        assert await one.refer("2999") == 202
        assert await one.transferred() == 404
        await asyncio.sleep(2)
        await call.hang_up()
        await one.over()
    legs = [Leg("2027", talk_s=one.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q3300", legs=legs, ended_by="caller")]


@scenario(
    "cancelled_transfer", block=3400, queues=[Queue("q3400")],
    desks=[Desk("2028", ["q3400"], None), Desk("2029", phone=None)],
)  # fmt: skip
async def cancelled_transfer(clinic: Clinic) -> list[Expected]:
    """The operator consults on a second call, hangs that up and returns to the patient, whom the colleague never met."""
    async with people(clinic, "2028", "2029") as (caller, first, second):
        call = caller.dial(clinic.line("q3400"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        consult = first.dial("2029")
        two = await second.lifts()
        await consult.up()
        await asyncio.sleep(2)
        await consult.hang_up()
        await one.unhold()
        await asyncio.sleep(2)
        await call.hang_up()
        await one.over()
        await two.over()
    legs = [Leg("2028", talk_s=one.talk_s, left_by="caller"), Leg("2029", talk_s=0)]
    return [Expected(phone=clinic.number(1), queue="q3400", legs=legs, ended_by="caller")]


@scenario(
    "cancelled_transfer_by_keys", block=3500, queues=[Queue("q3500")], files=KEYS,
    desks=[Desk("2030", ["q3500"], None), Desk("2031", phone=None)],
    dialplan=direct(3500, "Answer()", "Queue(q3500,t,,,20)"),
)  # fmt: skip
async def cancelled_transfer_by_keys(clinic: Clinic) -> list[Expected]:
    """*2, the number, and *1 while the colleague's phone rings: back to the patient."""
    async with people(clinic, "2030", "2031") as (caller, first, second):
        call = caller.dial(clinic.own_line(50))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.press("*2")
        await asyncio.sleep(2)
        await one.press("2031")
        two = await second.lifts()
        await asyncio.sleep(2)
        await one.press("*1")
        await two.over()
        await asyncio.sleep(2)
        await call.hang_up()
        await one.over()
    legs = [Leg("2030", talk_s=one.talk_s, left_by="caller"), Leg("2031", talk_s=0)]
    return [Expected(phone=clinic.number(1), queue="q3500", legs=legs, ended_by="caller")]
