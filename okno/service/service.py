"""One service process, from its start to its end."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import prometheus_client
from aiohttp import web
from prometheus_client import CollectorRegistry

from okno import __version__, logs
from okno.errors import OknoError, OurFault
from okno.service.doors import asking_credential, telling_errors
from okno.service.measure import measuring
from okno.settings.surroundings import Runtime

Step = Callable[[], Awaitable[None]]
Check = Callable[[], str | None]

SERVICE_SECRET = "file:service.secret"
_OPEN_PATHS = frozenset({"/health", "/ready", "/metrics"})
_STOP_STEP_S = 5.0  # one slow farewell must not keep the others from theirs
# A library may swallow a cancellation (redis-py does while it connects): it is asked again, for two seconds in all.
_ASK_AGAIN_S = 0.1
_ASK_TIMES = 20
# A message of ten minutes in base64 is the longest of all.
_BODY_BYTES = 8 * 1024 * 1024

log = logs.get(__name__)


class CannotListen(OknoError):
    """The service cannot listen where the settings say."""


class BackgroundEnded(OurFault):
    """Something that must run as long as the service lives has ended."""


class Service:
    """A service: its routes, what runs beside them, and how it starts and stops.

    Args:
        name: "engine", "chat", "mis", "web" or "pbx"; in logs and metrics.
        runtime: settings and state.
        internal: True asks the service credential on every route but /health, /ready and /metrics. False, for the
            gateway people's browsers reach: routes guard themselves, and /metrics asks the credential.

    Raises:
        SecretMissing: the service secret is not there.
    """

    def __init__(self, name: str, runtime: Runtime, *, internal: bool = True) -> None:
        self.name = name
        self.runtime = runtime
        self.secret = runtime.secret(SERVICE_SECRET)
        self.metrics = CollectorRegistry()
        self._starts: list[Step] = []
        self._farewells: list[tuple[Step, float]] = []
        self._stops: list[Step] = []
        self._backgrounds: list[tuple[Callable[[], Coroutine[Any, Any, None]], str]] = []
        self._checks: list[Check] = []
        self._listeners: list[tuple[web.Application, str, int]] = []
        self._ended = asyncio.Event()
        self._failure: str | None = None
        self._started = False
        info = prometheus_client.Gauge(
            "okno_service_info", "Which service and version this is.", ["service", "version"], registry=self.metrics
        )
        info.labels(name, __version__).set(1)
        prometheus_client.ProcessCollector(registry=self.metrics)
        doors = [measuring(self.metrics), telling_errors()]
        if internal:
            doors.append(asking_credential(self.secret, _OPEN_PATHS))
        self.app = web.Application(middlewares=doors, client_max_size=_BODY_BYTES)
        self.app.router.add_get("/health", self._health)
        self.app.router.add_get("/ready", self._ready)
        self.app.router.add_get("/metrics", self._metrics if internal else self._guarded_metrics)

    def on_start(self, step: Step) -> None:
        """Run `step()` before listening; they run in order, and the first that fails ends the process."""
        self._starts.append(step)

    def before_end(self, step: Step, within_s: float) -> None:
        """Run `step()` when the service is asked to end, while everything still runs, for at most so many seconds."""
        self._farewells.append((step, within_s))

    def on_stop(self, step: Step) -> None:
        """Run `step()` at the end; they run in reverse order, each for at most five seconds."""
        self._stops.append(step)

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Run `work()` beside the routes for as long as the service lives; if it fails or returns, the process ends."""
        self._backgrounds.append((work, name))

    def ready(self, check: Check) -> None:
        """Ask `check()` for /ready: None when all is well, else the reason in one line without anybody's data."""
        self._checks.append(check)

    def listen(self, app: web.Application, host: str, port: int) -> None:
        """Serve a second application on its own address (chat's public side); the credential does not guard it."""
        self._listeners.append((app, host, port))

    def stop(self, failure: str | None = None) -> None:
        """Ask the service to end; with a failure, `run` raises BackgroundEnded in the end."""
        if failure is not None and self._failure is None:
            self._failure = failure
        self._ended.set()

    async def run(self, host: str, port: int) -> None:
        """Serve until SIGTERM, SIGINT or `stop()`.

        Args:
            host: address to listen on.
            port: TCP port.

        Raises:
            CannotListen: the port is taken or the address is not ours.
            BackgroundEnded: after a graceful stop; the process must end with code 1.
        """
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(ending, self.stop)
        runners: list[web.AppRunner] = []
        tasks: list[asyncio.Task[None]] = []
        try:
            for step in self._starts:
                await step()
            tasks += [self._task(work, name) for work, name in self._backgrounds]
            for app, where, number in [(self.app, host, port), *self._listeners]:
                runners.append(await _listen(app, where, number))
            self._started = True
            log.info("service_listening", extra={"address": f"{host}:{port}"})
            await self._ended.wait()
            if self._failure is None:
                await self._say_farewell()
        finally:
            self._started = False
            await self._end(runners, tasks)
            for ending in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(ending)
        if self._failure is not None:
            raise BackgroundEnded(f"{self._failure} has ended; the service cannot go on without it")

    def _task(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work(), name=name)
        task.add_done_callback(self._background_ended)
        return task

    def _background_ended(self, task: asyncio.Task[None]) -> None:
        if self._ended.is_set() or task.cancelled():
            return
        error = task.exception()
        log.critical("background_ended", exc_info=error, extra={"task": task.get_name()})
        self.stop(failure=task.get_name())

    async def _end(self, runners: list[web.AppRunner], tasks: list[asyncio.Task[None]]) -> None:
        self._ended.set()
        for runner in runners:
            await runner.cleanup()
        await _cancelled(tasks)
        for step in reversed(self._stops):
            try:
                await asyncio.wait_for(_as_coroutine(step), _STOP_STEP_S)
            except Exception:
                log.exception("stop_step_failed")

    async def _say_farewell(self) -> None:
        for step, within_s in self._farewells:
            try:
                await asyncio.wait_for(_as_coroutine(step), within_s)
            except Exception:
                log.exception("farewell_failed")

    def reasons(self) -> list[str]:
        """Return why the service is not ready; empty when it is."""
        if not self._started:
            return ["starting"]
        return [reason for check in self._checks if (reason := check()) is not None]

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"service": self.name, "version": __version__, "alive": True})

    async def _ready(self, request: web.Request) -> web.Response:
        reasons = self.reasons()
        return web.json_response(
            {"service": self.name, "ready": not reasons, "reasons": reasons}, status=503 if reasons else 200
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        body = prometheus_client.generate_latest(self.metrics)
        return web.Response(body=body, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST})

    async def _guarded_metrics(self, request: web.Request) -> web.StreamResponse:
        return await asking_credential(self.secret, frozenset())(request, self._metrics)


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    """End tasks; one that will not is named and left to the end of the process."""
    waiting = set(tasks)
    for _ in range(_ASK_TIMES):
        for task in waiting:
            task.cancel()
        if waiting:
            _, waiting = await asyncio.wait(waiting, timeout=_ASK_AGAIN_S)
    for task in waiting:
        log.error("background_does_not_end", extra={"task": task.get_name()})


async def _listen(app: web.Application, host: str, port: int) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        # Set by `okno up` for workers of one service, which share their port (docs/decisions/0011).
        shared = os.environ.get("OKNO_SHARED_PORT") == "1"
        await web.TCPSite(runner, host, port, reuse_port=shared or None).start()
    except OSError as error:
        await runner.cleanup()
        # asyncio's own words would name the address a second time.
        taken = error.errno == errno.EADDRINUSE
        reason = "address already in use" if taken else error.strerror or type(error).__name__
        raise CannotListen(f"cannot listen on {host}:{port}: {reason}") from None
    return runner


async def _as_coroutine(step: Step) -> None:
    await step()
