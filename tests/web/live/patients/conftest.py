"""A web process beside a scripted engine and a real `mis` whose MIS is in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from mis import connectors, service
from okno.settings import Runtime, Settings
from tests.fixtures import MakeUrl, serving
from tests.web.house import House, Page
from tests.web.live.patients.small import Small
from tests.web.scripted import REQUEST, ScriptedEngine, request_row

NAME = "small_of_web_tests"


@pytest.fixture
def clinic(clinic: Runtime) -> Runtime:
    """The small clinic has a MIS."""
    settings = clinic.settings.model_dump(mode="json")
    settings["mis"] |= {"connector": NAME, "emergency_words": ["грудь"], "read_s": 1.0, "write_s": 1.0}
    return Runtime(Settings.model_validate(settings), clinic.state)


@pytest.fixture
def engine(engine: ScriptedEngine) -> ScriptedEngine:
    """The request is Orlova's, and the engine keeps who was confirmed."""
    engine.tables["requests"][REQUEST] = request_row(owner="orlova", status="in_progress")
    engine.answers["commands"] = lambda body: obeyed(engine, body)
    return engine


@pytest_asyncio.fixture
async def mis(
    clinic: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Small]:
    """A running `mis`; what its MIS holds."""
    where, small, url = clinic.settings.mis, Small(), await new_database_url("mis")
    monkeypatch.setitem(connectors._REGISTRY, NAME, lambda setup: small)
    monkeypatch.setattr(service, "url_for", lambda *_: url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    small.database_url = url
    async with serving(service.main(clinic), where.url):
        yield small


@pytest_asyncio.fixture
async def page(house: House) -> AsyncIterator[Page]:
    """Orlova's page."""
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        yield page


def obeyed(engine: ScriptedEngine, body: dict[str, Any]) -> dict[str, Any]:
    """Do what an order says; the live feed tells of it only when a test says so."""
    row = engine.tables["requests"][REQUEST]
    if body["args"].get("version") not in (None, row["version"]):
        return {"ok": False, "why": "stale", "by": "", "request": row}
    row = row | {"patient": body["args"].get("patient"), "version": row["version"] + 1}
    engine.tables["requests"][REQUEST] = row
    return {"ok": True, "why": "", "by": "", "request": row}


