"""`okno check` finds what is wrong and says it in one line each."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from okno.command import check
from okno.command.processes import ports
from okno.settings import Runtime
from okno.settings.model import Settings
from okno.settings.seen import keep


async def test_a_machine_where_nothing_is_there(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_DATABASE_URL", raising=False)
    monkeypatch.delenv("OKNO_REDIS_URL", raising=False)
    found = {finding.what: finding.reason for finding in await check.look(runtime)}
    assert (found["settings"], found["keys"], found["service secret"], found["state"]) == ("", "", "", "")
    assert "away" in found["database of engine"]
    assert "does not answer" in found["redis"]
    assert found["mis"] == ""  # none is connected, which is no fault
    assert all("\n" not in reason for reason in found.values())


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"*x\r\n", b"\xff\xfe\r\n", b""])
async def test_what_stands_where_redis_should_be_is_no_redis(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("OKNO_REDIS_URL", f"redis://127.0.0.1:{port}/0")
        assert (await check._redis(runtime)()).startswith("does not answer: ")


async def test_the_directory_looked_at_is_the_one_seen_last(runtime: Runtime) -> None:
    found = {finding.what: finding.reason for finding in await check.look(runtime)}
    assert found["directory"] == ""
    keep(runtime, 4, {"operators": [{"name": "a", "title": {"ru": "A"}, "extension": "1001", "pbx": "gone"}]})
    found = {finding.what: finding.reason for finding in await check.look(runtime)}
    assert "operators[0].pbx: there is no PBX named 'gone'" in found["directory"]


async def test_a_broken_keyring_and_an_open_secret(runtime: Runtime) -> None:
    runtime.keyring_path.write_text("{")
    secret = runtime.path(runtime.settings.paths.secrets) / "service.secret"
    await asyncio.to_thread(secret.chmod, 0o644)
    found = {finding.what: finding.reason for finding in await check.look(runtime)}
    assert found["keys"] != ""
    assert "chmod 600" in found["service secret"]


async def test_whether_flows_could_be_served(runtime: Runtime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = runtime.settings.model_dump() | {"flows": {"day": {"start": "a", "steps": {"a": {"kind": "leave"}}}}}
        said["engine"] |= {"agi_port": port, "port": ports.free()}
        taken = replace(runtime, settings=Settings.model_validate(said))
        assert f"cannot listen at 127.0.0.1:{port}" in await check._served(taken)()
    assert await check._served(taken)() == ""


def test_clocks_that_differ_are_told() -> None:
    now = datetime.now(UTC)
    assert check._skew(now, now) == ""
    assert "apart" in check._skew(now, now + timedelta(seconds=30))
    assert "apart" in check._skew(now, now - timedelta(seconds=30))


async def test_a_journal_is_looked_for_where_we_are(runtime: Runtime) -> None:
    def with_pbx(**more: object) -> Runtime:
        pbx = {"name": "main", "ami": {"port": 1}, **more}
        return replace(runtime, settings=Settings.model_validate(runtime.settings.model_dump() | {"pbxes": [pbx]}))

    named = {"journal": {"cel": "/nowhere/cel.csv", "queue_log": "/nowhere/queue_log"}}
    (finding,) = check._journal(with_pbx(**named), with_pbx(**named).settings.pbxes[0])
    assert finding.what == "journal of main" and "/nowhere is not there" in finding.reason
    told = check._journal(with_pbx(), with_pbx().settings.pbxes[0])
    assert "okno serve pbx" in told[0].what and told[0].reason == ""


def test_flows_that_would_lose_a_caller_fail_and_odd_ones_are_advice(tmp_path: Path) -> None:
    steps = {"a": {"kind": "play", "prompts": ["hello"], "next": "b"}, "b": {"kind": "leave"}, "c": {"kind": "leave"}}
    settings = Settings.model_validate({"flows": {"main": {"start": "a", "steps": steps}}})
    assert check._flows(Runtime(settings, tmp_path)) == [
        check.Finding("flows", "flows.main.steps.a.prompts[0]: there is no prompt named 'hello'"),
        check.Finding("advice: flows.main.steps.c: nothing leads here"),
    ]
    assert check._flows(Runtime(Settings(), tmp_path)) == [check.Finding("flows")]
