"""A service's life: it starts in order, answers, says when it is not ready, ends gracefully or with a reason."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from okno.command.processes import ports
from okno.service import Service, ServiceClient, ServiceDown, ServiceRefused
from okno.service.service import BackgroundEnded, CannotListen
from okno.settings import Runtime, SecretMissing, Settings


@asynccontextmanager
async def alive(service: Service) -> AsyncIterator[str]:
    """Run a service for the body of an `async with` and give its address; it must end well."""
    port = ports.free()
    task = asyncio.create_task(service.run("127.0.0.1", port))
    async with asyncio.timeout(5):
        while service.reasons() == ["starting"] and not task.done():
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        service.stop()
        await asyncio.wait_for(task, 10)


async def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    async with ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text()


async def test_health_readiness_and_metrics(runtime: Runtime) -> None:
    service = Service("engine", runtime)
    trouble: list[str | None] = [None]
    service.ready(lambda: trouble[0])
    async with alive(service) as url:
        assert json.loads((await get(f"{url}/health"))[1])["service"] == "engine"
        assert (await get(f"{url}/ready"))[0] == 200
        trouble[0] = "no leader"
        status, text = await get(f"{url}/ready")
        assert (status, json.loads(text)["reasons"]) == (503, ["no leader"])
        assert (
            'okno_http_seconds_count{method="GET",route="/ready",status="503"} 1.0' in (await get(f"{url}/metrics"))[1]
        )
    assert service.reasons() == ["starting"]


async def test_the_credential_guards_every_other_route(runtime: Runtime) -> None:
    service = Service("engine", runtime)

    async def calls(request: web.Request) -> web.Response:
        return web.json_response([])

    service.app.router.add_get("/calls", calls)
    async with alive(service) as url:
        assert (await get(f"{url}/calls"))[0] == 401
        async with ServiceClient(url, service.secret) as client:
            assert await client.get("/calls") == []
        async with ServiceClient(url, "wrong") as client:
            with pytest.raises(ServiceRefused, match="401 the service credential"):
                await client.get("/calls")


async def test_a_gateways_metrics_ask_the_credential(runtime: Runtime) -> None:
    service = Service("web", runtime, internal=False)

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="log in")

    service.app.router.add_get("/", page)
    async with alive(service) as url:
        assert await get(f"{url}/") == (200, "log in")
        assert (await get(f"{url}/metrics"))[0] == 401
        assert (await get(f"{url}/metrics", {"Okno-Service": service.secret}))[0] == 200


async def test_a_second_listener_is_open_and_ends_too(runtime: Runtime) -> None:
    service, port = Service("chat", runtime), ports.free()

    async def hook(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    public = web.Application()
    public.router.add_get("/hook", hook)
    service.listen(public, "127.0.0.1", port)
    async with alive(service):
        assert await get(f"http://127.0.0.1:{port}/hook") == (200, "ok")
    with pytest.raises(OSError):
        await get(f"http://127.0.0.1:{port}/hook")


async def test_the_order_of_starting_and_stopping(runtime: Runtime) -> None:
    service, said = Service("engine", runtime), list[str]()

    def say(word: str, failing: bool = False) -> object:
        async def step() -> None:
            said.append(word)
            if failing:
                raise RuntimeError("a farewell that fails must not keep the others from theirs")

        return step

    async def beside() -> None:
        said.append("beside")
        try:
            await asyncio.sleep(60)
        finally:
            said.append("beside ended")

    for word in ("one", "two"):
        service.on_start(say(f"start {word}"))  # type: ignore[arg-type]
        service.on_stop(say(f"stop {word}", failing=word == "two"))  # type: ignore[arg-type]
    service.background(beside, "beside")
    async with alive(service):
        pass
    assert said == ["start one", "start two", "beside", "beside ended", "stop two", "stop one"]


@pytest.mark.parametrize("failing", [True, False])
async def test_a_background_that_ends_ends_the_service(
    runtime: Runtime, failing: bool, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service("engine", runtime)

    async def beside() -> None:
        if failing:
            raise ValueError("broken")

    service.background(beside, "the loop")
    with pytest.raises(BackgroundEnded, match="the loop has ended; the service cannot go on without it"):
        await asyncio.wait_for(service.run("127.0.0.1", ports.free()), 10)
    [record] = [record for record in caplog.records if record.message == "background_ended"]
    assert record.__dict__["task"] == "the loop"


async def test_a_background_that_swallows_its_cancellation_is_asked_again(runtime: Runtime) -> None:
    asked = 0

    async def deaf() -> None:
        nonlocal asked
        while asked < 3:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                asked += 1

    service = Service("deaf", runtime)
    service.background(deaf, "deaf")
    life = asyncio.create_task(service.run("127.0.0.1", ports.free()))
    await asyncio.sleep(0.2)
    service.stop()
    await asyncio.wait_for(life, 5)
    assert asked == 3


async def test_a_start_that_fails_is_the_callers_to_tell_and_stops_what_started(runtime: Runtime) -> None:
    service, stopped = Service("engine", runtime), list[bool]()

    async def fail() -> None:
        raise CannotListen("no database")

    async def farewell() -> None:
        stopped.append(True)

    service.on_start(fail)
    service.on_stop(farewell)
    with pytest.raises(CannotListen, match="no database"):
        await service.run("127.0.0.1", ports.free())
    assert stopped == [True]


async def test_before_the_end_everything_still_runs_and_only_for_so_long(runtime: Runtime) -> None:
    service, port, said = Service("engine", runtime), ports.free(), list[str]()

    async def drain() -> None:
        async with ServiceClient(f"http://127.0.0.1:{port}", runtime.secret("file:service.secret")) as client:
            said.append(str((await client.get("/health"))["alive"]))

    async def never() -> None:
        said.append("never")
        await asyncio.Event().wait()

    async def stopped() -> None:
        said.append("stopped")

    service.before_end(drain, 5)
    service.before_end(never, 0.1)
    service.on_stop(stopped)
    life = asyncio.create_task(service.run("127.0.0.1", port))
    async with ServiceClient(f"http://127.0.0.1:{port}", runtime.secret("file:service.secret")) as client:
        while not await _answers(client):
            await asyncio.sleep(0.02)
    service.stop()
    await asyncio.wait_for(life, 5)
    assert said == ["True", "never", "stopped"]


async def test_a_taken_port_is_one_clear_line(runtime: Runtime) -> None:
    port = ports.free()
    holder = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", port)
    with pytest.raises(CannotListen, match=rf"cannot listen on 127\.0\.0\.1:{port}: .*address already in use"):
        await Service("engine", runtime).run("127.0.0.1", port)
    holder.close()
    await holder.wait_closed()


def test_no_secret_no_service(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match=r"service\.secret is missing: there is no such secret file"):
        Service("engine", Runtime(Settings(), tmp_path))


PROGRAM = """
import asyncio, sys
from pathlib import Path
from aiohttp import web
from okno import logs
from okno.service import Service
from okno.settings import Runtime, Settings

