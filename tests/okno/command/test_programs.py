"""What is run for which settings, and on which ports."""

from __future__ import annotations

from pathlib import Path

import pytest

from okno.command import programs, state
from okno.command.programs import Listen
from okno.settings import Runtime, Settings


def _runtime(tmp_path: Path, **settings: object) -> Runtime:
    runtime = Runtime(Settings.model_validate(settings), tmp_path / "state")
    state.prepare(runtime)
    return runtime


@pytest.fixture(autouse=True)
def _given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKNO_DATABASE_URL", "postgresql://okno@db.example:5432")
    monkeypatch.setenv("OKNO_REDIS_URL", "redis://redis.example/0")


def test_servers_that_are_given_are_not_started(tmp_path: Path) -> None:
    plan = programs.plan(_runtime(tmp_path), demo=False, say=lambda *_: None)
    assert (plan.servers, plan.environment) == ([], {})
    assert [[program.name for program in stage] for stage in plan.stages] == [["mis", "chat"], ["engine"], ["web"]]


def test_only_the_demo_places_calls(tmp_path: Path) -> None:
    names = [
        [
            program.name
            for stage in programs.plan(_runtime(tmp_path), demo=demo, say=lambda *_: None).stages
            for program in stage
        ]
        for demo in (False, True)
    ]
    assert "traffic" not in names[0]
    assert names[1][-1] == "traffic"


def test_only_the_demo_starts_a_mis_and_only_where_the_settings_say(tmp_path: Path) -> None:
    said: list[str] = []
    with_mis = _runtime(tmp_path, demo={"mis_port": 18099}, mis={"secret": "file:m.secret", "push_url": "http://127.0.0.1:8087"})
    for runtime, demo, there in ((with_mis, True, True), (with_mis, False, False), (_runtime(tmp_path), True, False)):
        plan = programs.plan(runtime, demo=demo, say=lambda *words: said.append(words[1]))
        assert ("demo-mis" in [program.name for program in plan.stages[0]]) is there
        assert (Listen("demo.mis_port", "127.0.0.1", 18099) in programs.listens(runtime, demo=demo)) is there
    assert Listen("mis.push_port", "127.0.0.1", 8087) in programs.listens(with_mis)
    assert said == []


def test_a_demo_whose_mis_is_not_installed_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    runtime = _runtime(tmp_path, demo={"mis_port": 18099}, mis={"secret": "file:m.secret"})
    monkeypatch.setattr("demo.mis.server.importlib.util.find_spec", lambda _: None)
    plan = programs.plan(runtime, demo=True, say=lambda *words: said.append(words[1]))
    assert "demo-mis" not in [program.name for stage in plan.stages for program in stage]
    assert "okno[demo]" in said[0]


def test_workers_share_one_port(tmp_path: Path) -> None:
    runtime = _runtime(tmp_path, web={"workers": 3})
    web = programs.plan(runtime, demo=False, say=lambda *_: None).stages[-1]
    assert [program.name for program in web] == ["web:1", "web:2", "web:3"]
    assert {program.port for program in web} == {8080}
    assert all(program.env == {"OKNO_SHARED_PORT": "1"} for program in web)


def test_every_port_is_named_by_its_key(tmp_path: Path) -> None:
    pbxes = [{"name": "a", "managed": True}, {"name": "b", "managed": True, "ami": {"port": 5039}}, {"name": "c", "ami": {"port": 5040}}]
    found = programs.listens(_runtime(tmp_path, pbxes=pbxes))
    assert Listen("pbxes[1].ami.port", "127.0.0.1", 5039) in found
    assert [one.port for one in found if one.key == "pbx_service.port"] == [8084, 8085]
    assert not [one for one in found if one.key in ("database_port", "redis_port")]


@pytest.mark.parametrize(("line", "shown"), [
    ("unshare: cannot change root filesystem propagation: Invalid argument", True),
    ("[Nov 21 06:26:52] ERROR[12]: asterisk.c: no modules", True),
    ("Asterisk Ready.", False),
])  # fmt: skip
def test_a_person_sees_why_an_asterisk_did_not_start(line: str, shown: bool) -> None:
    assert programs._of_asterisk(line) is shown


def test_a_standby_is_started_when_the_settings_want_one(tmp_path: Path) -> None:
    runtime = _runtime(tmp_path, engine={"standby": {}})
    [stage] = [stage for stage in programs.plan(runtime, demo=False, say=lambda *_: None).stages if len(stage) == 2][1:]
    assert [(program.name, program.port) for program in stage] == [("engine", 8081), ("engine:standby", 8086)]
    assert stage[1].argv[-3:] == ("serve", "engine", "--standby")
    assert Listen("engine.standby.port", "127.0.0.1", 8086) in programs.listens(runtime)
