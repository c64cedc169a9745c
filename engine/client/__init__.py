"""How other services ask the engine: commands, cards, history, and its live world for ever."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any

import aiohttp

from engine.client.directory import DirectoryAsks
from engine.client.ivr import IvrAsks
from engine.client.lists import ListAsks
from engine.client.sounds import SoundAsks
from engine.client.wire import Answer
from okno.errors import OknoError
from okno.service import ServiceDown, ServiceRefused

# The engine beats each second: a line silent for three has gone.
SILENCE_S = 3.0
BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
# A frozen engine still takes connections, and says nothing on them.
OPEN_S = 2.0


class EngineClient(DirectoryAsks, IvrAsks, ListAsks, SoundAsks):
    """A typed client of the leading engine, wherever it is. Close it, or use it in an `async with`.

    Args:
        runtime: says where engines may be and holds the service credential.

    Raises:
        SecretMissing: the service credential is not there.
    """

    async def command(
        self, command: str, name: str, *, actor: str, role: str, operator: str | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Give a person's command; the same `command` id again gets the same answer.

        Args:
            command: its own id, minted where the person clicked.
            name: take, complete, postpone, transfer, note, open or presence.
            args: of the command; `request` and `version` of what the person saw.

        Returns:
            `engine.feed.CommandAnswer`: {ok, why, by, request}.

        Raises:
            ServiceDown: whether it was done is not known; ask again with the same id. (So did we, at the other place.)
            ServiceRefused: it was not understood.
        """
        return await self._post("/v1/commands", {
            "command": command, "name": name, "actor": actor, "role": role, "operator": operator,
            "args": dict(args or {}),
        })  # fmt: skip

    async def card(
        self, *, actor: str, role: str, purpose: str, operator: str | None = None, request: str | None = None,
        call: str | None = None,
    ) -> Answer:
        """Return the card of a request or a call (`engine.feed.Card`); audited before it is answered.

        Raises:
            ServiceDown: it could not be audited, or nobody answers.
            ServiceRefused: 404, there is none.
        """
        whose = {"request": request} if request is not None else {"call": call}
        return await self._post(
            "/v1/cards", {**whose, "actor": actor, "role": role, "operator": operator, "purpose": purpose}
        )

    async def callback_bounds(self, wanted: Mapping[str, Any]) -> Answer:
        """Return what bounds a promise to call: {callable, clocks, own, quiet, next_at, promised}.

        Args:
            wanted: phone or request, queue, when.

        Raises ServiceDown, ServiceRefused (404: there is no such request).
        """
        return await self._post("/v1/callbacks/bounds", wanted)

    async def calls(self, *, actor: str, role: str, purpose: str, params: Mapping[str, str] | None = None) -> Answer:
        """Return a page of calls, the newest first: {items, cursor}. `params` as GET /v1/calls takes them.

        Raises ServiceDown, ServiceRefused.
        """
        return await self._get("/v1/calls", _who(actor, role, purpose), params)

    async def call(self, call: str, *, actor: str, role: str, purpose: str) -> Answer:
        """Return one call. Raises ServiceDown, ServiceRefused (404)."""
        return await self._get(f"/v1/calls/{call}", _who(actor, role, purpose))

    async def search_calls(
        self, *, actor: str, role: str, purpose: str, last4: str | None = None, phone: str | None = None
    ) -> Answer:
        """Return the calls of a number: {items, cursor}. Raises ServiceDown, ServiceRefused."""
        wanted = {"last4": last4} if last4 is not None else {"phone": phone}
        return await self._post("/v1/calls/search", wanted, _who(actor, role, purpose))

    async def search(self, text: str, *, actor: str, role: str, purpose: str) -> Answer:
        """Return what a number, a name or a request's number finds: {items}; audited before it is answered.

        Raises ServiceDown, ServiceRefused.
        """
        return await self._post("/v1/search", {"text": text}, _who(actor, role, purpose))

    async def timeline(
        self, wanted: Mapping[str, Any], *, actor: str, role: str, purpose: str, operator: str | None = None
    ) -> Answer:
        """Return what was before with a contact: {items, cursor, missing}. `wanted`: request or call, cursor, limit.

        Raises ServiceDown, ServiceRefused (404).
        """
        return await self._post(
            "/v1/timeline", {**wanted, "actor": actor, "role": role, "operator": operator, "purpose": purpose}
        )

    async def hints(self, after: int | None = None) -> Answer:
        """Return the hints: {version, items}; items is None when `after` is their version. Raises ServiceDown."""
        return await self._get("/v1/hints", {}, {} if after is None else {"after": str(after)})

    async def hint(self, what: str, hint: Mapping[str, Any], *, actor: str, role: str, purpose: str) -> Answer:
        """Change (`save`) or hide (`remove`) a hint: {ok, why, hint, version}. Raises ServiceDown, ServiceRefused."""
        path = "/v1/hints" if what == "save" else "/v1/hints/remove"
        return await self._post(path, hint, _who(actor, role, purpose))

    async def blocked(self, *, actor: str, role: str, purpose: str) -> Answer:
        """Return the numbers nobody is to call back: {items}. Raises ServiceDown, ServiceRefused."""
        return await self._get("/v1/blocked", _who(actor, role, purpose))

    async def requests(
        self, *, actor: str, role: str, purpose: str, params: Mapping[str, str] | None = None
    ) -> Answer:
        """Return a page of requests, the newest first: {items, cursor}. Raises ServiceDown, ServiceRefused."""
        return await self._get("/v1/requests", _who(actor, role, purpose), params)

    async def request(self, request: str, *, actor: str, role: str, purpose: str) -> Answer:
        """Return one request with its history. Raises ServiceDown, ServiceRefused (404)."""
        return await self._get(f"/v1/requests/{request}", _who(actor, role, purpose))

    async def queue_statistics(self, params: Mapping[str, str]) -> Answer:
        """Return figures of queues: {from, to, by, queue, items}. `params` as GET /v1/queues/statistics takes them.

        Raises ServiceDown, ServiceRefused.
        """
        return await self._get("/v1/queues/statistics", {}, params)

    async def notices(self, operator: str) -> Answer:
        """Return the messages an operator has not read yet, the oldest first: {items}. Raises ServiceDown."""
        return await self._get("/v1/notices", {}, {"operator": operator})

    async def status(self) -> Answer:
        """Return how the engine is (`engine.feed.Status`). Raises ServiceDown."""
        return await self._get("/v1/status", {})

    async def pages(self, here: Iterable[str], left: Iterable[str]) -> Answer:
        """Tell which operators have a page open here, and who has just lost his last one. Raises ServiceDown."""
        return await self._post("/v1/pages", {"here": list(here), "left": list(left)})

    async def journal(self, letter: Mapping[str, Any]) -> Answer:
        """Send what a PBX's journal holds (`engine.asking.letters`); the same twice does nothing twice.

        Returns:
            {confirmed: {file: [inode, position]}}: so far nothing need be sent again.

        Raises:
            ServiceDown: nobody leads, or nothing can be written now; come again.
            ServiceRefused: 409 with `from`, where each file is to be gone on with; 404, no such PBX; 413, too long.
        """
        return await self._post("/v1/journal", letter)

    async def phone(self, action: str, *, actor: str, role: str, operator: str) -> Answer:
        """Ask about the phone in an operator's page.

        Args:
            action: `give`, what it registers with (audited); `door`, where its socket is; `rotate`, a new password.

        Returns:
            {endpoint, socket}, for `give` with uri, password and realm; nothing for `rotate`.

        Raises:
            ServiceDown: the engine, or the helper beside that PBX, does not answer.
            ServiceRefused: 404, he has no phone in the page.
        """
        return await self._post("/v1/phone", {"action": action, "actor": actor, "role": role, "operator": operator})

    async def live(self, epoch: str | None = None, seq: int | None = None) -> AsyncGenerator[Answer, None]:
        """Yield the messages of the live world for ever (`engine.feed.Message`), reconnecting as needed.

        Args:
            epoch: of what the reader has, None when he has nothing.
            seq: the number of the last patch he has.
        """
        failures = 0
        while True:
            asked = self._wire.base_url
            try:
                async with self._wire.websocket("/live", params=_seen(epoch, seq), open_s=OPEN_S) as socket:
                    async for message in _messages(socket):
                        if message["type"] == "beat" and message["seq"] != seq:
                            break  # a patch was lost on the way: come again and ask for it
                        if message["type"] in ("snapshot", "patches", "patch"):
                            epoch, seq = message["epoch"], message["seq"]
                        failures = 0
                        yield message
                    else:
                        self._leave(asked)
            except (ServiceRefused, OknoError) as trouble:
                if not self._follow(trouble):
                    self._leave(asked)
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)] * random.uniform(0.5, 1.0))  # noqa: S311
            failures += 1


async def _messages(socket: aiohttp.ClientWebSocketResponse) -> AsyncGenerator[Answer, None]:
    """Yield messages until the line ends, is silent, or says something that is none."""
    while True:
        try:
            received = await socket.receive(timeout=SILENCE_S)
        except TimeoutError:
            return
        if received.type is not aiohttp.WSMsgType.TEXT:
            return
        try:
            message = json.loads(received.data)
        except ValueError:
            raise ServiceDown("it sent something that is not JSON") from None
        yield message


def _seen(epoch: str | None, seq: int | None) -> dict[str, str]:
    return {} if epoch is None or seq is None else {"epoch": epoch, "seq": str(seq)}


def _who(actor: str, role: str, purpose: str) -> dict[str, str]:
    return {"Okno-Actor": actor, "Okno-Role": role, "Okno-Purpose": purpose}
