"""AMI events to facts: a table, and fuzz."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ami import wire
from engine.ami.translate import ROUTES, at_of, translate
from engine.events import facts as f
from engine.events import transfers as t

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
AGENT = {"Queue": "registry", "Uniqueid": "1.1", "DestUniqueid": "1.2", "Interface": "PJSIP/1001"}
TABLE = [
    ("Newstate", {"Uniqueid": "1.1", "Linkedid": "1.0", "Channel": "PJSIP/t-1", "ChannelState": "6"},
     f.ChannelStateChanged(at=AT, pbx="p", uniqueid="1.1", linkedid="1.0", name="PJSIP/t-1", state=6)),
    ("NewCallerid", {"Uniqueid": "1.1", "CallerIDNum": "+79990000001", "CallerIDName": r"O\'Brien"},
     f.CallerIdChanged(at=AT, pbx="p", uniqueid="1.1", number="+79990000001", caller_name="O'Brien")),
    ("Rename", {"Uniqueid": "1.1", "Channel": "a", "Newname": "b"},
     f.ChannelRenamed(at=AT, pbx="p", uniqueid="1.1", name="b")),
    ("HangupRequest", {"Uniqueid": "1.1", "Cause": "17"},
     f.HangupRequested(at=AT, pbx="p", uniqueid="1.1", cause=17)),
    ("SoftHangupRequest", {"Uniqueid": "1.1"}, f.HangupRequested(at=AT, pbx="p", uniqueid="1.1", soft=True)),
    ("Hangup", {"Uniqueid": "1.1", "Linkedid": "1.0", "Cause": "16"},
     f.ChannelHungUp(at=AT, pbx="p", uniqueid="1.1", linkedid="1.0", cause=16)),
    ("Hold", {"Uniqueid": "1.1"}, f.ChannelHeld(at=AT, pbx="p", uniqueid="1.1")),
    ("Unhold", {"Uniqueid": "1.1"}, f.ChannelUnheld(at=AT, pbx="p", uniqueid="1.1")),
    ("DialBegin", {"DestUniqueid": "1.2", "DestChannel": "PJSIP/1001-2", "DestLinkedid": "1.1", "DialString": "1001"},
     f.DialBegan(at=AT, pbx="p", uniqueid="", dest="1.2", dest_name="PJSIP/1001-2", dest_linkedid="1.1",
                 dial_string="1001")),
    ("DialEnd", {"Uniqueid": "1.1", "DestUniqueid": "1.2", "DialStatus": "BUSY"},
     f.DialEnded(at=AT, pbx="p", uniqueid="1.1", dest="1.2", status="BUSY")),
    ("BridgeEnter", {"BridgeUniqueid": "b", "BridgeType": "basic", "Uniqueid": "1.1", "Linkedid": "1.0"},
     f.BridgeEntered(at=AT, pbx="p", bridge="b", bridge_type="basic", uniqueid="1.1", linkedid="1.0")),
    ("BridgeLeave", {"BridgeUniqueid": "b", "Uniqueid": "1.1"},
     f.BridgeLeft(at=AT, pbx="p", bridge="b", uniqueid="1.1")),
    ("BridgeDestroy", {"BridgeUniqueid": "b"}, f.BridgeDestroyed(at=AT, pbx="p", bridge="b")),
    ("QueueCallerJoin", {"Queue": "q", "Uniqueid": "1.1", "Position": "2", "CallerIDNum": "<unknown>"},
     f.QueueJoined(at=AT, pbx="p", queue="q", uniqueid="1.1", position=2)),
    ("QueueCallerLeave", {"Queue": "q", "Uniqueid": "1.1"}, f.QueueLeft(at=AT, pbx="p", queue="q", uniqueid="1.1")),
    ("QueueCallerAbandon", {"Queue": "q", "Uniqueid": "1.1"},
     f.QueueAbandoned(at=AT, pbx="p", queue="q", uniqueid="1.1")),
    ("AgentCalled", {**AGENT, "DestChannel": "PJSIP/1001-2"},
     f.AgentCalled(at=AT, pbx="p", queue="registry", uniqueid="1.1", dest="1.2", interface="PJSIP/1001",
                   dest_name="PJSIP/1001-2")),
    ("AgentConnect", AGENT,
     f.AgentConnected(at=AT, pbx="p", queue="registry", uniqueid="1.1", dest="1.2", interface="PJSIP/1001")),
    ("AgentComplete", {"Queue": "registry", "Interface": "PJSIP/1001", "Reason": "caller"},
     f.AgentCompleted(at=AT, pbx="p", queue="registry", uniqueid="", dest="", interface="PJSIP/1001",
                      reason="caller")),
    ("AgentRingNoAnswer", {**AGENT, "RingTime": "15000"},
     f.AgentRangNoAnswer(at=AT, pbx="p", queue="registry", uniqueid="1.1", dest="1.2", interface="PJSIP/1001",
                         ring_ms=15000)),
    ("AgentDump", AGENT,
     f.AgentDumped(at=AT, pbx="p", queue="registry", uniqueid="1.1", dest="1.2", interface="PJSIP/1001")),
    ("QueueMemberPause", {"Queue": "q", "Interface": "PJSIP/1001", "Status": "1", "Paused": "0",
                          "PausedReason": "human:break", "Penalty": "3", "InCall": "1"},
     f.MemberChanged(at=AT, pbx="p", queue="q", interface="PJSIP/1001", status=1, paused=False,
                     reason="human:break", penalty=3, in_call=True)),
    ("QueueMemberStatus", {"Queue": "q", "Interface": "PJSIP/1001", "Status": "2", "Paused": "1",
                           "PausedReason": "human:break"},
     f.MemberChanged(at=AT, pbx="p", queue="q", interface="PJSIP/1001", status=2, paused=True, reason="human:break")),
    ("QueueMemberRemoved", {"Queue": "q", "Interface": "PJSIP/1001"},
     f.MemberRemoved(at=AT, pbx="p", queue="q", interface="PJSIP/1001")),
    ("DeviceStateChange", {"Device": "PJSIP/1001", "State": "RINGING"},
     f.DeviceChanged(at=AT, pbx="p", device="PJSIP/1001", state="RINGING")),
    ("UserEvent", {"UserEvent": "OknoCall", "Uniqueid": "1.1", "Dialled": "73430000001", "Source": "site"},
     f.CallTagged(at=AT, pbx="p", uniqueid="1.1", dialled="73430000001", source="site")),
    ("UserEvent", {"UserEvent": "OknoQueueExit", "Uniqueid": "1.1", "Queue": "q", "Status": "FULL"},
     f.QueueExited(at=AT, pbx="p", queue="q", uniqueid="1.1", status="FULL")),
    ("UserEvent", {"UserEvent": "OknoClosed", "Uniqueid": "1.1"}, f.ClosedHoursReached(at=AT, pbx="p", uniqueid="1.1")),
    ("BridgeEnter", {"BridgeUniqueid": "b", "BridgeType": "parking", "BridgeTechnology": "holding_bridge",
                     "Uniqueid": "1.1", "Linkedid": "1.0", "SwapUniqueid": "1.5"},
     f.BridgeEntered(at=AT, pbx="p", bridge="b", bridge_type=t.HOLDING, uniqueid="1.1", linkedid="1.0", swap="1.5")),
    ("DialEnd", {"DestUniqueid": "1.2", "DialStatus": "CANCEL", "Forward": "Local/1002@okno-phones"},
     t.PhoneForwarded(at=AT, pbx="p", uniqueid="1.2", to="Local/1002@okno-phones")),
    ("BlindTransfer", {"TransfererUniqueid": "1.2", "TransfereeUniqueid": "1.1", "BridgeUniqueid": "b",
                       "Context": "okno-phones", "Extension": "1002", "Result": "Success"},
     t.BlindTransferred(at=AT, pbx="p", uniqueid="1.2", transferee="1.1", bridge="b", context="okno-phones",
                        exten="1002")),
    ("BlindTransfer", {"TransfererUniqueid": "1.2", "Result": "Invalid"},
     t.BlindTransferred(at=AT, pbx="p", uniqueid="1.2", done=False)),
    ("AttendedTransfer", {"OrigTransfererUniqueid": "1.2", "SecondTransfererUniqueid": "1.3", "TransfereeUniqueid":
                          "1.1", "TransferTargetUniqueid": "1.4", "DestType": "Bridge", "DestBridgeUniqueid": "b"},
     t.AttendedTransferred(at=AT, pbx="p", first="1.2", second="1.3", transferee="1.1", target="1.4", kind="Bridge",
                           bridge="b")),
    ("AttendedTransfer", {"OrigTransfererUniqueid": "1.2", "DestType": "App", "DestApp": "Queue"},
     t.AttendedTransferred(at=AT, pbx="p", first="1.2", kind="App", application="Queue")),
    ("Pickup", {"Uniqueid": "1.3", "TargetUniqueid": "1.2"},
     t.PickedUp(at=AT, pbx="p", uniqueid="1.3", target="1.2")),
    ("ParkedCall", {"ParkeeUniqueid": "1.1", "Parkinglot": "default"},
     t.CallParked(at=AT, pbx="p", uniqueid="1.1", lot="default")),
    ("UnParkedCall", {"ParkeeUniqueid": "1.1", "RetrieverUniqueid": "1.3"},
     t.CallUnparked(at=AT, pbx="p", uniqueid="1.1", retriever="1.3")),
    ("ParkedCallTimeOut", {"ParkeeUniqueid": "1.1"},
     t.CallUnparked(at=AT, pbx="p", uniqueid="1.1", reason="timeout")),
    ("ParkedCallGiveUp", {"ParkeeUniqueid": "1.1"},
     t.CallUnparked(at=AT, pbx="p", uniqueid="1.1", reason="gave_up")),
    ("UserEvent", {"UserEvent": "OknoVoicemail", "Uniqueid": "1.1"},
     t.VoicemailReached(at=AT, pbx="p", uniqueid="1.1")),
    ("UserEvent", {"UserEvent": "OknoSelfService", "Uniqueid": "1.1"},
     t.SelfServed(at=AT, pbx="p", uniqueid="1.1")),
    ("UserEvent", {"UserEvent": "OknoSurvey", "Uniqueid": "1.1"}, t.SurveyBegan(at=AT, pbx="p", uniqueid="1.1")),
    ("OriginateResponse", {"ActionID": "a", "Uniqueid": "okno-1.a", "Response": "Failure", "Reason": "0"},
     t.OriginateEnded(at=AT, pbx="p", uniqueid="okno-1.a", done=False)),
    ("OriginateResponse", {"ActionID": "a", "Uniqueid": "okno-1.a", "Response": "Success", "Reason": "4"},
     t.OriginateEnded(at=AT, pbx="p", uniqueid="okno-1.a", done=True)),
    ("FullyBooted", {}, f.PbxBooted(at=AT, pbx="p")),
    ("Shutdown", {"Shutdown": "Cleanly"}, f.PbxShutDown(at=AT, pbx="p")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "headers", "fact"), TABLE, ids=[f"{row[0]}-{n}" for n, row in enumerate(TABLE)])
def test_each_event_becomes_its_fact(name: str, headers: dict[str, str], fact: f.Fact) -> None:
    assert name.encode() in ROUTES
    assert translate("p", name, headers, AT) == fact


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("VarSet", {"Uniqueid": "1.1"}),
        ("Hangup", {}),
        ("Hangup", {"Uniqueid": "<unknown>"}),
        ("BridgeEnter", {"Uniqueid": "1.1"}),
        ("UserEvent", {"UserEvent": "Other", "Uniqueid": "1.1"}),
        ("UserEvent OknoCall", {}),
        ("DeviceStateChange", {"Device": "Queue:registry", "State": "INUSE"}),
        ("DeviceStateChange", {"Device": "PJSIP/1001", "State": "INUSE", "ActionID": "old/1"}),
    ],
)
def test_what_is_no_fact_gives_none(name: str, headers: dict[str, str]) -> None:
    assert translate("p", name, headers, AT) is None


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"<unknown>", ""),
        (rb"\"Clinic\" O\'Brien", '"Clinic" O\'Brien'),
        (rb"a\r\n\r\nEvent: Hangup", "a    Event: Hangup"),
        ("Ёлка 🙂".encode(), "Ёлка 🙂"),
        (b"Jos\xe9", "Jos\ufffd"),
        (b"nul\x00here", "nul here"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"x" * 10_000, "x" * 256),
    ],
)
def test_a_callers_name_is_whatever_the_caller_wishes(sent: bytes, shown: str) -> None:
    raw = b"Event: Newchannel\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nChannel: c\r\nCallerIDName: " + sent
    fact = translate("p", "Newchannel", wire.parse(raw), AT)
    assert isinstance(fact, f.ChannelCreated)
    assert fact.caller_name == shown


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("1760000000.123456", datetime.fromtimestamp(1760000000, UTC) + timedelta(microseconds=123456)),
        ("1760000000.5", datetime.fromtimestamp(1760000000, UTC) + timedelta(microseconds=500000)),
        ("1760000000", datetime.fromtimestamp(1760000000, UTC)),
        ("", AT), ("soon", AT), ("²", AT), ("9" * 40, AT), ("nan", AT), ("inf", AT),
    ],
)  # fmt: skip
def test_the_time_is_the_pbxs_own_or_ours(stamp: str, at: datetime) -> None:
    assert at_of({"Timestamp": stamp}, AT, timedelta()) == at


def test_the_clocks_offset_is_added() -> None:
    moved = at_of({"Timestamp": "1760000000.0"}, AT, timedelta(seconds=2))
    assert moved == datetime.fromtimestamp(1760000002, UTC)


KEYS = sorted({key for _, headers, _ in TABLE for key in headers} | {"Timestamp", "CallerIDName", "Context"})


@settings(deadline=None)
@given(
    st.sampled_from(sorted(ROUTES)),
    st.dictionaries(st.sampled_from(KEYS), st.binary(max_size=40) | st.just(b"OknoCall"), max_size=12),
)
def test_fuzzed_events_never_raise_and_are_clean(name: bytes, values: dict[str, bytes]) -> None:
    raw = b"Event: " + name + b"".join(b"\r\n" + key.encode() + b": " + value for key, value in values.items())
    headers = wire.parse(raw)
    fact = translate("p", name.decode(), headers, at_of(headers, AT, timedelta()))
    if fact is not None:
        text = repr(fact).encode()
        assert b"\0" not in text
