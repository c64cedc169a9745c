"""Three at once, and two patients whom an operator puts together."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.features import direct
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


@scenario(
    "conference", block=4200, queues=[Queue("q4200")], modules=["app_confbridge.so"],
    desks=[Desk("2042", ["q4200"], None), Desk("2043", phone=None)],
    dialplan="[okno-phones](+)\nexten => 2098,1,Answer()\n same => n,ConfBridge(matrix)\n same => n,Hangup()",
    files={"confbridge.conf": "[default_user]\ntype = user\nannounce_only_user = no\nquiet = yes\n[default_bridge]\ntype = bridge"},
)  # fmt: skip
async def conference(clinic: Clinic) -> list[Expected]:
    """The operator sends the patient to a conference and goes there too, with a colleague."""
    async with people(clinic, "2042", "2043") as (caller, first, second):
        call = caller.dial(clinic.line("q4200"))
        one = await first.lifts()
        await asyncio.sleep(2)
        one.left()
        assert await one.refer("2098") == 202
        await one.over()
        again = await first.dial("2098").up()
        await asyncio.sleep(1.5)
        two = await second.dial("2098").up()
        await asyncio.sleep(3)
        await again.hang_up()
        await asyncio.sleep(2)
        await call.hang_up()
        two.left()
        await asyncio.sleep(1)
        await two.hang_up()
    legs = [
        Leg("2042", talk_s=one.talk_s, left_by="transfer"), Leg("2042", talk_s=again.talk_s, left_by="operator"),
        Leg("2043", talk_s=two.talk_s, left_by="caller"),
    ]  # fmt: skip
    return [Expected(phone=clinic.number(1), queue="q4200", legs=legs, ended_by="caller")]


@scenario("patient_joined_with_one_called", block=4300, queues=[Queue("q4300")], desks=[Desk("2044", ["q4300"], None)])
async def patient_joined_with_one_called(clinic: Clinic) -> list[Expected]:
    """The operator calls a second person for the first and joins both: two calls, each naming the other."""
    async with people(clinic, "2044") as (caller, first):
        call = caller.dial(clinic.line("q4300"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        out = await first.dial(clinic.number(2).replace("+7", "8")).up()
        await asyncio.sleep(2)
        assert await one.refer(clinic.number(2).replace("+7", "8"), replaces=out) == 202
        one.left()
        out.left()
        await asyncio.sleep(3)
        await call.hang_up()
        await clinic.talked(2)
    first_call = Expected(
        phone=clinic.number(1), queue="q4300", legs=[Leg("2044", talk_s=one.talk_s, left_by="transfer")],
        others=[clinic.number(2)],
    )  # fmt: skip
    second_call = Expected(
        phone=clinic.number(2), direction="outbound", legs=[Leg("2044", talk_s=out.talk_s, left_by="transfer")],
        others=[clinic.number(1)],
    )  # fmt: skip
    return [first_call, second_call]


@scenario(
    "two_patients_joined", block=4400, queues=[Queue("q4400")], desks=[Desk("2045", ["q4400"], None)],
    dialplan=direct(4400, "Dial(PJSIP/2045,20)"),
)  # fmt: skip
async def two_patients_joined(clinic: Clinic) -> list[Expected]:
    """Two people who called the same operator, put together by him."""
    async with people(clinic, "2045", patients=2) as (caller, other, first):
        caller.dial(clinic.line("q4400"))
        one = await first.lifts()
        await asyncio.sleep(2)
        await one.hold()
        call = other.dial(clinic.own_line(50))
        two = await first.lifts()
        await asyncio.sleep(2)
        assert await one.refer(other.name, replaces=two) == 202
        one.left()
        two.left()
        await asyncio.sleep(3)
        await call.hang_up()
        await caller.calls[0].over()
    return [
        Expected(
            phone=clinic.number(1), queue="q4400", legs=[Leg("2045", talk_s=one.talk_s, left_by="transfer")],
            others=[clinic.number(2)],
        ),
        Expected(
            phone=clinic.number(2), legs=[Leg("2045", talk_s=two.talk_s, left_by="transfer")],
            others=[clinic.number(1)],
        ),
    ]  # fmt: skip
