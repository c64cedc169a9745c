"""Calls that wait in a queue, and every way they leave it."""

from __future__ import annotations

from demo.scenarios import Behaviour
from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario


@scenario("answered", block=5000, desks=[Desk("3001", ["q5000"])], queues=[Queue("q5000")])
async def answered(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q5000", hold_s=6).wait()
    leg = Leg("3001", talk_s=await clinic.talk("3001"), left_by="caller")
    return [Expected(phone=clinic.number(1), queue="q5000", legs=[leg], ended_by="caller", visits=[("q5000", "answered")])]


SILENT = Behaviour("silent")
