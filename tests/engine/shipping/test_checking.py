"""`okno journal check`: the files read anew against what a real engine keeps."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from engine.live.rows import call_row
from engine.shipping import checking
from engine.shipping.checking import BadTime, NoJournal, by_our_clock, call_of, check, compare
from engine.world import Call
from okno.database import Database
from okno.errors import Refused
from okno.service import ServiceDown
from okno.settings import PbxSettings, Runtime, Settings
from tests.engine.clinic import PBX, at, clinic
from tests.engine.conftest import StartEngine
from tests.engine.mending import told_by
from tests.engine.requests.test_repairs import abandoned, answered
from tests.engine.shipping.rig import PBXES, Journal, count, shipping, until

(CALL,) = told_by(answered())
(OTHER,) = told_by(abandoned())
LATER = at(3_600)


def kept(call: Any) -> Any:
    """A call after its way over the wire."""
    return call_of(json.loads(json.dumps(call_row(clinic(), call))))


def test_what_agrees_agrees() -> None:
    verdict = compare(PBX, [CALL], [kept(CALL)], LATER)
    assert (verdict.told, verdict.agree, verdict.differences) == (1, 1, ())


def test_each_kind_of_difference() -> None:
    other = replace(CALL, key=OTHER.key + "x", result="failed")
    cases = [
        ([CALL], [], "missing in Okno"),
        ([], [kept(CALL)], "not in the journal"),
        ([CALL], [replace(kept(CALL), result="failed")], "differs"),
        ([CALL], [replace(kept(CALL), ended_at=None, result="in_progress")], "still open in Okno"),
        ([CALL, other], [kept(CALL)], "missing in Okno"),
    ]  # fmt: skip
    for told, ours, kind in cases:
        verdict = compare(PBX, told, ours, LATER)
        assert [one.kind for one in verdict.differences] == [kind]


def test_what_ended_just_now_is_nobodys_fault() -> None:
    assert CALL.ended_at is not None
    now = CALL.ended_at + timedelta(seconds=1)
    assert compare(PBX, [CALL], [], now).differences == compare(PBX, [], [kept(CALL)], now).differences == ()
    assert compare("branch", [], [kept(CALL)], LATER).differences == ()


@pytest.mark.parametrize("apart", [timedelta(hours=3), timedelta(seconds=-7), timedelta()])
def test_a_pbx_with_another_clock_agrees(apart: timedelta) -> None:
    ours = [kept(replace(moved(CALL, apart), key=key)) for key in "abc"]
    wrong = replace(ours[0], started_at=ours[0].started_at + timedelta(seconds=99))
    told = [replace(CALL, key=key) for key in "abcd"]
    verdict = compare(PBX, by_our_clock(told, [wrong, *ours[1:]]), [wrong, *ours[1:]], LATER + timedelta(hours=9))
    assert (verdict.told, verdict.agree) == (4, 2)
    assert [(one.kind, one.fields) for one in verdict.differences] == [
        ("differs", ("started_at",)), ("missing in Okno", ()),
    ]  # fmt: skip
    assert by_our_clock([CALL], []) == [CALL]


def moved(call: Call, by: timedelta) -> Call:
    """A call as another clock dates it."""

    def dated(one: Any) -> Any:
        names = [name for name in one.__slots__ if name.endswith("_at") and getattr(one, name) is not None]
        return replace(one, **{name: getattr(one, name) + by for name in names})

    return cast("Call", replace(dated(call), legs=tuple(map(dated, call.legs)), visits=tuple(map(dated, call.visits))))


class Nobody:
    """An engine nobody has to ask: the rows are given."""

    def __init__(self, runtime: Runtime) -> None: ...

    async def __aenter__(self) -> Nobody:
        return self

    async def __aexit__(self, *_: object) -> None: ...


async def test_what_ends_while_the_files_are_read_is_nobodys_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = CALL.started_at + timedelta(seconds=2)
    now = [begun]
    row = json.loads(json.dumps(call_row(clinic(), replace(CALL, ended_at=None, result="in_progress"))))

    async def rows(*_: object) -> list[dict[str, Any]]:
        now[0] += timedelta(seconds=20)  # a page after another
        return [row]

    def read(*_: object) -> list[Call]:
        now[0] += timedelta(minutes=5)
        return [CALL]

    monkeypatch.setattr(checking, "EngineClient", Nobody)
    monkeypatch.setattr(checking, "_rows", rows)
    monkeypatch.setattr(checking, "calls_of", read)
    monkeypatch.setattr(checking.clock, "now", lambda: now[0])
    runtime = Runtime(Settings(pbxes=[PbxSettings(name=PBX)]), tmp_path)
    (verdict,) = await checking._all(runtime, runtime.settings.pbxes, begun - timedelta(days=1), begun)
    assert verdict.differences == ()


async def run(capsys: pytest.CaptureFixture[str], config: Path, state: Path, **more: Any) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    args = {"config": config, "state": state, "since": "2025-10-01", "to": "2025-11-01", "pbx": None, "json": False}
    code = await asyncio.to_thread(check, Namespace(**(args | more)))
    return code, capsys.readouterr().out


async def test_the_command(
    start_engine: StartEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OKNO_CONFIG", "OKNO_STATE"):
        monkeypatch.setenv(name, "")  # the command puts them there; they must not outlive the test
    journal = Journal(tmp_path / "journal")
    journal.folder.mkdir()
    journal.calls(1, 2, 3)
    named = {file: str(path) for file, path in journal.files.items()}
    child = await start_engine(pbxes=[PBXES["pbxes"][0] | {"journal": named}])
    await child.ready()
    config, state = child.log.parent / f"okno-{child.runtime.settings.engine.port}.yaml", child.runtime.state
    async with shipping(journal, child.client):
        await until(lambda: count(child, 3))
    code, text = await run(capsys, config, state)
    assert (code, text) == (0, "main: 3 calls in the journal, 3 agree, 0 differ\n")
    database = await Database.open(child.database_url, name="test")
    await database.execute("UPDATE calls SET result = 'abandoned' WHERE channel LIKE '%.11'")
    await database.execute("DELETE FROM calls WHERE channel LIKE '%.21'")
    await database.close()
    code, text = await run(capsys, config, state)
    assert code == 1 and text.startswith("main: 3 calls in the journal, 1 agree, 2 differ\n")
    assert "differs: result" in text and "missing in Okno" in text and "9990000001" not in text
    assert text.count("    journal: 2025-10-09") == 2 and "    okno:    nothing" in text
    code, text = await run(capsys, config, state, json=True, pbx=PBX)
    (verdict,) = json.loads(text)
    assert (code, verdict["calls"], verdict["agree"], len(verdict["differences"])) == (1, 3, 1, 2)
    assert "9990000001" not in text and verdict["differences"][0]["okno"]["result"] == "abandoned"
    await refusals(capsys, config, state)
    child.kill()
    with pytest.raises(ServiceDown):
        await run(capsys, config, state)


async def refusals(capsys: pytest.CaptureFixture[str], config: Path, state: Path) -> None:
    """What cannot be done is said in one line."""
    for wrong in ({"since": "yesterday"}, {"to": "2025-13-01"}, {"since": "2025-11-01"}):
        with pytest.raises(BadTime):
            await run(capsys, config, state, **wrong)
    with pytest.raises(Refused, match="--pbx must be one of"):
        await run(capsys, config, state, pbx="nowhere")
    bare = config.with_name("bare.yaml")
    bare.write_text("pbxes: [{name: main, journal: {cel: /no/such/dir/a.csv, queue_log: /no/such/dir/b}}]\n")
    with pytest.raises(NoJournal, match="the journal of main cannot be read here: /no/such/dir is not there"):
        await run(capsys, bare, state)
