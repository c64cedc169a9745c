"""Keeps one Asterisk's configuration: renders, installs, reloads when the engine's directory has another version.

It begins with the last version it saw (or `okno.yaml`), so that an Asterisk starts with its engine away. Then it asks
in a long poll, for ever; what came of each version it tells the engine, which shows it to the administrator. A version
that cannot be rendered, installed or reloaded leaves the files and the calls as they were, and is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from engine.asterisk import commands
from okno import logs
from okno.errors import OknoError, TheirFault
from okno.service import ServiceDown, ServiceRefused
from okno.settings import PbxSettings, Runtime, seen
from okno.settings.changing import changed

log = logs.get(__name__)

# Below the client's own patience with an answer.
POLL_S = 8.0
BY_HAND = "by_hand"
# What the engine takes of a reason (engine/asking/directory/letters.py).
_REASON_LETTERS = 500
NOT_YET = "the configuration is not installed yet"


class NotInstalled(TheirFault):
    """Asterisk does not have the configuration it should have."""


class Engine(Protocol):
    """What of `engine.client.EngineClient` is needed here."""

    async def directory(self, after: int = 0, *, epoch: str = "", wait_s: float = 0) -> dict[str, Any]:
        """The directory in force. Raises ServiceDown, ServiceRefused."""

    async def directory_applied(self, pbx: str, version: int, reason: str) -> dict[str, Any]:
        """Tell what came of a version. Raises ServiceDown, ServiceRefused."""


class Keeper:
    """Follows the directory for one PBX.

    Args:
        runtime: with the settings of `okno.yaml`.
        pbx: whose configuration.
        engine: is asked; None keeps what was seen last.
        retry_s: seconds before another try when Asterisk or the engine does not answer.

    `problem` says why Asterisk's configuration is not that of `version`; None when it is.
    """

    def __init__(
        self, runtime: Runtime, pbx: PbxSettings, engine: Engine | None = None, *, retry_s: float = 10.0
    ) -> None:
        self._yaml = runtime
        self._runtime, self.version = seen.lately(runtime)
        self._pbx = pbx
        self._engine = engine
        self._retry_s = retry_s
        self._epoch = ""
        self._told: tuple[str, int, str] | None = None
        self._unloaded: frozenset[str] = frozenset()
        self._misfit: str | None = None
        self._one_at_a_time = asyncio.Lock()
        self.problem: str | None = NOT_YET

    async def keep(self) -> None:
        """Follow for ever: a background task that returns ends the service."""
        while True:
            if self.problem is not None:
                self.problem = await self._once()
            if self.problem is not None:
                log.error("configuration_not_installed", extra={"reason": self.problem, "version": self.version})
            await self._tell()
            await self._listen()

    async def refresh(self) -> None:
        """Install what has changed beside the settings: a new secret. Raises NotInstalled: Asterisk was not told."""
        self.problem = await self._once()
        if self.problem is not None:
            raise NotInstalled(self.problem)

    @property
    def runtime(self) -> Runtime:
        """The settings with the directory that is followed."""
        return self._runtime

    async def _once(self) -> str | None:
        """Bring Asterisk up to date; return what is in the way."""
        async with self._one_at_a_time:
            return await self._bring()

    async def _bring(self) -> str | None:
        if not self._pbx.managed and self._pbx.config_dir is None:
            log.info("configuration_left_to_the_pbx")
            return None
        if self._misfit is not None:
            return self._misfit
        try:
            done = await commands.bring_up_to_date(self._runtime, self._pbx, self._unloaded)
        except commands.NotReloaded as fault:
            self._unloaded = fault.changed
            return str(fault)
        except OknoError as fault:
            return str(fault)
        except OSError as fault:
            return f"{fault.filename}: {fault.strerror}"
        self._unloaded = frozenset()
        if done.changed:
            log.info("configuration_installed", extra={
                "files": len(done.changed), "restart": done.needs_restart, "version": self.version,
            })  # fmt: skip
        return None

    async def _tell(self) -> None:
        """Tell the engine what came of the version it gave, once in each of its lives."""
        reason = self.problem or ("" if self._pbx.managed or self._pbx.config_dir else BY_HAND)
        reason = reason[:_REASON_LETTERS]
        telling = (self._epoch, self.version, reason)
        if self._engine is None or not self._epoch or telling == self._told:
            return
        try:
            await self._engine.directory_applied(self._pbx.name, self.version, reason)
            self._told = telling
        except (ServiceDown, ServiceRefused) as trouble:
            log.warning("directory_not_reported", extra={"why": type(trouble).__name__})

    async def _listen(self) -> None:
        """Wait for another version, or until it is time to try again."""
        if self._engine is None:
            await asyncio.sleep(self._retry_s if self.problem is not None else POLL_S)
            return
        wait_s = min(POLL_S, self._retry_s) if self.problem is not None else POLL_S
        try:
            answer = await self._engine.directory(self.version, epoch=self._epoch, wait_s=wait_s)
        except (ServiceDown, ServiceRefused):
            await asyncio.sleep(min(2.0, self._retry_s))
            return
        self._epoch = str(answer.get("epoch", ""))
        if "document" in answer:
            self._take(int(answer["version"]), answer["document"])

    def _take(self, version: int, document: Mapping[str, Any]) -> None:
        """Another version: to be installed next, and remembered."""
        settings, flaws = changed(self._yaml.settings, document)
        self.version, self.problem, self._misfit = version, NOT_YET, None
        if settings is None:
            self._misfit = "; ".join(f"{key}: {words}" for key, words in flaws)
            log.error("directory_does_not_fit", extra={"version": version, "flaws": len(flaws)})
            return
        self._runtime = replace(self._yaml, settings=settings)
        try:
            seen.keep(self._yaml, version, document)
        except OSError as fault:
            log.error("directory_not_remembered", extra={"why": fault.strerror})
