"""Click to call, and listening."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.calls.orders.giving import originated
from engine.effects import AnswerCommand, OrderCall
from engine.world import Append, Call, Notice, Offer, Operator, Pbx, PhoneOrder, Put, Request, World
from tests.engine.calls.orders.talking import (
    BOSS,
    CALL,
    asked,
    given,
    gone,
    late,
    on_page,
    orders,
    owning,
    perform,
    refused,
    said,
    taken,
    talking,
)
from tests.engine.clinic import (
    ORLOVA,
    PATIENT,
    PBX,
    at,
    clinic,
    dialled,
    dials,
    enters,
    new,
    play,
    settings,
    state,
    uid,
)

OTHER = "+79990000002"
DIAL = asked(ev.DialAsked, to=OTHER)
FIRST = originated(DIAL)


def channel(s: float, first: str = FIRST, name: str = "PJSIP/1001-00000009") -> Any:
    """The phone's channel, as an Originate makes it."""
    return ev.ChannelCreated(at=at(s), pbx=PBX, uniqueid=first, linkedid=first, name=name, state=0, context="okno-phones")


def lifted(s: float, first: str = FIRST, done: bool = True) -> Any:
    """OriginateResponse."""
    return ev.OriginateEnded(at=at(s), pbx=PBX, uniqueid=first, done=done)


def reaches(s: float, first: str = FIRST, serial: int = 20) -> list[Any]:
    """The dialplan dials the patient, who answers."""
    return [
        new(s, serial, "PJSIP/trunk-00000014", root=serial, state=0, context="okno-inbound", number=OTHER[1:]),
        ev.DialBegan(
            at=at(s), pbx=PBX, uniqueid=first, dest=uid(serial), dest_name="PJSIP/trunk-00000014", dest_linkedid=first,
            dial_string=f"{OTHER[1:]}@trunk",
        ),
        state(s + 1, serial, 6, "PJSIP/trunk-00000014"),
        ev.DialEnded(at=at(s + 1), pbx=PBX, uniqueid=first, dest=uid(serial), status="ANSWER"),
        enters(s + 1, serial, "b9"),
        ev.BridgeEntered(at=at(s + 1), pbx=PBX, bridge="b9", bridge_type="basic", uniqueid=first, linkedid=first),
    ]  # fmt: skip


def test_a_call_outside_rings_his_own_phone_first() -> None:
    world = clinic()
    effect = given(world, DIAL)
    assert (effect.action, effect.channel, effect.context, effect.exten) == (
        "originate", "PJSIP/1001", "okno-call", OTHER[1:],
    )
    assert effect.channel_id == FIRST and FIRST.startswith(f"okno-{int(DIAL.at.timestamp())}.")
    assert ("CONNECTEDLINE(num,i)", OTHER[1:]) in effect.variables
    assert not any(name.startswith("CALLERID") for name, _ in effect.variables)


def test_a_colleague_is_called_by_his_extension() -> None:
    effect = given(clinic(), asked(ev.DialAsked, to="1002"))
    assert (effect.context, effect.exten) == ("okno-originate", "1002")


def test_the_phone_of_today_rings() -> None:
    world = clinic()
    on_page(world, "orlova")
    assert given(world, DIAL).channel == "PJSIP/web-1001"


def _not_live(world: World) -> None:
    play(world, [ev.PbxLinkChanged(at=at(5), pbx=PBX, state="replay")])


def _no_trunk(world: World) -> None:
    pbx = world.get(Pbx, PBX)
    assert pbx is not None
    world.apply([Put(replace(pbx, trunks=()))])


def _nothing(world: World) -> None:
    """The world as it is."""


@pytest.mark.parametrize(
    ("change", "more", "why"),
    [
        (_not_live, {}, "pbx_not_live"), (_no_trunk, {}, "bad_number"), (_nothing, {"to": "1001"}, "bad_number"),
        (_nothing, {"to": "1999"}, "bad_number"), (_nothing, {"to": "+123"}, "bad_number"),
        (_nothing, {"operator": None}, "no_operator"), (_nothing, {"operator": "nobody"}, "no_operator"),
        (_nothing, {"request": "nothing"}, "not_found"),
    ],
)  # fmt: skip
def test_why_no_call_is_made(change: Any, more: dict[str, Any], why: str) -> None:
    world = clinic()
    change(world)
    assert refused(world, asked(ev.DialAsked, **({"to": OTHER} | more))) == why
    assert orders(world) == []


def test_who_talks_or_is_about_to_makes_no_second_call() -> None:
    assert refused(talking(), DIAL) == "call_live"
    world = clinic()
    given(world, DIAL)
    assert refused(world, asked(ev.DialAsked, "c2", to=OTHER)) == "call_live"


def test_the_phones_channel_is_the_answer_and_the_order_waits_for_its_call() -> None:
    world = clinic()
    assert said(world, DIAL, taken())[1:] == []
    (answer,) = said(world, channel(10.2))
    assert answer == AnswerCommand(command="c1", ok=True)
    assert said(world, lifted(11), late()) == [] and orders(world) == ["c1"]
    play(world, [dialled(12, None, FIRST, "NOANSWER"), gone(12, FIRST)])
    assert orders(world) == [] and not list(world.all(Call))


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([taken(ok=False, why="pbx_refused")], "pbx_refused"),
        ([taken(), lifted(11, done=False)], "phone_silent"),
        ([taken(ok=None, why="unknown"), late()], "unknown"),
        ([late()], "unknown"),
    ],
)  # fmt: skip
def test_what_came_to_nothing_is_told_once(events: list[Any], why: str) -> None:
    world = clinic()
    given(world, DIAL)
    assert [answer.why for answer in said(world, *events)] == [why]
    assert said(world, taken(), lifted(20, done=False), late(s=200), late(s=400)) == []
    assert orders(world) == []


