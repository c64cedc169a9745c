"""Our connector of the session's GNU Health."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from mis.terms import Connector
from tests.mis.gnu_health_server import GnuHealthServer


@pytest_asyncio.fixture
async def mis(gnu_health_server: GnuHealthServer) -> AsyncIterator[Connector]:
    """The connector, closed after the test."""
    one = gnu_health_server.connector()
    yield one
    await one.close()
