"""What every part stands on: the server's own statement."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mis.connectors.fhir_r4 import FhirR4
from mis.terms import Unauthenticated
from tests.mis.fhir_server import FhirServer, context


@pytest_asyncio.fixture
async def mis(fhir_server: FhirServer) -> AsyncIterator[FhirR4]:
    one = fhir_server.connector()
    assert isinstance(one, FhirR4)
    yield one
    await one.close()


async def test_the_servers_statement_is_read_once(mis: FhirR4) -> None:
    assert await mis._offered(context(), "transaction")
    assert await mis._offered(context(), "Patient?phone")
    assert not await mis._offered(context(), "RelatedPerson?phone")
    assert await mis._offered(context(seconds=-1), "Appointment")


async def test_the_state_needs_our_credentials(mis: FhirR4, fhir_server: FhirServer) -> None:
    await mis.state(context())
    stranger = FhirServer(fhir_server.base, "wrong").connector()
    try:
        with pytest.raises(Unauthenticated):
            await stranger.state(context())
    finally:
        await stranger.close()