def test_an_unknown_outcome_is_resolved_by_looking() -> None:
    world = clinic()
    given(world, DIAL)
    answers = said(world, taken(ok=None, why="unknown"), channel(12))
    assert [(one.ok, one.why) for one in answers] == [(True, "")]


def test_a_channel_that_shows_up_after_all_still_joins_its_request() -> None:
    world = clinic()
    request = owning(world)
    said(world, asked(ev.DialAsked, to=OTHER, request=request.key), taken(ok=None), late())
    play(world, [channel(20), lifted(21), *reaches(22)])
    (call,) = world.all(Call)
    assert call.request == request.key


def test_the_call_belongs_to_the_request_it_was_made_from() -> None:
    world = clinic()
    request = owning(world)
    play(world, [asked(ev.DialAsked, to=OTHER, request=request.key), taken(), channel(10.2), lifted(11), *reaches(12)])
    (call,) = world.all(Call)
    joined = world.get(Request, request.key)
    assert call.direction == "outbound" and call.phone == OTHER and call.request == request.key
    assert joined is not None and joined.calls == (call.key,) and len(list(world.all(Request))) == 1
    assert [leg.operator for leg in call.legs] == ["orlova"]


def test_what_another_has_is_not_dialled_for() -> None:
    world = clinic()
    request = owning(world, owner="ivanov")
    assert refused(world, asked(ev.DialAsked, to=OTHER, request=request.key)) == "not_yours"


@pytest.mark.parametrize("kind", ["missed_call", "callback", "voicemail"])
@pytest.mark.parametrize("confirmed", [False, True])
def test_a_callback_is_dialled_only_when_the_queues_leave_his_phone_alone(kind: str, confirmed: bool) -> None:
    world = clinic()
    request = owning(world, kind)
    event = asked(ev.DialAsked, to=PATIENT, request=request.key)
    assert refused(world, event) == "not_confirmed"
    offer = Offer(
        key="018f0000-0000-7000-8000-000000000002", request=request.key, operator="orlova", state="accepted", weight=100,
        at=at(1), confirmed=confirmed,
    )  # fmt: skip
    world.apply([Put(offer)])
    if confirmed:
        assert given(world, event).action == "originate"
    else:
        assert refused(world, event) == "not_confirmed"


def spy(how: str = "listen", command: str = "s1", **more: Any) -> Any:
    """A supervisor wants to hear Orlova."""
    return asked(ev.SpyAsked, command, **(BOSS | {"target": "orlova", "how": how} | more))


@pytest.mark.parametrize("how", ["listen", "whisper", "barge"])
def test_a_supervisor_hears_the_channel_the_operator_talks_on(how: str) -> None:
    effect = given(talking(), spy(how))
    assert (effect.channel, effect.context, effect.exten) == ("PJSIP/1003", "okno-spy", how)
    assert dict(effect.variables)["OKNO_SPY"] == ORLOVA


def test_listening_makes_no_call_and_is_known_to_the_operator() -> None:
    world = talking()
    first = originated(spy())
    events: list[Any] = [
        spy(), taken("s1"), channel(11, first, "PJSIP/1003-0000000a"), dials(11, None, 0), lifted(12, first),
        lifted(12, first),
    ]  # fmt: skip
    outcomes = [outcome for event in events for outcome in perform(world, event)]
    lines = [one.entry.what for outcome in outcomes for one in outcome.changes if isinstance(one, Append)]
    assert lines == ["listened"]
    assert [(one.operator, one.text) for one in world.all(Notice)] == [("orlova", "@listen")]
    assert [call.key for call in world.all(Call)] == [CALL] and len(next(iter(world.all(Call))).legs) == 1
    play(world, [gone(20, first)])
    assert orders(world) == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"operator": None}, "no_phone"), ({"target": "petrova"}, "self"), ({"target": "ivanov"}, "not_talking"),
        ({"target": "nobody"}, "not_found"),
    ],
)  # fmt: skip
def test_why_nobody_is_heard(more: dict[str, Any], why: str) -> None:
    assert refused(talking(), spy(**more)) == why


def test_nobody_is_heard_over_another_pbx_or_by_a_phone_in_use() -> None:
    world = talking()
    boss = world.get(Operator, "petrova")
    assert boss is not None
    world.apply([Put(replace(boss, pbx="second"))])
    assert refused(world, spy()) == "other_pbx"
    world.apply([Put(boss)])
    assert isinstance(said(world, spy())[0], OrderCall)
    assert refused(world, spy(command="s2")) == "call_live"


def test_what_is_under_way_outlives_a_new_directory() -> None:
    world = clinic()
    given(world, DIAL)
    play(world, [settings()])
    assert [order.what for order in world.all(PhoneOrder)] == ["dial"]


def test_a_request_is_dialled_by_its_own_number_when_none_is_named() -> None:
    world = clinic()
    effect = given(world, asked(ev.DialAsked, to="", request=owning(world).key))
    assert effect.exten == PATIENT.removeprefix("+")
