"""Our connector of the session's GNU Health, and people in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mis.terms import Connector
from tests.mis.connectors.gnu_health.family import Family
from tests.mis.gnu_health_server import GnuHealthServer


@pytest_asyncio.fixture
async def mis(gnu_health_server: GnuHealthServer) -> AsyncIterator[Connector]:
    """The connector, closed after the test."""
    one = gnu_health_server.connector()
    yield one
    await one.close()


@pytest.fixture
def family(gnu_health_server: GnuHealthServer) -> Family:
    """A family of this test's own."""
    return Family(gnu_health_server)
