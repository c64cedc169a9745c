"""A message a caller left, told before his call's end, after it, long after it, twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import events as ev
from engine.effects import FindContact
from engine.world import Append, Call, HistoryEntry, Request, World
from tests.engine.clinic import PATIENT, PBX, Ended, at, clinic, gone, patient, uid
from tests.engine.playbook import perform

RECORDING = "01a1fc83-0000-7000-8000-0000000000a1"
OTHER = "01a1fc83-0000-7000-8000-0000000000a2"


def arrives(world: World, *, anonymous: bool = False) -> Call:
    """Somebody is in a flow."""
    play = Ended(world)
    play.play([patient(0, number="" if anonymous else PATIENT)])
    (call,) = world.all(Call)
    return call


def left(call: Call, seconds: float, recording: str = RECORDING) -> ev.VoicemailLeft:
    """The store has his message."""
    return ev.VoicemailLeft(
        at=at(seconds), call=call.key, recording=recording, seconds=7.5, left_at=at(20), request=call.request or "",
        phone=call.phone, queue="front", source="73430000001",
    )  # fmt: skip


def ends(world: World, call: Call, *, reached: bool = True) -> None:
    """The dialplan says voicemail, and he is gone."""
    if reached:
        perform(world, ev.VoicemailReached(at=at(21), pbx=PBX, uniqueid=call.channel))
    Ended(world).play([gone(22, 1)])


@pytest.fixture
def world() -> World:
    return clinic()


@pytest.mark.parametrize("first", ["message", "end"])
def test_a_message_makes_the_calls_request_a_voicemail(world: World, first: str) -> None:
    call = arrives(world)
    if first == "message":
        perform(world, left(call, 21))
        (request,) = world.all(Request)
        assert (request.kind, request.recording) == ("call", RECORDING)
    ends(world, call)
    if first == "end":
        (request,) = world.all(Request)
        assert (request.kind, request.recording, request.status) == ("voicemail", "", "queued")
        perform(world, left(call, 30))
    (request,) = world.all(Request)
    assert (request.kind, request.status, request.recording) == ("voicemail", "queued", RECORDING)
    assert request.calls == (call.key,) and request.phone == PATIENT and request.owner is None
    assert request.due_at is not None and request.due_at - at(20) <= timedelta(seconds=3602)
    before = request
    perform(world, left(call, 60))
    assert list(world.all(Request)) == [before]


def test_a_message_of_who_was_not_put_through_is_one_all_the_same(world: World) -> None:
    """The engine died before the dialplan could say so: his request is a missed call until his message comes."""
    call = arrives(world)
    ends(world, call, reached=False)
    (request,) = world.all(Request)
    assert request.kind == "missed_call"
    perform(world, left(call, 40))
    (request,) = world.all(Request)
    assert (request.kind, request.recording) == ("voicemail", RECORDING)


def test_nobody_open_any_more_makes_a_new_request_once(world: World) -> None:
    call = Call(key=OTHER, pbx=PBX, direction="inbound", channel="1.9", phone=PATIENT, started_at=at(0))
    outcomes = perform(world, left(call, 4000))
    (request,) = world.all(Request)
    assert (request.kind, request.status, request.queue, request.phone) == ("voicemail", "queued", "front", PATIENT)
    assert (request.source, request.recording, request.calls) == ("73430000001", RECORDING, ())
    lines = [one.entry for outcome in outcomes for one in outcome.changes if isinstance(one, Append)]
    assert [one.what for one in lines if isinstance(one, HistoryEntry)][:1] == ["message_left"]
    assert FindContact(phone=PATIENT) in [effect for outcome in outcomes for effect in outcome.effects]
    perform(world, left(call, 4001))
    assert len(world.all(Request)) == 1


def test_a_second_message_is_the_one_that_is_shown_first(world: World) -> None:
    call = arrives(world)
    ends(world, call)
    perform(world, left(call, 30))
    perform(world, left(call, 31, OTHER))
    (request,) = world.all(Request)
    assert request.recording == OTHER


def test_who_hides_his_number_can_leave_a_message_too(world: World) -> None:
    call = arrives(world, anonymous=True)
    perform(world, left(call, 21))
    ends(world, call)
    (request,) = world.all(Request)
    assert (request.kind, request.status, request.phone, request.recording) == ("voicemail", "queued", "", RECORDING)
    assert uid(1) == call.channel
