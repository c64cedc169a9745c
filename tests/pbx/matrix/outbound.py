"""Calls to people outside: dialled at a desk, or originated over AMI in either order."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from demo.scenarios import Behaviour
from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.play import Desk, Expected, Leg, scenario

TRUNK = "trunk"


def _digits(clinic: Clinic, n: int) -> str:
    return clinic.number(n).removeprefix("+")


def _dialled(clinic: Clinic, n: int) -> str:
    """As people dial it here: with an 8."""
    return "8" + _digits(clinic, n)[1:]


@scenario("outbound_answered", block=7500, desks=[Desk("3250")])
async def outbound_answered(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3250", _dialled(clinic, 1), hold_s=4).wait()
    leg = Leg("3250", talk_s=await clinic.talked(1), left_by="operator")
    return [Expected(phone=clinic.number(1), direction="outbound", queue="", legs=[leg], ended_by="operator", visits=[])]


@scenario(
    "outbound_the_patient_hangs_up", block=7600, desks=[Desk("3260")],
    people={1: Behaviour("answer", ring_s=0.5, talk_s=3)},
)  # fmt: skip
async def outbound_the_patient_hangs_up(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3260", _dialled(clinic, 1)).wait()
    leg = Leg("3260", talk_s=await clinic.talked(1), left_by="caller")
    return [Expected(phone=clinic.number(1), direction="outbound", legs=[leg], ended_by="caller")]


@scenario("outbound_busy", block=7700, desks=[Desk("3270")], people={1: Behaviour("busy", ring_s=0.2)})
async def outbound_busy(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3270", _dialled(clinic, 1)).wait()
    legs = [Leg("3270", "busy", left_by=None)]
    return [Expected(phone=clinic.number(1), direction="outbound", result="busy", legs=legs)]


@scenario("outbound_no_such_number", block=7800, desks=[Desk("3280")], people={1: Behaviour("nobody", ring_s=0.2)})
async def outbound_no_such_number(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3280", _dialled(clinic, 1)).wait()
    legs = [Leg("3280", "no_answer", left_by=None)]
    return [Expected(phone=clinic.number(1), direction="outbound", result="failed", legs=legs)]


@scenario("outbound_given_up_ringing", block=7900, desks=[Desk("3290")], people={1: Behaviour("silent")})
async def outbound_given_up_ringing(clinic: Clinic) -> list[Expected]:
    await clinic.dial("3290", _dialled(clinic, 1), patience_s=3).wait()
    legs = [Leg("3290", "cancelled", left_by=None)]
    return [Expected(phone=clinic.number(1), direction="outbound", result="unanswered", legs=legs, ended_by="operator")]


async def _originate(
    clinic: Clinic, channel: str, exten: str, timeout_s: int = 30, **more: str | list[str],
) -> str:  # fmt: skip
    """Originate `channel` and put it through to `exten`; returns the first channel's id."""
    # The id of a call is made of the time in its channel's: one without is another call to whoever comes later.
    first = f"okno-{int(time.time())}.{uuid4().hex}"
    await clinic.order(
        "Originate", Channel=channel, Context="okno-originate", Exten=exten, Priority=1, Async="true",
        ChannelId=first, Timeout=timeout_s * 1000, **more,
    )  # fmt: skip
    return first


async def _originate_patient(clinic: Clinic, n: int, exten: str) -> str:
    """He is called from the clinic's number, and his channel bears his own.

    `CallerID` would set both to the same, after the variables; then nothing in the journal told whom we called.
    """
    patient = _digits(clinic, n)
    numbers = [f"CALLERID(num)={patient}", f"CONNECTEDLINE(num,i)={clinic.own_line(1)}"]
    return await _originate(clinic, f"PJSIP/{patient}@{TRUNK}", exten, Variable=numbers)


@scenario(
    "originate_the_phone_first", block=8000, desks=[Desk("3300")],
    people={1: Behaviour("answer", ring_s=1, talk_s=4)},
)  # fmt: skip
async def originate_the_phone_first(clinic: Clinic) -> list[Expected]:
    first = await _originate(clinic, "PJSIP/3300", _digits(clinic, 1))
    await clinic.gone(first)
    leg = Leg("3300", talk_s=await clinic.talked(1), left_by="caller")
    return [Expected(phone=clinic.number(1), direction="outbound", queue="", legs=[leg], ended_by="caller", visits=[])]


@scenario(
    "originate_the_patient_first", block=8100, desks=[Desk("3310", phone=Behaviour("answer", ring_s=1, talk_s=4))],
)  # fmt: skip
async def originate_the_patient_first(clinic: Clinic) -> list[Expected]:
    first = await _originate_patient(clinic, 1, "3310")
    await clinic.gone(first)
    leg = Leg("3310", talk_s=await clinic.talk("3310"), left_by="operator")
    return [Expected(phone=clinic.number(1), direction="outbound", legs=[leg], ended_by="operator")]


@scenario("originate_nobody_lifts", block=8200, desks=[Desk("3320", phone=Behaviour("silent"))])
async def originate_nobody_lifts(clinic: Clinic) -> list[Expected]:
    """The operator did not lift, so nobody outside was ever called: there is no call."""
    first = await _originate(clinic, "PJSIP/3320", _digits(clinic, 1), timeout_s=3)
    await clinic.gone(first)
    await asyncio.sleep(0.5)
    assert not clinic.reached(1), "the patient was called all the same"
    return []


@scenario("originate_the_patient_is_busy", block=8300, desks=[Desk("3330")], people={1: Behaviour("busy", ring_s=0.2)})
async def originate_the_patient_is_busy(clinic: Clinic) -> list[Expected]:
    first = await _originate_patient(clinic, 1, "3330")
    await clinic.gone(first)
    return [Expected(phone=clinic.number(1), direction="outbound", result="busy")]
