"""What every MIS connector must do, whichever it is."""

from __future__ import annotations

from typing import get_args

import pytest

from mis import connectors

STATES = get_args(connectors.State)


@pytest.mark.parametrize("name", connectors.names())
async def test_it_tells_its_state(name: str) -> None:
    assert await connectors.make(name).state() in STATES


@pytest.mark.parametrize("name", connectors.names())
async def test_a_look_up_is_people_or_the_reason_why_not(name: str) -> None:
    found = await connectors.make(name).find_by_phone("+79990000000")
    assert found in STATES or (isinstance(found, list) and all(isinstance(one, connectors.Person) for one in found))


def test_an_unknown_connector_is_named_with_the_known_ones() -> None:
    with pytest.raises(connectors.NoSuchConnector, match="none"):
        connectors.make("acme")
