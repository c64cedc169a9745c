"""Recorded bytes give the same facts in any chunking."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ami.replay import UNDATED, facts
from engine.events.facts import PbxBooted
from tests.engine.ami.fault_server import BANNER, block, newchannel

STREAM = (
    BANNER
    + block(Response="Success", ActionID="1", Message="Authentication accepted")
    + block(Event="FullyBooted", Uptime=5)
    + b"".join(newchannel(n, "Müller 🙂" * n) for n in range(8))
    + block(Event="VarSet", Variable="X", Value="1")
    + b"garbage\xff\r\n\r\n"
    + block(Event="Hangup", Uniqueid="1760000000.1", Cause=16)
)
RECORDINGS = sorted((Path(__file__).parents[2] / "replays").glob("**/*.ami"))


@settings(deadline=None)
@given(st.lists(st.integers(1, 300), max_size=40))
def test_any_chunking_gives_the_same_facts(sizes: list[int]) -> None:
    assert list(facts(STREAM, "p", sizes)) == list(facts(STREAM, "p", 1)) != []


def test_the_login_is_no_boot_and_an_undated_event_keeps_the_last_time(tmp_path: Path) -> None:
    file = tmp_path / "one.ami"
    file.write_bytes(STREAM)
    found = list(facts(file, "p"))
    assert len(found) == 9 and found[-1].at == found[-2].at
    assert not any(isinstance(fact, PbxBooted) for fact in found)
    boot = block(Event="FullyBooted", Uptime=5)
    (booted,) = facts(boot + boot)
    assert isinstance(booted, PbxBooted) and booted.at == UNDATED


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
@settings(max_examples=5, deadline=None)
@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=20))
def test_each_recording_gives_the_same_facts_in_any_chunking(recording: Path, sizes: list[int]) -> None:
    assert list(facts(recording, "p", sizes)) == list(facts(recording, "p")) != []
