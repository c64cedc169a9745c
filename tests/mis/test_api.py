"""The status of the connection, asked while the MIS hangs."""

from __future__ import annotations

import asyncio
import json

from aiohttp.test_utils import make_mocked_request

from mis.api import Api
from mis.feed import ConnectorState
from mis.guard import Standing
from mis.terms import Connector


async def test_the_first_looks_and_the_others_are_told_at_once() -> None:
    looked = []

    async def look(mis: Connector) -> tuple[ConnectorState, str]:
        looked.append(mis)
        await asyncio.sleep(0)
        return "down", "deadline"

    mis, standing = Connector(), Standing()
    mis.capabilities = frozenset(("slots", "book"))
    api = Api("acme", mis, standing, look)
    (route,) = api.routes()
    assert (route.method, route.path) == ("GET", "/status")
    for _ in range(3):
        answer = await api.status(make_mocked_request("GET", "/status"))
        told = json.loads(answer.text or "")
        assert told.pop("since")
        assert told == {"connector": "acme", "state": "down", "capabilities": ["book", "slots"], "error": "deadline"}
    assert looked == [mis]
    standing.saw("ready")
    assert json.loads((await api.status(make_mocked_request("GET", "/status"))).text or "")["state"] == "ready"
