"""A mail server and a webhook's receiver on real sockets, which fail as they are told."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult


class MailServer:
    """Takes mail; `answers` are what it says to the next letters instead of 250."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: list[str] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """A letter came."""
        if self.answers:
            return self.answers.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Somebody logs in."""
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"kettle")


@asynccontextmanager
async def mail_server(*, login: bool = False) -> AsyncIterator[MailServer]:
    """Run one."""
    made = MailServer()

    def protocol() -> SMTP:
        more = {"authenticator": made.authenticate, "auth_require_tls": False, "auth_required": True} if login else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a login without TLS, which is what is played here
            return SMTP(made, enable_SMTPUTF8=True, **more)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


class Receiver:
    """Takes webhooks; `answers` are the statuses of the next ones, 0 = it never answers, the last for ever 200."""

    def __init__(self) -> None:
        self.came: list[tuple[bytes, dict[str, str]]] = []
        self.answers: list[int] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hooks/a-secret-in-the-path"

    async def take(self, request: web.Request) -> web.Response:
        """A webhook came."""
        self.came.append((await request.read(), dict(request.headers)))
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            await asyncio.sleep(30)
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run one."""
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hooks/a-secret-in-the-path", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()
