"""The map of ArchiMed+: what its page shows to everybody, and nothing it does not."""

from __future__ import annotations

import pytest

from mis.terms import Unauthenticated
from tests.mis.connectors.mapping.replay import Reply, connected, ctx, vendor

# As in the vendor's own page.
BUILDINGS = [
    {"id": "1", "name": "Корпус 1", "address": "ул. Чайковского, 41"},
    {"id": "3", "name": "Корпус 2", "address": "ул. Мира, 1"},
]


async def test_buildings_are_branches_and_the_token_goes_in_the_address() -> None:
    async with vendor() as mis, connected(f"{mis.url}/docdoc/v2", "archimed") as archimed:
        mis.on("buildings", BUILDINGS)
        told = await archimed.directory(ctx(), "branches")
        assert [(one.id, one.name, one.note) for one in told] == [
            ("1", "Корпус 1", "ул. Чайковского, 41"), ("3", "Корпус 2", "ул. Мира, 1")]  # fmt: skip
        [asked] = mis.asked
        assert (asked.method, asked.path) == ("GET", "/docdoc/v2/buildings")
        assert asked.query == {"access_token": "secret of file:mis.secret"}


async def test_reasons_come_as_a_list_or_in_an_envelope() -> None:
    reasons = [{"id": 2, "name": "Заболел"}, {"id": 5, "name": "Передумал"}]
    async with vendor() as mis, connected(mis.url, "archimed") as archimed:
        for told in (reasons, {"data": reasons}):
            mis.on("talondeletereasons", told)
            assert [one.id for one in await archimed.directory(ctx(), "cancel_reasons")] == ["2", "5"]


async def test_a_token_that_is_not_taken() -> None:
    async with vendor() as mis, connected(mis.url, "archimed") as archimed:
        mis.on("buildings", Reply("", status=401))
        with pytest.raises(Unauthenticated) as caught:
            await archimed.state(ctx())
        assert "secret" not in str(caught.value)
        assert len(mis.asked) == 1  # a static token is not made anew


async def test_what_is_not_described_is_not_offered() -> None:
    async with vendor() as mis, connected(mis.url, "archimed") as archimed:
        assert archimed.capabilities == {"directory"}
        assert await archimed.directory(ctx(), "doctors") == ()
        assert mis.asked == []
