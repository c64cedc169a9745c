"""The ground a messenger's cloud stands on: a server on loopback whose answers go wrong when told, and who posts."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with the next calls below `path`.

    `status` with `body` is answered instead; with `cut` the connection ends without an answer; `done` says whether the
    call was carried out before; `wait_s` passes first. It happens `times` times.
    """

    path: str = ""
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    done: bool = False
    wait_s: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that reached the cloud, whatever became of it."""

    method: str
    path: str
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a cloud posts to a webhook: the raw body and its headers."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file somebody brought; `kind` is the cloud's own word for it."""

    name: str
    mime: str
    content: bytes
    kind: str = "file"


class CloudServer:
    """A cloud. A messenger's own is made of it: `routes` says what is answered.

    Args:
        retry_s: how long it waits before it posts a refused event again, one after the other; then it gives up.
    """

    def __init__(self, retry_s: Sequence[float] = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)) -> None:
        self.calls: list[Call] = []
        self.posted: list[tuple[int, str]] = []
        self.retry_s = tuple(retry_s)
        self.url = ""
        self._faults: list[Fault] = []
        self._left: list[int] = []
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._posting: set[asyncio.Task[bool]] = set()

    def routes(self, app: web.Application) -> None:
        """Put what the cloud answers there."""
        raise NotImplementedError

    async def start(self, port: int = 0) -> Self:
        """Listen on loopback; port 0 takes a free one."""
        app = web.Application(middlewares=[self._faulty], client_max_size=300 << 20)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession()
        return self

    async def stop(self) -> None:
        """Be gone: whoever calls finds nobody."""
        for task in list(self._posting):
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = self._session = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def goes_wrong(self, fault: Fault) -> None:
        """From now on the next calls fail so."""
        self._faults.append(fault)
        self._left.append(fault.times)

    def asked(self, path: str, method: str = "") -> int:
        """Count the calls that came below a path."""
        return sum(1 for call in self.calls if call.path.startswith(path) and method in ("", call.method))

    def post(self, url: str, letter: Letter, taken: Callable[[int, str], bool]) -> asyncio.Task[bool]:
        """Post an event until it is taken or given up; the task says which."""
        task = asyncio.create_task(self._post(url, letter, taken))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)
        return task

    async def _post(self, url: str, letter: Letter, taken: Callable[[int, str], bool]) -> bool:
        for wait_s in (*self.retry_s, None):
            if self._session is None:
                return False
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                timeout = aiohttp.ClientTimeout(total=30)
                async with self._session.post(
                    url, data=letter.body, headers={"Content-Type": "application/json", **letter.headers},
                    timeout=timeout,
                ) as answer:  # fmt: skip
                    said = await answer.text()
                    self.posted.append((answer.status, said))
                    if taken(answer.status, said):
                        return True
            if wait_s is not None:
                await asyncio.sleep(wait_s)
        return False

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.calls.append(Call(method=request.method, path=request.path, query=dict(request.query)))
        fault = self._next(request.path)
        if fault is None:
            return await handler(request)
        await request.read()
        if fault.wait_s:
            await asyncio.sleep(fault.wait_s)
        answer: web.StreamResponse | None = await handler(request) if fault.done or not _ends(fault) else None
        if fault.cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.status:
            return web.json_response(fault.body, status=fault.status, headers=fault.headers)
        return answer or web.Response()

    def _next(self, path: str) -> Fault | None:
        for place, fault in enumerate(self._faults):
            if path.startswith(fault.path) and self._left[place] > 0:
                self._left[place] -= 1
                return fault
        return None


def _ends(fault: Fault) -> bool:
    return fault.cut or bool(fault.status)


def spelled(tree: Any) -> bytes:
    """Return JSON as clouds write it: letters as they are, unless one is no letter at all."""
    try:
        return json.dumps(tree, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(tree).encode()