async def slow(request):
    print("asked", flush=True)
    await asyncio.sleep(60)
    return web.Response()

async def said():
    print("farewell", flush=True)

async def up():
    print("up", flush=True)
    await asyncio.sleep(60)

logs.setup("engine")
service = Service("engine", Runtime(Settings(), Path(sys.argv[1])))
service.app.router.add_get("/slow", slow)
service.on_stop(said)
service.background(up, "up")
asyncio.run(service.run("127.0.0.1", int(sys.argv[2])))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_gracefully_even_with_a_slow_request_open(
    runtime: Runtime, number: signal.Signals
) -> None:
    port = ports.free()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(runtime.state), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None and await asyncio.to_thread(process.stdout.readline) == "up\n"
        async with ServiceClient(
            f"http://127.0.0.1:{port}", runtime.secret("file:service.secret"), timeout_s=30
        ) as client:
            while not await _answers(client):
                await asyncio.sleep(0.05)
            request = asyncio.create_task(client.get("/slow"))
            assert await asyncio.to_thread(process.stdout.readline) == "asked\n"
            os.kill(process.pid, number)
            out, errors = await asyncio.to_thread(process.communicate, None, 20)
            await asyncio.gather(request, return_exceptions=True)
        assert (process.returncode, out) == (0, "farewell\n")
        assert "Traceback" not in errors and all(json.loads(line) for line in errors.splitlines())
    finally:
        process.kill()
        process.wait()


async def _answers(client: ServiceClient) -> bool:
    try:
        return bool((await client.get("/health"))["alive"])
    except ServiceDown:
        return False  # what runs beside the routes starts before they listen
