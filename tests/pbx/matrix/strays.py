"""Calls off the beaten path: past every queue, or to members behind a Local channel."""

from __future__ import annotations

from demo.scenarios import Doing
from demo.sipp import SOUND
from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.play import Desk, Expected, Leg, Queue, line, scenario

DIRECT = f"""
[okno-inbound](+)
exten => {line(7100, 50)},1,UserEvent(OknoCall,Dialled: +{line(7100, 50)},Source: direct)
 same => n,CELGenUserEvent(OKNO_CALL,+{line(7100, 50)}|direct)
 same => n,Dial(PJSIP/3210,20)
 same => n,Hangup()
"""


@scenario("straight_to_an_operator", block=7100, desks=[Desk("3210")], dialplan=DIRECT)
async def straight_to_an_operator(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, clinic.own_line(50), hold_s=4).wait()
    leg = Leg("3210", talk_s=await clinic.talk("3210"), left_by="caller")
    return [Expected(phone=clinic.number(1), queue="", legs=[leg], ended_by="caller", visits=[])]


PLAYED = f"""
[okno-inbound](+)
exten => {line(7200, 50)},1,UserEvent(OknoCall,Dialled: +{line(7200, 50)},Source: played)
 same => n,CELGenUserEvent(OKNO_CALL,+{line(7200, 50)}|played)
 same => n,Answer()
 same => n,Playback(silence/2)
 same => n,Hangup()
"""


@scenario("only_a_prompt", block=7200, dialplan=PLAYED)
async def only_a_prompt(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, clinic.own_line(50)).wait()
    return [Expected(phone=clinic.number(1), result="unanswered", queue="", ended_by="pbx", visits=[])]


def _local(extension: str) -> str:
    return f"[matrix-{extension}]\nexten => {extension},1,Dial(PJSIP/{extension},20)\n same => n,Hangup()"


@scenario(
    "local_member_kept", block=7300, desks=[Desk("3230")], dialplan=_local("3230"),
    queues=[Queue("q7300", extra="member => Local/3230@matrix-3230/n,0,op-3230,PJSIP/3230")],
)  # fmt: skip
async def local_member_kept(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q7300", hold_s=6, doing=Doing(sound=SOUND)).wait()
    leg = Leg("3230", talk_s=await clinic.talk("3230"), left_by="caller")
    return [Expected(phone=clinic.number(1), queue="q7300", legs=[leg], ended_by="caller", visits=[("q7300", "answered")])]


@scenario(
    "local_member_optimised_away", block=7400, desks=[Desk("3240")], dialplan=_local("3240"),
    queues=[Queue("q7400", extra="member => Local/3240@matrix-3240,0,op-3240,PJSIP/3240")],
)  # fmt: skip
async def local_member_optimised_away(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q7400", hold_s=6, doing=Doing(sound=SOUND)).wait()
    patient = await clinic.channel(clinic.number(1))
    await clinic.hear("BridgeEnter", Linkedid=patient["Uniqueid"], count=5, timeout_s=2)
    leg = Leg("3240", talk_s=await clinic.talk("3240"), left_by="caller")
    return [Expected(phone=clinic.number(1), queue="q7400", legs=[leg], ended_by="caller", visits=[("q7400", "answered")])]
