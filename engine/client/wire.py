"""The line to the leading engine: finding it, following it, and asking again where that is safe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from okno import logs
from okno.errors import OknoError
from okno.service import ServiceClient, ServiceDown, ServiceRefused
from okno.settings import Runtime

log = logs.get(__name__)

SERVICE_SECRET = "file:service.secret"  # names a file
# A command is answered when it is saved; the engine itself refuses when that cannot be soon.
COMMAND_S = 10.0

Answer = dict[str, Any]


class Wire:
    """What every part of the engine's client asks through. Close it, or use it in an `async with`.

    Args:
        runtime: says where engines may be and holds the service credential.

    Raises:
        SecretMissing: the service credential is not there.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._places = runtime.settings.engine.urls
        self._wire = ServiceClient(self._places[0], runtime.secret(SERVICE_SECRET), timeout_s=COMMAND_S)

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def _get(self, path: str, who: Mapping[str, str], params: Mapping[str, str] | None = None) -> Answer:
        return await self._ask(lambda: self._wire.get(path, params=params, headers=who))

    async def _post(self, path: str, body: Mapping[str, Any], who: Mapping[str, str] | None = None) -> Answer:
        return await self._ask(lambda: self._wire.post(path, body, headers=who))

    async def _ask(self, ask: Callable[[], Awaitable[Any]]) -> Answer:
        """Ask until one answers who leads: where the leader was, where a standby says it is, at the other place.

        Asking again is safe: queries change nothing, and a command done already is answered by its id.
        """
        tries = 0
        while True:
            asked = self._wire.base_url
            try:
                return dict(await ask())
            except (ServiceDown, ServiceRefused) as trouble:
                if not self._follow(trouble):
                    if isinstance(trouble, ServiceRefused):
                        raise
                    self._leave(asked)
                tries += 1
                if self._wire.base_url == asked or tries > len(self._places):
                    raise

    def _follow(self, trouble: OknoError) -> bool:
        """Turn to the leader a standby names; it has done nothing, so asking again is no repetition."""
        if not isinstance(trouble, ServiceRefused) or trouble.status != 421:
            return False
        leader = trouble.problem.get("leader")
        if not isinstance(leader, str):
            return False
        log.info("engine_leader_found", extra={"address": leader})
        self._wire.base_url = leader
        return True

    def _leave(self, asked: str) -> None:
        """Look for the leader at the next place, unless somebody of ours has turned elsewhere meanwhile."""
        if self._wire.base_url == asked:
            after = self._places.index(asked) + 1 if asked in self._places else 0
            self._wire.base_url = self._places[after % len(self._places)]
