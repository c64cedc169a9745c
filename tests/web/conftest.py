"""A web process beside a scripted engine, on real sockets, with a real database and a real Valkey."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from okno.service.service import SERVICE_SECRET
from okno.settings import Runtime, Settings
from tests.fixtures import MakeUrl
from tests.web.house import House, running
from tests.web.scripted import ScriptedEngine, scripted_engine

CLINIC = {
    # Promises to call are made at any hour of the machine's clock.
    "queues": [{
        "name": "front", "title": {"ru": "Регистратура", "en": "Front desk"},
        "callbacks": {"quiet_from": "00:00", "quiet_to": "00:00"},
    }],
    "operators": [
        {"name": "orlova", "title": {"ru": "Орлова", "en": "Orlova"}, "extension": "1001", "queues": ["front"]},
        {"name": "klimov", "title": {"ru": "Климов", "en": "Klimov"}, "extension": "1002", "queues": ["front"]},
    ],
    "lines": [{"number": "+73430000001", "source": {"ru": "Сайт", "en": "Site"}, "queue": "front"}],
    "outcomes": {"booked": {"ru": "Записан", "en": "Booked"}},
    "pause_reasons": {"lunch": {"ru": "Обед", "en": "Lunch"}},
}


@pytest.fixture
def clinic(runtime: Runtime) -> Runtime:
    """Settings of a small clinic on free ports; its public address is this process's own."""
    settings = runtime.settings.model_dump(mode="json") | CLINIC
    settings["web"] |= {"public_url": f"http://127.0.0.1:{runtime.settings.web.port}"}
    return Runtime(Settings.model_validate(settings), runtime.state)


@pytest_asyncio.fixture
async def engine(clinic: Runtime) -> AsyncIterator[ScriptedEngine]:
    """An engine that does what the test tells it."""
    async with scripted_engine(clinic.secret(SERVICE_SECRET), clinic.settings.engine.port) as scripted:
        yield scripted


@pytest_asyncio.fixture
async def house(clinic: Runtime, engine: ScriptedEngine, new_database_url: MakeUrl, redis_url: str) -> AsyncIterator[House]:
    """A running web process."""
    async with running(clinic, await new_database_url("web"), redis_url, clinic.settings.web.port) as one:
        yield one
