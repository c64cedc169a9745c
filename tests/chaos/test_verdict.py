"""The judge finds what is wrong: a call lost, doubled, invented, without a request, with a wrong result or wrong legs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.scenarios import Call
from tests.chaos.journal import Channel
from tests.chaos.traffic import Planned
from tests.chaos.verdict import Row, Seen, judge
from tests.chaos.wire import Placed
from tests.system.truth import Ring

T = datetime(2026, 11, 21, 7, tzinfo=UTC)
NUMBER, LINE = "+79990000011", "73430000001"


def at(seconds: float) -> datetime:
    """So many seconds into the run."""
    return T + timedelta(seconds=seconds)


def call(id: str = "c1", **more: Any) -> Row:
    """Okno's row of the answered call."""
    leg = {"operator": "op1001", "rang_at": at(1).isoformat(), "answered_at": at(2).isoformat(),
           "left_at": at(6).isoformat(), "result": "answered"}  # fmt: skip
    return {
        "id": id, "direction": "inbound", "number": "+7 999 •••-00-11", "dialled": "+73430000001", "result": "answered",
        "started_at": at(0).isoformat(), "ended_at": at(6).isoformat(), "talk_s": 4.0, "legs": [leg],
        "request_id": f"r-{id}",
    } | more  # fmt: skip


def asked(*ids: str) -> list[Row]:
    """One request for each call."""
    return [{"id": f"r-{id}", "calls": [id], "kind": "call", "status": "done"} for id in ids]


CHANNEL = Channel("main-7.4", "inbound", "0011", at(0), at(6))
SEEN = Seen(
    planned=[Planned("answered", Call(NUMBER, LINE, 4.0), "0011")],
    placed=[Placed(NUMBER, LINE, at(0), heard_at=at(0), answered_at=at(0), ended_at=at(6), ended_by="caller")],
    rings=[Ring("1001", NUMBER, at(1), at(2), at(6))], outside=[], journal=[CHANNEL], tapped=[], calls=[call()],
    requests=asked("c1"), kills=[], dead=[],
)  # fmt: skip


def test_what_agrees_is_right() -> None:
    verdict = judge(SEEN)
    assert verdict.kept and verdict.known == 1 and verdict.disagreements == [] and verdict.only_sipp == []


def test_a_call_known_to_the_journal_or_to_ami_and_absent_is_lost() -> None:
    gone = replace(SEEN, calls=[], requests=[])
    assert len(judge(gone).lost) == 1
    assert len(judge(replace(gone, journal=[], tapped=[CHANNEL])).lost) == 1


def test_two_channels_of_one_number_need_two_calls() -> None:
    again = Channel("main-9.0", "inbound", "0011", at(3), at(6))
    assert len(judge(replace(SEEN, journal=[CHANNEL, again])).lost) == 1
    both = replace(
        SEEN, journal=[CHANNEL, again], calls=[call(), call("c2", started_at=at(3).isoformat())],
        requests=asked("c1", "c2"),
    )  # fmt: skip
    assert judge(both).kept


def test_one_channel_in_two_calls_is_doubled_and_one_of_no_channel_invented() -> None:
    assert len(judge(replace(SEEN, calls=[call(), call("c2")], requests=asked("c1", "c2"))).duplicated) == 1
    stranger = call("c2", number="+7 999 •••-00-99")
    assert len(judge(replace(SEEN, calls=[call(), stranger], requests=asked("c1", "c2"))).invented) == 1


def test_every_external_call_is_in_exactly_the_request_it_names() -> None:
    for requests in ([], asked("c1", "c1"), [asked("c1")[0] | {"id": "r-other"}], asked("c1", "c2")):
        assert judge(replace(SEEN, requests=requests)).without_request, requests
    assert judge(replace(SEEN, calls=[call(request_id=None)], requests=[])).without_request


def test_an_internal_call_has_no_request() -> None:
    inside = replace(
        SEEN, journal=[Channel("main-7.4", "internal", "1001-1002", at(0), at(6))],
        placed=[Placed("1001", "1002", at(0))], rings=[Ring("1002", "1001", at(1), at(2), at(6))],
        calls=[call(direction="internal", number="1001", dialled="1002", request_id=None)], requests=[],
    )  # fmt: skip
    assert judge(inside).kept and judge(inside).disagreements == []
    assert judge(
        replace(inside, calls=[inside.calls[0] | {"request_id": "r-c1"}], requests=asked("c1"))
    ).without_request


def test_a_wrong_result_wrong_legs_and_wrong_seconds_are_told() -> None:
    wrongs: list[Row] = [
        {"result": "abandoned"}, {"legs": []}, {"talk_s": 9.0}, {"direction": "outbound"}, {"ended_at": None}, {"dialled": "s"},
        {"result": "lost_by_pbx"}, {"legs": [call()["legs"][0] | {"answered_at": None}]},
        {"legs": [call()["legs"][0] | {"result": "no_answer"}]}, {"legs": [call()["legs"][0] | {"operator": "op1"}]},
    ]  # fmt: skip
    for wrong in wrongs:
        assert judge(replace(SEEN, calls=[call(**wrong)])).disagreements, wrong


def test_a_missed_call_of_a_patient_who_talked_is_told() -> None:
    verdict = judge(replace(SEEN, requests=[asked("c1")[0] | {"kind": "missed_call", "status": "queued"}]))
    assert verdict.kept and len(verdict.disagreements) == 1


def test_a_call_that_lived_at_a_kill_of_asterisk_is_lost_by_the_pbx() -> None:
    cut = replace(SEEN, journal=[replace(CHANNEL, ended_at=None)], kills=[at(4)])
    assert judge(cut).disagreements
    told = replace(
        cut, calls=[call(result="lost_by_pbx", ended_at=at(4).isoformat())],
        requests=[asked("c1")[0] | {"kind": "missed_call", "status": "queued"}],
    )  # fmt: skip
    assert judge(told).kept and judge(told).disagreements == []


def test_a_call_only_sipp_knows_must_have_begun_while_asterisk_was_dead() -> None:
    silent = replace(SEEN, journal=[], calls=[], requests=[], placed=[Placed(NUMBER, LINE, at(0))])
    assert len(judge(silent).only_sipp) == len(judge(silent).unexcused) == 1
    excused = judge(replace(silent, dead=[(at(-1), at(2))]))
    assert len(excused.only_sipp) == 1 and excused.unexcused == []
