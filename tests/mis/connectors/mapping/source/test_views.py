"""Names in a SELECT become places; a database that falls silent holds nobody up.

What the views themselves do is in test_smt_klinika.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from mis.connectors import BadOptions
from mis.connectors.mapping.source.views import Views, bind
from mis.terms import Context, DeadlineExceeded
from okno import clock
from tests.fixtures import MakeUrl


def test_each_name_is_one_place() -> None:
    sql = "SELECT a::text FROM v WHERE (:doctor = '' OR d = :doctor) AND s >= :since AND t = '10:30' AND x = :doctor_x"
    assert bind(sql, {"doctor": "d1", "since": 1, "doctor_x": 2, "other": 3}) == (
        "SELECT a::text FROM v WHERE ($1 = '' OR d = $1) AND s >= $2 AND t = '10:30' AND x = $3", ["d1", 1, 2])  # fmt: skip


def test_a_name_the_question_does_not_have_is_told() -> None:
    with pytest.raises(BadOptions, match=":patient"):
        bind("SELECT 1 WHERE id = :patient", {"doctor": "d1"})


class Line:
    """A line to a database on which, once `silent`, no byte comes through any more."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._carriers: list[asyncio.Task[None]] = []
        self.silent = asyncio.Event()

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._take, "127.0.0.1", 0)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        self._carriers += [
            asyncio.create_task(self._carry(reader, back)), asyncio.create_task(self._carry(there, writer))
        ]  # fmt: skip

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if not self.silent.is_set():
                    target.write(data)
        finally:
            target.close()

    async def cut(self) -> None:
        for one in self._carriers:
            one.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)


def _soon(seconds: float = 0.5) -> Context:
    return Context(actor="orlova", purpose="call", deadline=clock.monotonic() + seconds)


async def test_a_database_that_falls_silent_in_mid_question_holds_nobody_up(new_database_url: MakeUrl) -> None:
    url = urlsplit(await new_database_url())
    line = Line(url.hostname or "", url.port or 5432)
    server = await line.serve()
    port = server.sockets[0].getsockname()[1]
    views = Views(url._replace(netloc=url.netloc.replace(f":{url.port}", f":{port}")).geturl(), url.password or "")
    try:
        await views.ask(_soon(10), "SELECT 1 AS one", {})
        asked = [asyncio.create_task(views.ask(_soon(), "SELECT pg_sleep(0.2)", {})) for _ in range(6)]
        await asyncio.sleep(0.05)
        line.silent.set()
        async with asyncio.timeout(10):
            ends = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(one) for one in ends} == {DeadlineExceeded}
        line.silent.clear()
        async with asyncio.timeout(20):
            assert (await views.ask(_soon(10), "SELECT 1 AS one", {}))[1]
    finally:
        await views.close()
        server.close()
        await line.cut()
