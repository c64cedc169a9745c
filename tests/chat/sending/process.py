"""A sender in a process of its own, to be killed: `python -m tests.chat.sending.process` with its settings as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from chat.conversations.live import Hub
from chat.sending.sender import Sender
from chat.wire import Abilities
from okno.database import Database
from okno.seal import Keyring
from tests.chat.sending.cloud import LOOK, SAFE, Account, Looked

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def sender_of(database: Database, keyring: Path, url: str, resend: str) -> AsyncIterator[Process]:
    """Run a sender for the body of an `async with`; it is killed there or at the end."""
    told = {"database": database.url, "keyring": str(keyring), "url": url, "resend": resend}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chat.sending.process", stdin=PIPE, stdout=PIPE, cwd=ROOT, env=dict(os.environ)
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(told).encode() + b"\n")
    await process.stdin.drain()
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def main() -> None:
    """Send until killed."""
    told = json.loads(sys.stdin.readline())
    database = await Database.open(told["database"], name="sender")
    own = Keyring.load(Path(told["keyring"])).sealer("chat")
    able: Abilities = {"safe": SAFE, "look": LOOK}.get(told["resend"], SAFE)
    one: Account = Looked("fake:main", told["url"], able)
    if told["resend"] == "ask":
        one = Account("fake:main", told["url"])
    hub = Hub(database)

    async def ill(account: str, code: str) -> None:
        print(account, code, file=sys.stderr)

    sender = Sender(database, own, {one.key: one}, hub, CollectorRegistry(), ill)
    print("ready", flush=True)
    await asyncio.gather(hub.run(), sender.run())


if __name__ == "__main__":
    asyncio.run(main())
