"""Calls that an operator passes on by his own phone: blind and attended transfers (REFER), as phones really do them."""

from __future__ import annotations

import asyncio

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.patients import patient
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


@scenario(
    "blind_transfer_to_colleague", block=2000, queues=[Queue("q2000")],
    desks=[Desk("2001", ["q2000"], None), Desk("2002", phone=None)],
)  # fmt: skip
async def blind_transfer_to_colleague(clinic: Clinic) -> list[Expected]:
    """REFER to a colleague, who answers."""
    async with patient(clinic) as caller, clinic.phone("2001") as first, clinic.phone("2002") as second:
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
