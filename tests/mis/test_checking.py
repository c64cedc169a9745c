"""`okno mis check` on a real FHIR server, on none, on a dead one, on one that is misconfigured."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from mis import checking
from mis.terms import Capability
from okno.command import cli
from okno.settings import MisSettings, Runtime
from tests.mis.fhir_server import FhirServer
from tests.mis.proxy import faulty


def _with(runtime: Runtime, settings: MisSettings, secret: str = "") -> Runtime:
    if secret:
        place = runtime.path(runtime.settings.paths.secrets) / "mis.secret"
        place.write_text(secret)
        place.chmod(0o600)
        settings = settings.model_copy(update={"secret": "file:mis.secret"})
    return replace(runtime, settings=runtime.settings.model_copy(update={"mis": settings}))


def test_every_capability_has_its_words() -> None:
    assert set(checking.WORDS) == set(get_args(Capability))


async def test_a_real_server_is_tried_by_reading(runtime: Runtime, fhir_server: FhirServer) -> None:
    clinic = await fhir_server.clinic(slots=3, patients=1)
    whole = _with(runtime, fhir_server.settings(), fhir_server.token)
    before = await fhir_server.search("Appointment", "_lastUpdated=gt2000-01-01")
    lines, able = await checking.tried(whole)
    assert [line for line in lines if line.ok is not True] == []
    told = {line.what: line.words for line in lines}
    assert told["connection"].endswith(" ms")
    assert {"doctors", "free times", "search by phone", "visits"} <= set(told)
    assert int(told["free times"].split(" ")[0]) >= len(clinic.slots)
    assert {"search_phone", "slots", "book"} <= set(able)
    text = checking._text(whole, lines, able)
    assert "It can" in text and "  book a visit" in text
    assert await checking.reason(whole) == ""
    assert await fhir_server.search("Appointment", "_lastUpdated=gt2000-01-01") == before


async def test_faults_are_said_in_one_line_each(runtime: Runtime, fhir_server: FhirServer) -> None:
    origin, _, path = fhir_server.base.rpartition("/")
    async with faulty(origin) as proxy:
        whole = _with(runtime, fhir_server.settings(f"{proxy.url}/{path}"), fhir_server.token)
        proxy.always("html")
        assert "(malformed)" in await checking.reason(whole)
        proxy.calm()
        proxy.always("unavailable", path="Slot")
        lines, _ = await checking.tried(whole)
        assert {line.what for line in lines if line.ok is False} == {"free times"}
    assert "(unavailable)" in await checking.reason(whole)
    wrong = _with(runtime, fhir_server.settings(), "not-the-token")
    assert "(unauthenticated)" in await checking.reason(wrong)


async def test_nothing_connected_is_no_fault(runtime: Runtime) -> None:
    lines, able = await checking.tried(runtime)
    assert ([line.ok for line in lines], able) == ([None], [])
    assert await checking.reason(runtime) == ""


async def test_settings_that_name_nothing(runtime: Runtime) -> None:
    for settings in (MisSettings(connector="nonesuch"), MisSettings(connector="fhir_r4", secret="file:gone")):
        assert await checking.reason(_with(runtime, settings)) != ""


def test_the_command_says_it_and_exits_accordingly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OKNO_CONFIG", raising=False)
    config = tmp_path / "okno.yaml"
    config.write_text("mis: {connector: none}\n")
    words = ["mis", "check", "--config", str(config), "--state", str(tmp_path / "state")]
    assert cli.main(words) == 0
    assert "no MIS is connected" in capsys.readouterr().out
    assert cli.main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["connector"] == "none"
    config.write_text("mis: {connector: nonesuch}\n")
    assert cli.main(words) == 1
    out = capsys.readouterr().out
    assert out.startswith("MIS: nonesuch\n- settings: mis.connector: there is no connector 'nonesuch'")
    assert asyncio.iscoroutinefunction(checking.tried)
