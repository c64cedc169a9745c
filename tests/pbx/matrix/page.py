"""What people order from their pages: the very actions the engine sends (engine/ami/orders), on a real Asterisk."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal
from uuid import uuid4

from demo.scenarios import Behaviour
from engine.ami import orders
from engine.calls.orders.asking import ASK, KEYS
from engine.calls.orders.calling import ANSWERS, COLLEAGUE, OUTSIDE, SPYING
from engine.calls.orders.moving import PASS
from engine.effects import OrderCall
from tests.pbx.dialog import Dialog
from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.patients import people
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, scenario
from tests.pbx.softphone import Softphone


async def order(clinic: Clinic, action: Any, channel: str, **more: Any) -> None:
    """Give the order as the engine does."""
    effect = OrderCall(command="matrix", pbx="matrix", action=action, channel=channel, **more)
    for name, headers in orders.actions(effect):
        await clinic.order(name, **headers)


async def originate(clinic: Clinic, extension: str, context: str, exten: str, **variables: str) -> str:
    """Let a phone ring and be put through; returns the id of its channel."""
    first = f"okno-{int(time.time())}.{uuid4().hex[:16]}"
    shown = ("CONNECTEDLINE(num,i)", exten if exten.isdigit() else extension)
    await order(
        clinic, "originate", f"PJSIP/{extension}", context=context, exten=exten, channel_id=first, timeout_s=5,
        variables=(ANSWERS, shown, *variables.items()),
    )  # fmt: skip
    return first


def outside(clinic: Clinic, n: int = 1) -> str:
    """The digits the engine dials for a person outside."""
    return clinic.number(n).removeprefix("+")


@scenario("click_to_call", block=100, desks=[Desk("3380")], people={1: Behaviour("answer", ring_s=1, talk_s=4)})
async def click_to_call(clinic: Clinic) -> list[Expected]:
    first = await originate(clinic, "3380", OUTSIDE, outside(clinic))
    await clinic.gone(first)
    leg = Leg("3380", talk_s=await clinic.talked(1), left_by="caller")
    return [Expected(phone=clinic.number(1), direction="outbound", queue="", legs=[leg], ended_by="caller", visits=[])]


@scenario("click_to_call_phone_not_answered", block=200, desks=[Desk("3381", phone=Behaviour("silent"))])
async def click_to_call_phone_not_answered(clinic: Clinic) -> list[Expected]:
    """His own phone was not lifted: nobody outside was called, and there is no call."""
    first = await originate(clinic, "3381", OUTSIDE, outside(clinic))
    await clinic.gone(first)
    await clinic.hear("OriginateResponse", Uniqueid=first, Response="Failure")
    await asyncio.sleep(0.5)
    assert not clinic.reached(1), "the patient was called all the same"
    return []


@scenario("click_to_call_hung_up_from_the_page", block=300, desks=[Desk("3382")])
async def click_to_call_hung_up_from_the_page(clinic: Clinic) -> list[Expected]:
    first = await originate(clinic, "3382", OUTSIDE, outside(clinic))
    phone = await clinic.hear("Newchannel", Uniqueid=first)
    await clinic.hear("BridgeEnter", Uniqueid=first)
    await asyncio.sleep(3)
    await order(clinic, "hang_up", phone["Channel"])
    await clinic.gone(first)
    leg = Leg("3382", talk_s=await clinic.talked(1))
    return [Expected(phone=clinic.number(1), direction="outbound", legs=[leg])]


@scenario("click_to_call_a_colleague", block=400, desks=[Desk("3383"), Desk("3384", phone=Behaviour("answer", 0.5, 4))])
async def click_to_call_a_colleague(clinic: Clinic) -> list[Expected]:
    first = await originate(clinic, "3383", COLLEAGUE, "3384")
    await clinic.gone(first)
    leg = Leg("3384", talk_s=await clinic.talk("3384"), left_by="operator")
    return [Expected(phone="3383", direction="internal", queue="", legs=[leg], visits=[])]


async def _talks(clinic: Clinic, caller: Softphone, phone: Softphone, queue: str) -> tuple[Dialog, Dialog, str]:
    """A patient talks with an operator: his call, the operator's, and the operator's channel."""
    call = caller.dial(clinic.line(queue))
    one = await phone.lifts()
    await asyncio.sleep(2)
    leg = await clinic.hear("DialBegin", DialString=f"PJSIP/{phone.name}")
    return call, one, leg["DestChannel"]


@scenario(
    "page_blind_transfer", block=500, queues=[Queue("q500")], desks=[Desk("3385", ["q500"], None), Desk("3386", phone=None)],
)  # fmt: skip
async def page_blind_transfer(clinic: Clinic) -> list[Expected]:
    async with people(clinic, "3385", "3386") as (caller, first, second):
        call, one, channel = await _talks(clinic, caller, first, "q500")
        one.left()
        await order(clinic, "blind_transfer", channel, context=PASS, exten="3386")
        two = await second.lifts(after_s=1)
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [Leg("3385", talk_s=one.talk_s, left_by="transfer"), Leg("3386", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q500", legs=legs, ended_by="caller")]


@scenario(
    "page_blind_transfer_refused", block=600, queues=[Queue("q600"), Queue("q600b")],
    desks=[Desk("3387", ["q600"], None), Desk("3388", ["q600b"], None)],
)  # fmt: skip
async def page_blind_transfer_refused(clinic: Clinic) -> list[Expected]:
    """The colleague is busy: the patient is not hung up on, he waits in the colleague's queue."""
    async with people(clinic, "3387", "3388") as (caller, first, second):
        call, one, channel = await _talks(clinic, caller, first, "q600")
        one.left()
        await order(clinic, "blind_transfer", channel, context=PASS, exten="3388")
        (await second.rings()).refuse("486 Busy Here")
        two = await second.lifts()
        await asyncio.sleep(3)
        await call.hang_up()
        await two.over()
    legs = [
        Leg("3387", talk_s=one.talk_s, left_by="transfer"), Leg("3388", "busy", left_by=None),
        Leg("3388", talk_s=two.talk_s, left_by="caller"),
    ]  # fmt: skip
    stays = [("q600", "answered"), ("q600b", "answered")]
    return [Expected(phone=clinic.number(1), legs=legs, ended_by="caller", visits=stays)]


