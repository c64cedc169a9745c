"""What `okno status` makes of what the services answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from okno.command import state, status
from okno.command.processes import ports
from okno.settings import Runtime, Settings

LEADS = {"leader": True, "leader_address": "http://a", "epoch": 7, "version": "1", "pbxes": [
    {"id": "main", "link": "live", "reason": "", "lag_s": 0.0, "queue": 0,
     "journal": {"lag_s": 1.5, "unshipped": 0, "repairs": 2, "disagreements": 0}},
    {"id": "second", "link": "down", "reason": "unreachable", "lag_s": 0.0, "queue": 0, "twins": ["main"],
     "directory": 3, "directory_reason": "by_hand"},
]}  # fmt: skip
STANDS_BY = {"leader": False, "leader_address": "http://a", "epoch": 0, "version": "1", "pbxes": []}
WAITS = STANDS_BY | {"leader_address": ""}


@contextlib.asynccontextmanager
async def engines(tmp_path: Path, *told: dict[str, Any] | None) -> AsyncIterator[Runtime]:
    """Engines that tell this; None for one that is not there. Nothing else runs."""
    numbers = [ports.free() for _ in told]
    settings = {
        "engine": {"port": numbers[0]},
        "mis": {"port": ports.free()},
        **{name: {"port": 1} for name in ("chat", "web")},
    }
    if len(told) == 2:
        settings["engine"]["standby"] = {"port": numbers[1]}  # type: ignore[assignment]
    runtime = Runtime(Settings.model_validate(settings), tmp_path / "state")
    state.prepare(runtime)
    async with contextlib.AsyncExitStack() as stack:
        for number, one in zip(numbers, told, strict=True):
            if one is not None:
                await stack.enter_async_context(_serve(number, one))
        yield runtime


@contextlib.asynccontextmanager
async def _serve(port: int, told: dict[str, Any]) -> AsyncIterator[None]:
    async def tell(request: web.Request) -> web.Response:
        return web.json_response(told)

    async def ready(request: web.Request) -> web.Response:
        return web.json_response({"reasons": ["not leading"]}, status=200 if told["leader"] else 503)

    app = web.Application()
    app.router.add_get("/v1/status", tell)
    app.router.add_get("/status", tell)
    app.router.add_get("/ready", ready)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


def lamps(told: dict[str, Any]) -> dict[str, bool]:
    """The lamps by name."""
    return {lamp["name"]: lamp["ok"] for lamp in told["lamps"]}


async def test_who_leads_and_who_stands_by(tmp_path: Path) -> None:
    async with engines(tmp_path, STANDS_BY, LEADS) as runtime:
        told = await status.gather(runtime)
    assert [one["role"] for one in told["engines"]] == ["stands_by", "leads"]
    assert told["engine"]["epoch"] == 7
    assert (lamps(told)["engine"], lamps(told)["engine:standby"]) == (True, True)
    assert (lamps(told)["link:main"], lamps(told)["link:second"]) == (True, False)
    text = status._text(told)
    first, second = runtime.settings.engine.urls
    assert f"{first}  stands by" in text
    assert f"{second}  leads since epoch 7" in text
    assert "main: live, lag 0.0 s, 0 wait; journal: lag_s 1.5, unshipped 0, repairs 2, disagreements 0" in text
    assert (
        "second: down (unreachable), lag 0.0 s, 0 wait; directory 3 (by_hand); WARNING: says the same systemname as main"
        in text
    )


async def test_a_standby_that_is_dead_is_a_lamp_that_is_out(tmp_path: Path) -> None:
    async with engines(tmp_path, LEADS, None) as runtime:
        told = await status.gather(runtime)
    assert [one["role"] for one in told["engines"]] == ["leads", "down"]
    assert (lamps(told)["engine"], lamps(told)["engine:standby"]) == (True, False)
    assert "does not answer" in status._text(told)


@pytest.mark.parametrize(("flows", "lamp"), [("open", True), ("ending", True), ("refused", False), ("closed", None)])
async def test_flows_that_nobody_is_led_through_are_a_lamp_that_is_out(
    tmp_path: Path, flows: str, lamp: bool | None
) -> None:
    async with engines(tmp_path, LEADS | {"flows": flows}) as runtime:
        told = await status.gather(runtime)
    assert lamps(told).get("flows") is lamp
    assert f'flows: "{flows}"' in status._text(told)


async def test_nobody_leads(tmp_path: Path) -> None:
    async with engines(tmp_path, WAITS) as runtime:
        told = await status.gather(runtime)
    assert told["engines"][0]["role"] == "waits"
    assert lamps(told)["engine"] is False
    assert "waits for the lease" in status._text(told)


@pytest.mark.parametrize(("state_of", "error", "lamp", "words"), [
    ("ready", "", True, "  acme: ready"), ("down", "deadline", False, "  acme: down (deadline)"),
    ("not_configured", "", None, "  acme: not_configured"),
])  # fmt: skip
async def test_a_connected_mis_has_a_lamp(
    tmp_path: Path, state_of: str, error: str, lamp: bool | None, words: str
) -> None:
    async with engines(tmp_path, LEADS) as runtime:
        port = runtime.settings.mis.port
        told = {"connector": "acme", "state": state_of, "error": error, "leader": True}
        assert port != runtime.settings.engine.port
        async with _serve(port, told):
            answer = await status.gather(runtime)
        assert lamps(answer).get("link:mis") is lamp
        assert words in status._text(answer)
        assert (await status.gather(runtime))["mis"] is None
