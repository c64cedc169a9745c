"""The helper's routes for phones in pages: the password Asterisk has, and a new one that is installed at once."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from engine.asterisk import commands
from engine.asterisk.phones import PagePhones, helper_port
from okno.settings import Runtime, Settings
from tests.pbx.bench import bench_settings, free_port


def clinic(home: Path) -> Runtime:
    """The bench with a phone in the page of 1001; its password was made when it was rendered."""
    plain = bench_settings().model_dump()
    plain["pbxes"][0]["websocket_port"] = free_port()
    plain["operators"][0]["web_phone"] = True
    runtime = Runtime(Settings.model_validate(plain), home)
    commands.phone_secret(runtime, "web-1001")
    return runtime


async def asked(runtime: Runtime, path: str, installed: list[str]) -> tuple[int, dict[str, str]]:
    """POST one of the routes."""

    async def install() -> None:
        installed.append(commands.phone_secret(runtime, "web-1001"))

    app = web.Application()
    PagePhones(runtime, runtime.settings.pbxes[0], install).attach(app)
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with aiohttp.ClientSession() as client, client.post(f"http://127.0.0.1:{port}/v1/phones/{path}") as answer:
            return answer.status, await answer.json(content_type=None)
    finally:
        await runner.cleanup()


async def test_the_password_is_told_and_made_anew(tmp_path: Path) -> None:
    runtime = clinic(tmp_path)
    installed: list[str] = []
    status, told = await asked(runtime, "1001", installed)
    assert (status, installed) == (200, []) and len(told["password"]) >= 24
    assert (await asked(runtime, "1001/rotate", installed))[0] == 200
    _, after = await asked(runtime, "1001", installed)
    assert installed == [after["password"]] and after != told
    place = tmp_path / "secrets" / "phone-web-1001.secret"
    assert place.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("path", ["1002", "1002/rotate", "1", "abc", "..%2f1001"])
async def test_a_phone_that_is_not_there_gets_no_password(tmp_path: Path, path: str) -> None:
    runtime = clinic(tmp_path)
    installed: list[str] = []
    assert (await asked(runtime, path, installed))[0] == 404
    assert installed == [] and [one.name for one in (tmp_path / "secrets").iterdir()] == ["phone-web-1001.secret"]


def test_each_managed_pbx_has_the_next_port() -> None:
    settings = bench_settings()
    assert helper_port(settings, "bench") == settings.pbx_service.port == helper_port(settings, "elsewhere")


def test_one_phones_new_password_reloads_nothing_else() -> None:
    assert commands.RELOADS["okno-pjsip.conf"] == "module reload res_pjsip.so"
