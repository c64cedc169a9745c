"""Where the MIS tells of changes: any path, the secret of the subscription, an answer that says whether to come again."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
import pytest
from aiohttp import web

from mis.asking import listening
from mis.terms import Malformed, Unavailable
from mis.watching import NotOurMis
from okno.database import DatabaseDown

FAULTS: dict[bytes, Exception] = {
    b"stranger": NotOurMis(), b"nonsense": Malformed(), b"away": Unavailable(), b"database": DatabaseDown(),
}  # fmt: skip


@pytest.mark.parametrize(("method", "body", "status"), [
    ("PUT", b"{}", 204), ("POST", b"{}", 204), ("GET", b"", 405), ("PUT", b"stranger", 401), ("PUT", b"nonsense", 400),
    ("PUT", b"away", 503), ("PUT", b"database", 503), ("PUT", b"x" * 600_000, 413),
])  # fmt: skip
async def test_a_push(method: str, body: bytes, status: int) -> None:
    taken: list[tuple[str, str]] = []

    async def take(path: str, body: bytes, headers: Mapping[str, str]) -> int:
        if body in FAULTS:
            raise FAULTS[body]
        taken.append((path, headers["Authorization"]))
        return 1

    runner = web.AppRunner(listening(take), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/Appointment/7"
    headers = {"Authorization": "Bearer secret"}
    async with aiohttp.ClientSession() as session, session.request(method, url, data=body, headers=headers) as answer:
        assert answer.status == status
    await runner.cleanup()
    assert taken == ([("/hook/Appointment/7", "Bearer secret")] if status == 204 else [])
