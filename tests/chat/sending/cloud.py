"""A messenger's cloud on a real socket that does as it is told: answers, refuses, hangs, drops the line."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aiohttp import web

from chat.channels import Hook, Lamp, Posted
from chat.clouds.calling import Api
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Undelivered, Unknown
from okno.command.processes import ports

ABLE = Abilities(
    most_file=1 << 20, reply=True, edit=True, delete=True, typing=True, read=True, per_second=500.0, per_peer_s=0.0,
    resend="ask",
)  # fmt: skip


@dataclass
class Cloud:
    """What was asked of it, in order; `plans` says what becomes of a text: each time it comes the next word holds.

    Words: ok, 429, 403, 401, 400, drop (taken, and the line cut), lose (the line cut, not taken), hang (taken, answered
    when `go` is set), slow (answered a little later).
    """

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    go: asyncio.Event = field(default_factory=asyncio.Event)
    now: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    files: dict[str, bytes] = field(default_factory=dict)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def texts(self, peer: str | None = None) -> list[str]:
        """Return what was written to a person, or to all, in the order it came."""
        return [one["text"] for one in self.got if one["what"] == "send" and peer in (None, one["peer"])]

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Take a message as the plan says."""
        body = await request.json() | {"what": request.match_info["what"]}
        self.got.append(body)
        self.asked.set()
        peer = body["peer"]
        self.now[peer] += 1
        self.most[peer] = max(self.most[peer], self.now[peer])
        try:
            return await self._answer(request, body)
        finally:
            self.now[peer] -= 1

    async def _answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        plan = self.plans[body.get("text", "")]
        word = plan.pop(0) if plan else "ok"
        if word.isdigit():
            return web.json_response({"retry_after": 0.2}, status=int(word))
        if word != "lose" and body["what"] == "send":
            self.taken.setdefault(body["id"], body)
        if word in ("drop", "lose"):
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(1)
        if word == "hang":
            await self.go.wait()
        if word == "slow":
            await asyncio.sleep(0.05)
        return web.json_response({"id": f"p-{body['id']}"})

    async def find(self, request: web.Request) -> web.Response:
        """Say whether a text was taken."""
        text, known = request.query["text"], request.query.getall("known", [])
        alike = (f"p-{one['id']}" for one in self.taken.values() if one["text"] == text)
        return web.json_response({"id": next((one for one in alike if one not in known), "")})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Give a file, or as the plan of its name says; `slow` gives it in pieces for ever so long."""
        name = request.match_info["name"]
        self.got.append({"what": "file", "peer": "", "text": name})
        word = self.plans[name].pop(0) if self.plans[name] else "ok"
        if word.isdigit():
            raise web.HTTPException(text="") if word == "200" else _status(int(word))
        answer = web.StreamResponse()
        await answer.prepare(request)
        if word == "endless":
            while True:
                await answer.write(b"\x89PNG\r\n\x1a\n" + bytes(1 << 16))
        if word == "hang":
            await answer.write(b"x")
            await self.go.wait()
        if word == "drop":
            await answer.write(self.files[name][:10])
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(1)
        await answer.write(self.files[name])
        return answer


def _status(status: int) -> web.HTTPException:
    class Answer(web.HTTPException):
        status_code = status

    return Answer()


@asynccontextmanager
async def cloud_at(port: int | None = None) -> AsyncIterator[Cloud]:
    """Run a cloud for the body of an `async with`."""
    cloud = Cloud()
    app = web.Application(client_max_size=64 << 20)
    app.router.add_get("/file/{name}", cloud.file)
    app.router.add_get("/find", cloud.find)
    app.router.add_post("/{what}", cloud.send)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    number = port or ports.free()
    await web.TCPSite(runner, "127.0.0.1", number).start()
    cloud.url = f"http://127.0.0.1:{number}"
    try:
        yield cloud
    finally:
        cloud.go.set()
        await runner.cleanup()


class Account:
    """An account of that cloud: a messenger that can everything but look."""

    def __init__(self, key: str, url: str, abilities: Abilities = ABLE, *, answer_s: float = 20.0) -> None:
        self.key, self.abilities, self.api, self._answer_s = key, abilities, Api(url), answer_s

    def posted(self, hook: Hook) -> Posted:
        """Nothing comes here."""
        raise NotImplementedError

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Nothing comes here."""
        raise NotImplementedError

    async def send(self, message: Outgoing) -> Accepted:
        """Send. Raises Undelivered, Unknown."""
        done = await self._post("send", message, id=message.id, files=[[f.name, len(f.content)] for f in message.files])
        return Accepted(provider_id=done["id"])

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file. Raises Undelivered."""
        async for piece in self.api.file(f"{self.api.base}/file/{ref['name']}"):
            yield piece

    async def edit(self, message: Outgoing, provider_id: str) -> None:
        """Change. Raises Undelivered, Unknown."""
        await self._post("edit", message, id=provider_id)

    async def delete(self, message: Outgoing, provider_id: str) -> None:
        """Take back. Raises Undelivered, Unknown."""
        await self._post("delete", message, id=provider_id)

    async def typing(self, message: Outgoing) -> None:
        """Show that we type. Raises Undelivered, Unknown."""
        await self._post("typing", message)

    async def read_up_to(self, message: Outgoing) -> None:
        """Show that we have read. Raises Undelivered, Unknown."""
        await self._post("read", message, upto=message.last_in)

    async def run(self) -> None:
        """Wait."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Let the connections go."""
        await self.api.close()

    async def lamp(self) -> Lamp:
        """Green."""
        return Lamp(colour="green")

    async def _post(self, what: str, message: Outgoing, **more: Any) -> dict[str, Any]:
        body = {"peer": message.peer.ext_user, "text": message.text, "reply_to": message.reply_to} | more
        answer = await self.api.call("POST", f"/{what}", json=body, answer_s=self._answer_s)
        match answer.status:
            case 429:
                raise Undelivered("rate", retry_after_s=answer.tree()["retry_after"], counts=False)
            case 401:
                raise Undelivered("token", account=True)
            case 403:
                raise Undelivered("blocked", unreachable=True)
            case 400:
                raise Undelivered("refused")
            case 500:
                raise Unknown("500")
        return answer.tree()


class Looked(Account):
    """One that can be asked what became of a message."""

    async def look(self, message: Outgoing, since: datetime) -> Accepted | None:
        """Ask. Raises Undelivered."""
        query = f"/find?text={message.text}" + "".join(f"&known={one}" for one in message.extra["known"])
        found = (await self.api.call("GET", query)).tree()["id"]
        return Accepted(provider_id=found) if found else None


SAFE, LOOK = replace(ABLE, resend="safe"), replace(ABLE, resend="look")