Action = Literal["complete", "abort", "swap", "join"]


async def _asks(
    clinic: Clinic, channel: str, second: Softphone, *actions: Action,
) -> Dialog:  # fmt: skip
    """Consult a colleague by orders, then what becomes of it; returns the colleague's call."""
    await order(clinic, "attended_transfer", channel, context=ASK, exten=f"{second.name}#")
    two = await second.lifts()
    await asyncio.sleep(2)
    for action in actions:
        await order(clinic, "tones", channel, digits=KEYS[action], received=True)
        if action in ("complete", "join"):
            two.met()
        await asyncio.sleep(2)
    return two


@scenario(
    "page_attended_transfer_complete", block=700, queues=[Queue("q700")],
    desks=[Desk("3389", ["q700"], None), Desk("3390", phone=None)],
)  # fmt: skip
async def page_attended_transfer_complete(clinic: Clinic) -> list[Expected]:
    async with people(clinic, "3389", "3390") as (caller, first, second):
        call, one, channel = await _talks(clinic, caller, first, "q700")
        two = await _asks(clinic, channel, second, "complete")
        await one.over()
        await asyncio.sleep(1)
        await call.hang_up()
        await two.over()
    legs = [Leg("3389", talk_s=one.talk_s, left_by="transfer"), Leg("3390", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q700", legs=legs, ended_by="caller")]


@scenario(
    "page_attended_abort", block=800, queues=[Queue("q800")], desks=[Desk("3391", ["q800"], None), Desk("3392", phone=None)],
)  # fmt: skip
async def page_attended_abort(clinic: Clinic) -> list[Expected]:
    """The colleague never met the patient, who goes on with his operator."""
    async with people(clinic, "3391", "3392") as (caller, first, second):
        call, one, channel = await _talks(clinic, caller, first, "q800")
        two = await _asks(clinic, channel, second, "abort")
        await two.over()
        await call.hang_up()
        await one.over()
    legs = [Leg("3391", talk_s=one.talk_s, left_by="caller"), Leg("3392", talk_s=0)]
    return [Expected(phone=clinic.number(1), queue="q800", legs=legs, ended_by="caller")]


@scenario(
    "page_attended_swap", block=900, queues=[Queue("q900")], desks=[Desk("3393", ["q900"], None), Desk("3394", phone=None)],
)  # fmt: skip
async def page_attended_swap(clinic: Clinic) -> list[Expected]:
    """To the patient, to the colleague again, and then the two are put together: one talk, counted once."""
    async with people(clinic, "3393", "3394") as (caller, first, second):
        call, one, channel = await _talks(clinic, caller, first, "q900")
        two = await _asks(clinic, channel, second, "swap", "swap", "complete")
        await one.over()
        await call.hang_up()
        await two.over()
    legs = [Leg("3393", talk_s=one.talk_s, left_by="transfer"), Leg("3394", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q900", legs=legs, ended_by="caller")]


@scenario(
    "page_attended_join", block=1700, queues=[Queue("q1700")], desks=[Desk("3395", ["q1700"], None), Desk("3396", phone=None)],
)  # fmt: skip
async def page_attended_join(clinic: Clinic) -> list[Expected]:
    async with people(clinic, "3395", "3396") as (caller, first, second):
        call, one, channel = await _talks(clinic, caller, first, "q1700")
        two = await _asks(clinic, channel, second, "join")
        await order(clinic, "hang_up", channel)
        await one.over()
        await asyncio.sleep(2)
        await call.hang_up()
        await two.over()
    legs = [Leg("3395", talk_s=one.talk_s), Leg("3396", talk_s=two.talk_s, left_by="caller")]
    return [Expected(phone=clinic.number(1), queue="q1700", legs=legs, ended_by="caller")]


@scenario(
    "spied_call", block=1800, queues=[Queue("q1800")], desks=[Desk("3397", ["q1800"], None), Desk("3398", phone=None)],
)  # fmt: skip
async def spied_call(clinic: Clinic) -> list[Expected]:
    """Who listens makes no call and no leg, and his phone is free when the call is over."""
    async with people(clinic, "3397", "3398") as (caller, first, second):
        call, one, channel = await _talks(clinic, caller, first, "q1800")
        await originate(clinic, "3398", SPYING, "listen", OKNO_SPY=channel)
        spying = await second.lifts()
        await asyncio.sleep(3)
        await call.hang_up()
        await one.over()
        await spying.over(5)
    leg = Leg("3397", talk_s=one.talk_s, left_by="caller")
    return [Expected(phone=clinic.number(1), queue="q1800", legs=[leg], ended_by="caller")]
