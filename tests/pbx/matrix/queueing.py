"""Calls that wait in a queue, and every way they leave it."""

from __future__ import annotations

import asyncio

from demo.scenarios import Behaviour, Doing
from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.play import ANSWERS, Desk, Expected, Leg, Queue, line, scenario

SILENT, BUSY, REFUSES = Behaviour("silent"), Behaviour("busy", ring_s=0.2), Behaviour("refuse", ring_s=0.2)


@scenario("answered", block=5000, desks=[Desk("3000", ["q5000"])], queues=[Queue("q5000")])
async def answered(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q5000", hold_s=6).wait()
    leg = Leg("3000", talk_s=await clinic.talk("3000"), left_by="caller")
    return [Expected(phone=clinic.number(1), queue="q5000", legs=[leg], ended_by="caller", visits=[("q5000", "answered")])]


@scenario(
    "answered_operator_hangs_up", block=5100, queues=[Queue("q5100")],
    desks=[Desk("3010", ["q5100"], Behaviour("answer", ring_s=0.5, talk_s=3))],
)  # fmt: skip
async def answered_operator_hangs_up(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q5100").wait()
    leg = Leg("3010", talk_s=await clinic.talk("3010"), left_by="operator")
    return [Expected(phone=clinic.number(1), queue="q5100", legs=[leg], ended_by="operator")]


@scenario("abandoned_waiting", block=5200, desks=[Desk("3020", ["q5200"], SILENT)], queues=[Queue("q5200", ring_s=15)])
async def abandoned_waiting(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q5200", hold_s=4).wait()
    return [Expected(
        phone=clinic.number(1), result="abandoned", queue="q5200", ended_by="caller", visits=[("q5200", "abandoned")],
        legs=[Leg("3020", "cancelled", left_by=None)],
    )]  # fmt: skip


@scenario("abandoned_before_the_queue", block=5300, desks=[Desk("3030", ["q5300"])], queues=[Queue("q5300")])
async def abandoned_before_the_queue(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q5300", hold_s=0.5).wait()
    return [Expected(phone=clinic.number(1), result="abandoned", queue="", ended_by="caller", visits=[])]


async def _second_answers(clinic: Clinic, queue: str, first: tuple[str, str], second: str) -> list[Expected]:
    await clinic.call(1, queue, hold_s=8).wait()
    legs = [Leg(first[0], first[1], left_by=None) for _ in clinic.rings(first[0])]
    legs.append(Leg(second, talk_s=await clinic.talk(second), left_by="caller"))
    return [Expected(phone=clinic.number(1), queue=queue, ended_by="caller", visits=[(queue, "answered")], legs=legs)]


@scenario(
    "no_answer_then_next", block=5400, queues=[Queue("q5400")],
    desks=[Desk("3040", ["q5400"], SILENT), Desk("3041", ["q5400"])],
)  # fmt: skip
async def no_answer_then_next(clinic: Clinic) -> list[Expected]:
    return await _second_answers(clinic, "q5400", ("3040", "no_answer"), "3041")


@scenario(
    "busy_then_next", block=5500, queues=[Queue("q5500")],
    desks=[Desk("3050", ["q5500"], BUSY), Desk("3051", ["q5500"])],
)  # fmt: skip
async def busy_then_next(clinic: Clinic) -> list[Expected]:
    return await _second_answers(clinic, "q5500", ("3050", "busy"), "3051")


@scenario(
    "declined_then_next", block=5600, queues=[Queue("q5600")],
    desks=[Desk("3060", ["q5600"], REFUSES), Desk("3061", ["q5600"])],
)  # fmt: skip
async def declined_then_next(clinic: Clinic) -> list[Expected]:
    return await _second_answers(clinic, "q5600", ("3060", "refused"), "3061")


@scenario(
    "ring_all_with_losers", block=5700, queues=[Queue("q5700", strategy="ringall", ring_s=15)],
    desks=[
        Desk("3070", ["q5700"], SILENT), Desk("3071", ["q5700"], Behaviour("answer", ring_s=1.5)),
        Desk("3072", ["q5700"], SILENT),
    ],
)  # fmt: skip
async def ring_all_with_losers(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q5700", hold_s=6).wait()
    legs = [Leg("3071", talk_s=await clinic.talk("3071"), left_by="caller")]
    legs += [Leg(loser, "answered_elsewhere", left_by=None) for loser in ("3070", "3072")]
    return [Expected(phone=clinic.number(1), queue="q5700", legs=legs, ended_by="caller")]


@scenario(
    "round_robin", block=5800, queues=[Queue("q5800", strategy="rrmemory")],
    desks=[Desk("3080", ["q5800"]), Desk("3081", ["q5800"]), Desk("3082", ["q5800"])],
)  # fmt: skip
async def round_robin(clinic: Clinic) -> list[Expected]:
    for n in (1, 2, 3):
        await clinic.call(n, "q5800", hold_s=3.5).wait()
    expected, taken = [], set()
    for n in (1, 2, 3):
        (desk,) = [desk for desk in ("3080", "3081", "3082") if clinic.rings(desk, clinic.number(n))]
        taken.add(desk)
        leg = Leg(desk, talk_s=await clinic.talk(desk, clinic.number(n)), left_by="caller")
        expected.append(Expected(phone=clinic.number(n), queue="q5800", legs=[leg], ended_by="caller"))
    assert len(taken) == 3, "the round went past somebody"
    return expected


@scenario(
    "one_operator_for_two", block=5900, desks=[Desk("3090", ["q5900"])], queues=[Queue("q5900")],
)  # fmt: skip
async def one_operator_for_two(clinic: Clinic) -> list[Expected]:
    first = clinic.call(1, "q5900", hold_s=5)
    await clinic.hear("QueueCallerJoin", CallerIDNum=clinic.number(1))
    second = clinic.call(2, "q5900", hold_s=12)
    await asyncio.gather(first.wait(), second.wait())
    return [
        Expected(
            phone=clinic.number(n), queue="q5900", visits=[("q5900", "answered")], ended_by="caller",
            legs=[Leg("3090", talk_s=await clinic.talk("3090", clinic.number(n)), left_by="caller")],
        )
        for n in (1, 2)
    ]  # fmt: skip


OVERFLOW = f"""
[okno-inbound](+)
exten => {line(6000, 50)},1,UserEvent(OknoCall,Dialled: +{line(6000, 50)},Source: overflow)
 same => n,CELGenUserEvent(OKNO_CALL,+{line(6000, 50)}|overflow)
 same => n,Answer()
 same => n,Queue(q6000,,,,5)
 same => n,UserEvent(OknoQueueExit,Queue: q6000,Status: ${{FILTER(A-Z,${{QUEUESTATUS}})}})
 same => n,CELGenUserEvent(OKNO_QUEUE_EXIT,q6000|${{FILTER(A-Z,${{QUEUESTATUS}})}})
 same => n,Queue(q6001,,,,20)
 same => n,UserEvent(OknoQueueExit,Queue: q6001,Status: ${{FILTER(A-Z,${{QUEUESTATUS}})}})
 same => n,CELGenUserEvent(OKNO_QUEUE_EXIT,q6001|${{FILTER(A-Z,${{QUEUESTATUS}})}})
 same => n,Hangup()
"""


@scenario(
    "overflow_to_a_second_queue", block=6000, queues=[Queue("q6000"), Queue("q6001")], dialplan=OVERFLOW,
    desks=[Desk("3100", ["q6000"], SILENT), Desk("3101", ["q6001"])],
)  # fmt: skip
async def overflow_to_a_second_queue(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, clinic.own_line(50), hold_s=10).wait()
    legs = [Leg("3100", "no_answer", left_by=None) for _ in clinic.rings("3100")]
    legs.append(Leg("3101", talk_s=await clinic.talk("3101"), left_by="caller"))
    visits = [("q6000", "timeout"), ("q6001", "answered")]
    return [Expected(phone=clinic.number(1), queue="q6001", legs=legs, ended_by="caller", visits=visits)]


KEY = """
[matrix-6100]
exten => 1,1,Queue(q6101,,,,20)
 same => n,Hangup()
"""


@scenario(
    "exit_by_key", block=6100, queues=[Queue("q6100", ring_s=15, extra="context = matrix-6100"), Queue("q6101")],
    desks=[Desk("3110", ["q6100"], SILENT), Desk("3111", ["q6101"])], dialplan=KEY,
)  # fmt: skip
async def exit_by_key(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q6100", hold_s=5, doing=Doing(press="1", press_s=3)).wait()
    legs = [Leg("3110", "cancelled", left_by=None), Leg("3111", talk_s=await clinic.talk("3111"), left_by="caller")]
    visits = [("q6100", "key"), ("q6101", "answered")]
    return [Expected(phone=clinic.number(1), queue="q6101", legs=legs, ended_by="caller", visits=visits)]


@scenario(
    "queue_timeout", block=6200, desks=[Desk("3120", ["q6200"], SILENT)], queues=[Queue("q6200", max_wait_s=5)],
)  # fmt: skip
async def queue_timeout(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q6200").wait()
    return [Expected(
        phone=clinic.number(1), result="unanswered", queue="q6200", ended_by="pbx", visits=[("q6200", "timeout")],
        legs=[Leg("3120", "no_answer", left_by=None) for _ in clinic.rings("3120")],
    )]  # fmt: skip


@scenario(
    "queue_full", block=6300, desks=[Desk("3130", ["q6300"], SILENT)],
    queues=[Queue("q6300", max_callers=1, ring_s=20)],
)  # fmt: skip
async def queue_full(clinic: Clinic) -> list[Expected]:
    first = clinic.call(1, "q6300", hold_s=6)
    await clinic.hear("QueueCallerJoin", CallerIDNum=clinic.number(1))
    await clinic.call(2, "q6300").wait()
    await first.wait()
    waited = Expected(
        phone=clinic.number(1), result="abandoned", queue="q6300", ended_by="caller", visits=[("q6300", "abandoned")],
        legs=[Leg("3130", "cancelled", left_by=None)],
    )  # fmt: skip
    return [waited, Expected(phone=clinic.number(2), result="unanswered", queue="q6300", ended_by="pbx")]


@scenario(
    "nobody_there_to_join", block=6400, desks=[Desk("3140", ["q6400"], reachable=False)], queues=[Queue("q6400")],
)  # fmt: skip
async def nobody_there_to_join(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q6400").wait()
    return [Expected(phone=clinic.number(1), result="unanswered", queue="q6400", ended_by="pbx")]


@scenario("out_of_hours", block=6500, desks=[Desk("3150", ["q6500"])], queues=[Queue("q6500", closed=True)])
async def out_of_hours(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q6500").wait()
    return [Expected(phone=clinic.number(1), result="out_of_hours", queue="", ended_by="pbx", visits=[])]


@scenario(
    "operator_gone_in_the_member_delay", block=6600,
    queues=[Queue("q6600", extra="memberdelay = 2")],
    desks=[Desk("3160", ["q6600"], Behaviour("answer", ring_s=0.5, talk_s=0.8)), Desk("3161", ["q6600"])],
)  # fmt: skip
async def operator_gone_in_the_member_delay(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q6600", hold_s=12).wait()
    legs = [Leg("3160", "refused", left_by=None) for _ in clinic.rings("3160")]
    legs.append(Leg("3161", talk_s=await clinic.talk("3161") - 2, left_by="caller"))
    return [Expected(phone=clinic.number(1), queue="q6600", legs=legs, ended_by="caller", visits=[("q6600", "answered")])]


@scenario(
    "patient_gone_in_the_member_delay", block=6700, desks=[Desk("3170", ["q6700"])],
    queues=[Queue("q6700", extra="memberdelay = 3")],
)  # fmt: skip
async def patient_gone_in_the_member_delay(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q6700", hold_s=2.8).wait()
    await clinic.talk("3170")
    return [Expected(
        phone=clinic.number(1), result="abandoned", queue="q6700", ended_by="caller", visits=[("q6700", "abandoned")],
        legs=[Leg("3170", "cancelled", left_by=None)],
    )]  # fmt: skip


@scenario(
    "operator_gone_in_the_announcement", block=6800, queues=[Queue("q6800", extra="announce = silence/3")],
    desks=[Desk("3180", ["q6800"], Behaviour("answer", ring_s=0.5, talk_s=0.8)), Desk("3181", ["q6800"], ANSWERS)],
)  # fmt: skip
async def operator_gone_in_the_announcement(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, "q6800", hold_s=13).wait()
    legs = [Leg("3180", "refused", left_by=None) for _ in clinic.rings("3180")]
    legs.append(Leg("3181", talk_s=await clinic.talk("3181") - 3, left_by="caller"))
    return [Expected(phone=clinic.number(1), queue="q6800", legs=legs, ended_by="caller", visits=[("q6800", "answered")])]


VOICEMAIL = f"""
[okno-inbound](+)
exten => {line(6900, 50)},1,UserEvent(OknoCall,Dialled: +{line(6900, 50)},Source: voicemail)
 same => n,CELGenUserEvent(OKNO_CALL,+{line(6900, 50)}|voicemail)
 same => n,Answer()
 same => n,Queue(q6900,,,,5)
 same => n,UserEvent(OknoQueueExit,Queue: q6900,Status: ${{FILTER(A-Z,${{QUEUESTATUS}})}})
 same => n,CELGenUserEvent(OKNO_QUEUE_EXIT,q6900|${{FILTER(A-Z,${{QUEUESTATUS}})}})
 same => n,UserEvent(OknoVoicemail,Queue: q6900)
 same => n,CELGenUserEvent(OKNO_VOICEMAIL,q6900)
 same => n,Playback(beep)
 same => n,Playback(silence/5)
 same => n,Hangup()
"""


@scenario(
    "voicemail_after_the_queue", block=6900, queues=[Queue("q6900")], desks=[Desk("3190", ["q6900"], SILENT)],
    dialplan=VOICEMAIL,
)  # fmt: skip
async def voicemail_after_the_queue(clinic: Clinic) -> list[Expected]:
    await clinic.call(1, clinic.own_line(50), hold_s=8).wait()
    return [Expected(
        phone=clinic.number(1), result="voicemail", queue="q6900", ended_by="caller", visits=[("q6900", "timeout")],
        legs=[Leg("3190", "no_answer", left_by=None) for _ in clinic.rings("3190")],
    )]  # fmt: skip


@scenario(
    "redirected_while_waiting", block=7000, queues=[Queue("q7000", ring_s=15), Queue("q7001")],
    desks=[Desk("3200", ["q7000"], SILENT), Desk("3201", ["q7001"])],
)  # fmt: skip
async def redirected_while_waiting(clinic: Clinic) -> list[Expected]:
    calling = clinic.call(1, "q7000", hold_s=10)
    await clinic.hear("QueueCallerJoin", CallerIDNum=clinic.number(1))
    await clinic.hear("DialBegin", DestCallerIDNum="3200")
    await asyncio.sleep(1)
    patient = await clinic.channel(clinic.number(1))
    await clinic.order("Redirect", Channel=patient["Channel"], Context="okno-open-q7001", Exten="s", Priority=1)
    await calling.wait()
    legs = [Leg("3200", "cancelled", left_by=None), Leg("3201", talk_s=await clinic.talk("3201"), left_by="caller")]
    visits = [("q7000", "moved"), ("q7001", "answered")]
    return [Expected(phone=clinic.number(1), queue="q7001", legs=legs, ended_by="caller", visits=visits)]
