"""What every part stands on: the server's own statement, and looking before and after a write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mis.connectors.fhir_r4 import FhirR4
from mis.connectors.fhir_r4.fhir import after, before
from mis.terms import DeadlineExceeded, Forbidden, NotFound, OutcomeUnknown, Unauthenticated, Unavailable
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


async def _raise(error: Exception) -> None:
    raise error


async def test_before_a_write_no_answer_means_nothing_was_done() -> None:
    with pytest.raises(Unavailable):
        await before(_raise(DeadlineExceeded()))
    with pytest.raises(NotFound):
        await before(_raise(NotFound()))


@pytest.mark.parametrize("error", [DeadlineExceeded(), Unavailable(), Forbidden(), NotFound()])
async def test_after_a_write_a_failed_look_leaves_it_unknown(error: Exception) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        await after(context("our-key"), _raise(error))
    assert raised.value.ours == "our-key"
