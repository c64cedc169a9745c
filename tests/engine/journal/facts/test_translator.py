"""Rows as facts: the kinds and the order that AMI would have told."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from engine.ami.replay import facts as ami_facts
from engine.events import facts as f
from engine.events import transfers as t
from engine.events.facts import Fact
from engine.journal import cel, queue_log
from engine.journal.facts import Translator
from engine.journal.facts.window import ALONE_S
from tests.engine.clinic import EPOCH, PBX, at, uid
from tests.engine.journal import recorded
from tests.engine.journal.paper import IVANOV, ORLOVA, Paper, end, line, row, trunk


def facts_of(
    rows: list[str], lines: list[str], pbx: str = PBX, phones: frozenset[str] = frozenset(), *, alone: bool = False
) -> list[Fact]:
    """All facts of a journal; `alone`: of CEL without a queue_log."""
    translator = Translator(pbx)
    translator.channels.phones = phones
    for record in lines:
        translator.window.note(queue_log.parse(record))
    for record in rows:
        translator.window.add(cel.parse(record), 0)
    for number, file in enumerate(("cel", "cel" if alone else "queue_log")):
        translator.window.reached(file, 9e9 + number * ALONE_S)
    found: list[Fact] = []
    while translator.ready():
        found += translator.tell()
    return found


def told(paper: Paper) -> list[Fact]:
    """The facts of a paper."""
    return facts_of(paper.cel, paper.queue_log)


def kinds(facts: list[Fact], *without: type[Fact]) -> list[type[Fact]]:
    """The kinds in their order."""
    return [type(fact) for fact in facts if not isinstance(fact, (f.CallerIdChanged, f.CallTagged, *without))]


def test_an_answered_queue_call_has_ami_s_order() -> None:
    paper = Paper()
    paper.answered()
    assert kinds(told(paper)) == [
        f.ChannelCreated, f.ChannelStateChanged, f.QueueJoined, f.ChannelCreated, f.AgentCalled, f.DialBegan,
        f.ChannelStateChanged, f.DialEnded, f.QueueLeft, f.AgentConnected, f.BridgeEntered, f.BridgeEntered,
        f.HangupRequested, f.BridgeLeft, f.BridgeLeft, f.ChannelHungUp, f.ChannelHungUp,
    ]  # fmt: skip


def test_who_hung_up_is_told_before_the_bridge_he_left() -> None:
    for by, serial in ((trunk(1), 1), (ORLOVA, 2)):
        paper = Paper()
        paper.arrives(0)
        paper.queues(1)
        paper.rings(1.01, 2)
        paper.lifts(3)
        paper.part(8, by=by)
        facts = told(paper)
        place = kinds(facts).index(f.HangupRequested)
        assert kinds(facts)[place + 1] is f.BridgeLeft
        (wish,) = [fact for fact in facts if isinstance(fact, f.HangupRequested)]
        assert wish.uniqueid == uid(serial)


def test_nobody_wished_what_the_dialplan_ended() -> None:
    paper = Paper()
    paper.arrives(0)
    paper.leaves(5, by="dialplan/builtin")
    assert f.HangupRequested not in kinds(told(paper))


@pytest.mark.parametrize(
    ("cause", "by", "lines", "status"),
    [
        (17, ORLOVA, [("RINGNOANSWER", 2000)], "NOANSWER"),
        (0, "", [("RINGNOANSWER", 2000)], "NOANSWER"),
        (0, "", [("RINGCANCELED", 2000)], "CANCEL"),
        (26, "", [], "CANCEL"),
        (0, "", [], "NOANSWER"),
    ],
)
def test_how_a_ring_in_a_queue_ended(cause: int, by: str, lines: list[tuple[str, int]], status: str) -> None:
    paper = Paper()
    paper.arrives(0)
    paper.queues(1)
    paper.rings(1.5, 2)
    paper.write(*(line(3.5, 1, "front", "orlova", event, length) for event, length in lines))
    paper.stops(3.5, 2, cause=cause, by=by)
    (ended,) = [fact for fact in told(paper) if isinstance(fact, f.DialEnded)]
    assert (ended.uniqueid, ended.dest, ended.status) == (uid(1), uid(2), status)


@pytest.mark.parametrize(
    ("cause", "status", "expected"),
    [(17, "BUSY", "BUSY"), (21, "NOANSWER", "NOANSWER"), (34, "CONGESTION", "CONGESTION"), (127, "CANCEL", "CANCEL"),
     (34, "", "CONGESTION"), (1, "", "NOANSWER"), (16, "ANSWER", "CANCEL")],
)  # fmt: skip
def test_how_a_dial_ended_its_caller_s_end_tells(cause: int, status: str, expected: str) -> None:
    callee = "PJSIP/trunk-00000009"
    rows = [
        row("CHAN_START", 0, 1, ORLOVA, exten="79990001122", number="1001"),
        row("APP_START", 0.1, 1, ORLOVA, app="Dial", data="PJSIP/79990001122@trunk,90"),
        row("CHAN_START", 0.2, 2, callee, linked=1, exten="s"),
        row("HANGUP", 5, 2, callee, linked=1, extra=end(cause, "")),
        row("APP_END", 5.1, 1, ORLOVA, app="Dial", data="PJSIP/79990001122@trunk,90"),
        row("HANGUP", 5.1, 1, ORLOVA, extra=end(cause, "", status)),
    ]
    facts = facts_of(rows, [])
    (began,) = [fact for fact in facts if isinstance(fact, f.DialBegan)]
    assert (began.uniqueid, began.dest, began.dial_string) == (uid(1), uid(2), "79990001122@trunk")
    (ended,) = [fact for fact in facts if isinstance(fact, f.DialEnded)]
    assert ended.status == expected


def test_a_refused_join_is_no_stay() -> None:
    paper = Paper()
    paper.write(line(0, "NONE", "NONE", "NONE", "CONFIGRELOAD", ""))
    paper.arrives(0)
    paper.queues(1, let_in=False)
    paper.write(row("APP_END", 1.1, 1, trunk(1), app="Queue", data="front,,,,60"))
    paper.write(row("OKNO_QUEUE_EXIT", 1.2, 1, trunk(1), extra={"extra": "front|JOINEMPTY"}))
    facts = told(paper)
    assert f.QueueJoined not in kinds(facts) and f.QueueLeft not in kinds(facts)
    assert [fact.status for fact in facts if isinstance(fact, f.QueueExited)] == ["JOINEMPTY"]


@pytest.mark.parametrize(
    ("event", "abandoned"), [("ABANDON", True), ("EXITWITHTIMEOUT", True), ("EXITEMPTY", True), ("EXITWITHKEY", False)]
)
def test_how_a_queue_let_its_caller_go(event: str, abandoned: bool) -> None:
    paper = Paper()
    paper.arrives(0)
    paper.queues(1)
    paper.write(line(9, 1, "front", "NONE", event, 1, 1, 8))
    paper.write(row("APP_END", 9.1, 1, trunk(1), app="Queue", data="front,,,,60"))
    found = kinds(told(paper))
    assert (f.QueueAbandoned in found) is abandoned
    assert found[-1] is f.QueueLeft


def test_a_stay_that_cel_does_not_tell_begins_before_its_first_ring() -> None:
    paper = Paper()
    paper.arrives(0)
    paper.queues(1)
    paper.rings(1.5, 2)
    paper.stops(3.5, 2)
    paper.write(
        line(3.5, 1, "front", "orlova", "RINGCANCELED", 2000), line(3.5, 1, "front", "NONE", "EXITWITHKEY", 1, 1, 1, 2),
        line(3.5, 1, "back", "NONE", "ENTERQUEUE", "", "", 1),
    )  # fmt: skip
    paper.rings(3.6, 3, IVANOV)
    facts = told(paper)
    assert [(fact.queue, fact.at) for fact in facts if isinstance(fact, f.QueueJoined)] == [
        ("front", at(1)), ("back", at(3.5)),
    ]  # fmt: skip
    assert [fact.queue for fact in facts if isinstance(fact, f.AgentCalled)] == ["front", "back"]


def test_a_number_an_originate_got_late_is_its_call_s() -> None:
    own = "okno-5b5c1c99"
    rows = [
        row("CHAN_START", 0, own, trunk(1), exten="s"),
        row("ANSWER", 20, own, trunk(1), number="79990001122", app="AppDial2", data="(Outgoing Line)"),
    ]
    facts = facts_of(rows, [])
    assert kinds(facts) == [f.ChannelCreated, f.DialBegan, f.ChannelStateChanged, f.DialEnded]
    assert [type(fact) for fact in facts][1] is f.CallerIdChanged
    assert [fact.at for fact in facts if isinstance(fact, f.DialBegan)] == [at(0)]
    assert [fact.state for fact in facts if isinstance(fact, f.ChannelCreated)] == [0]


def test_a_call_without_a_number_dialled_came_to_us_all_the_same() -> None:
    rows = [row("CHAN_START", 0, 1, trunk(1), exten="s"), row("APP_START", 0.5, 1, trunk(1), app="Queue", data="front")]
    assert [fact.state for fact in facts_of(rows, []) if isinstance(fact, f.ChannelCreated)] == [4]


def test_the_last_ring_of_a_queue_may_end_after_the_first_of_the_next_one() -> None:
    paper = Paper()
    paper.arrives(0)
    paper.queues(1)
    paper.rings(1.5, 2)
    paper.write(
        line(3.5, 1, "front", "orlova", "RINGCANCELED", 2000), line(3.5, 1, "front", "NONE", "EXITWITHKEY", 1, 1, 1, 2),
        line(3.5, 1, "back", "NONE", "ENTERQUEUE", "", "", 1),
    )  # fmt: skip
    paper.rings(3.6, 3, IVANOV)
    paper.stops(3.601, 2)
    assert [fact.queue for fact in told(paper) if isinstance(fact, f.AgentCalled)] == ["front", "back"]


def test_what_rings_for_one_who_was_put_through_ends_for_him() -> None:
    """The phone is still of the consultation's family, and its own end stands after the patient's."""
    dial = {"app": "Dial", "data": "PJSIP/1002,45"}
    moved = {"app": "Dial", "channel2_uniqueid": uid(5), "transferee_channel_uniqueid": uid(1)}
    facts = facts_of([
        row("CHAN_START", 0, 1, trunk(1), exten="7"),
        row("CHAN_START", 0, 2, ORLOVA, linked=1),
        row("CHAN_START", 20, 5, "PJSIP/1001-00000005", exten="1002"),
        row("APP_START", 20, 5, "PJSIP/1001-00000005", **dial),
        row("CHAN_START", 20, 6, IVANOV, linked=5),
        row("ATTENDEDTRANSFER", 21, 2, ORLOVA, linked=1, extra=moved),
        row("APP_END", 22, 1, trunk(1), **dial),
        row("HANGUP", 22, 1, trunk(1), extra=end(17, "dialplan/builtin", "ANSWER")),
        row("HANGUP", 22.001, 6, IVANOV, linked=5, extra=end(17, IVANOV)),
    ], [])  # fmt: skip
    ends = [fact for fact in facts if isinstance(fact, f.DialEnded | f.ChannelHungUp)]
    assert [(type(fact), fact.uniqueid) for fact in ends] == [
        (f.DialEnded, uid(1)), (f.ChannelHungUp, uid(1)), (f.ChannelHungUp, uid(6)),
    ]  # fmt: skip
    assert isinstance(ends[0], f.DialEnded) and (ends[0].dest, ends[0].status) == (uid(6), "BUSY")


def test_moves_and_marks() -> None:
    extra = {"transferee_channel_uniqueid": uid(1), "bridge_id": "b", "extension": "1002", "context": "c"}
    rows = [
        row("CHAN_START", 0, 1, trunk(1), exten="7"), row("CHAN_START", 0, 2, ORLOVA, linked=1),
        row("BLINDTRANSFER", 1, 2, ORLOVA, linked=1, extra=extra),
        row("PICKUP", 2, 2, ORLOVA, linked=1, extra={"pickup_channel_uniqueid": uid(9)}),
        row("PARK_START", 3, 1, trunk(1), extra={"parking_lot": "default"}),
        row("PARK_END", 4, 1, trunk(1), extra={"reason": "ParkedCallTimeOut", "retriever": ORLOVA}),
        row("OKNO_CLOSED", 5, 1, trunk(1), extra={"extra": "+7|7"}), row("OKNO_VOICEMAIL", 6, 1, trunk(1)),
        row("OKNO_SELF_SERVICE", 7, 1, trunk(1)),
        row("OKNO_QUEUE_EXIT", 7, 1, trunk(1), extra={"extra": "no bar"}), row("PICKUP", 8, 1, trunk(1)),
        row("LINKEDID_END", 9, 1, trunk(1)),
    ]  # fmt: skip
    facts = [fact for fact in facts_of(rows, []) if not isinstance(fact, f.ChannelCreated | f.DialBegan)]
    assert facts == [
        t.BlindTransferred(at=at(1), pbx=PBX, uniqueid=uid(2), transferee=uid(1), bridge="b", context="c", exten="1002"),
        t.PickedUp(at=at(2), pbx=PBX, uniqueid=uid(9), target=uid(2)),
        t.CallParked(at=at(3), pbx=PBX, uniqueid=uid(1), lot="default"),
        t.CallUnparked(at=at(4), pbx=PBX, uniqueid=uid(1), retriever=uid(2), reason="timeout"),
        f.ClosedHoursReached(at=at(5), pbx=PBX, uniqueid=uid(1)),
        t.VoicemailReached(at=at(6), pbx=PBX, uniqueid=uid(1)),
        t.SelfServed(at=at(7), pbx=PBX, uniqueid=uid(1)),
    ]


def test_a_start_is_told_in_its_place_and_with_the_last_moment_before_it() -> None:
    paper = Paper()
    paper.arrives(0)
    paper.write(line(60, "NONE", "NONE", "NONE", "QUEUESTART", ""))
    paper.arrives(61, 1001)
    (start,) = [fact for fact in told(paper) if isinstance(fact, t.PbxStarted)]
    assert (start.at, start.last_seen) == (at(60), at(0.02))
    assert kinds(told(paper)).index(t.PbxStarted) == 2
    assert EPOCH


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("foreign", [f"crm-{EPOCH + 60}.7", f"{EPOCH + 60}.7"])
def test_an_id_that_an_originate_was_given_is_no_start(foreign: str, alone: bool) -> None:
    rows = [
        row("CHAN_START", 0, 50, trunk(50), exten="7"), row("CHAN_START", 1, 51, ORLOVA, linked=50, exten="s"),
        row("CHAN_START", 60, foreign, IVANOV, exten="s"), row("ANSWER", 61, foreign, IVANOV, app="AppDial2"),
        row("CHAN_START", 70, 53, "PJSIP/1003-00000009", exten="8"),
    ]  # fmt: skip
    assert t.PbxStarted not in kinds(facts_of(rows, [], alone=alone))


def test_serials_that_fall_are_a_start_only_where_no_queue_log_would_tell_it() -> None:
    rows = [
        row("CHAN_START", 0, f"{EPOCH}.50", trunk(50), exten="7"),
        row("CHAN_START", 60, f"{EPOCH + 60}.7", trunk(7), exten="7"),
    ]  # fmt: skip
    assert t.PbxStarted in kinds(facts_of(rows, [], alone=True))
    assert t.PbxStarted not in kinds(facts_of(rows, []))


# Facts that a real run tells over AMI and in the journal alike: what of them may be counted.
SAME = (
    f.ChannelCreated, f.BridgeEntered, f.BridgeLeft, f.ChannelHungUp, f.QueueJoined, f.QueueExited, f.CallTagged,
    f.ClosedHoursReached, f.AgentConnected, t.BlindTransferred, t.AttendedTransferred, t.PickedUp, t.CallParked,
    t.CallUnparked, t.PhoneForwarded, t.VoicemailReached,
)  # fmt: skip


def test_a_real_run_tells_the_same_facts_by_both() -> None:
    live = list(ami_facts(recorded.contents("ami"), pbx=recorded.NAME))
    mine = facts_of(recorded.records("cel"), recorded.records("queue_log"), recorded.NAME)
    counted = [Counter(type(fact).__name__ for fact in facts if isinstance(fact, SAME)) for facts in (live, mine)]
    assert counted[0] == counted[1]


def test_a_real_run_tells_each_channel_s_life_in_the_same_order_by_both() -> None:
    mine = facts_of(recorded.records("cel"), recorded.records("queue_log"), recorded.NAME)
    lives: dict[str, list[type[Fact]]] = {}
    for fact in mine:
        if isinstance(fact, (f.ChannelCreated, f.BridgeEntered, f.BridgeLeft, f.ChannelHungUp)):
            lives.setdefault(fact.uniqueid, []).append(type(fact))
    theirs: dict[str, list[type[Fact]]] = {}
    for fact in ami_facts(recorded.contents("ami"), pbx=recorded.NAME):
        if isinstance(fact, (f.ChannelCreated, f.BridgeEntered, f.BridgeLeft, f.ChannelHungUp)):
            theirs.setdefault(fact.uniqueid, []).append(type(fact))
    assert lives == theirs
    assert all(first is not f.ChannelHungUp for life in lives.values() for first, _ in pairwise(life))
