"""A server that speaks Tryton's JSON-RPC on a real socket and says what no Tryton should."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from mis.connectors.gnu_health.wire import Wire

Answer = Callable[[dict[str, Any]], web.Response]


@asynccontextmanager
async def tryton(answer: Answer) -> AsyncIterator[tuple[Wire, list[str]]]:
    """A server that logs in whoever comes and answers everything else so; and the methods it was asked."""
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        asked.append(body["method"])
        if body["method"] == "common.db.login":
            return web.json_response({"id": body["id"], "result": [1, f"session{len(asked)}"]})
        return answer(body)

    app = web.Application()
    app.router.add_post("/health/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    wire = Wire(f"http://127.0.0.1:{runner.addresses[0][1]}/health", "okno", "word", "en")
    try:
        yield wire, asked
    finally:
        await wire.close()
        await runner.cleanup()
