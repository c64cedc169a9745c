"""The second opinion on the journal reads what begins and ends, and passes over what is broken."""

from __future__ import annotations

from tests.chaos.journal import channels, rows

START = (
    '"CHAN_START","1795246857.089566","main-7.4","main-7.4","PJSIP/trunk-00000004","+79990000011","73430000001",'
    '"okno-inbound","","","","",""'
)
DESK = (
    '"CHAN_START","1795246856.584308","main-6.0","main-6.0","PJSIP/1001-00000000","1001","89990060002",'
    '"okno-phones","","","","",""'
)
DIALLED = (
    '"CHAN_START","1795246856.585087","main-6.1","main-6.0","PJSIP/trunk-00000001","","s","okno-inbound","","","","",""'
)
COLLEAGUES = (
    '"CHAN_START","1795246857.584114","main-7.5","main-7.5","PJSIP/1003-00000005","1003","1004","okno-phones","","","",'
    '"",""'
)
RUNG = '"CHAN_START","1795246857.584852","main-7.6","main-7.5","PJSIP/1004-00000006","1004","s","okno-phones","","","","",""'
END = (
    '"HANGUP","1795246861.099298","main-7.4","main-7.4","PJSIP/trunk-00000004","+79990000011","s","okno-open-main","",'
    '"","","","{""hangupcause"":16,""hangupsource"":""PJSIP/trunk-00000004"",""dialstatus"":""ANSWER""}"'
)


def test_a_patient_an_outbound_and_an_internal_call_are_three_channels() -> None:
    found = channels(rows("\n".join([START, DESK, DIALLED, COLLEAGUES, RUNG, END, ""])))
    assert [(one.uniqueid, one.direction, one.tail) for one in found] == [
        ("main-7.4", "inbound", "0011"), ("main-6.1", "outbound", "0002"), ("main-7.5", "internal", "1003-1004"),
    ]  # fmt: skip
    assert [one.ended_at is None for one in found] == [False, True, True]
    assert found[0].ended_at is not None
    assert round((found[0].ended_at - found[0].started_at).total_seconds(), 6) == 4.009732


def test_type_and_time_may_be_without_quotes() -> None:
    bare = START.replace('"CHAN_START","1795246857.089566"', "CHAN_START,1795246857.089566")
    assert rows(bare) == rows(START) and channels(rows(bare)) == channels(rows(START)) != []


def test_a_row_cut_short_by_a_kill_is_passed_over_alone() -> None:
    for end_of_line in ("\n", ""):
        found = rows(START[:60] + end_of_line + END + "\n" + DESK[:50])
        assert [row[0] for row in found] == ["HANGUP"]
    assert rows("") == rows("\n\n,,,\n") == []
