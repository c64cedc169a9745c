"""A process of `chat` that only receives: webhooks of the echo channel and their readers, until it is killed.

python -m tests.chat.receiving.process URL KEYRING PORT [SLOW_S]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from okno.database import Database
from okno.seal import Keyring
from tests.chat.clinic import Place


async def serve(url: str, keyring: str, port: int) -> None:
    """Serve for ever."""
    database = await Database.open(url, name="chat-process")
    place = Place(database, Keyring.load(Path(keyring)))
    app = web.Application()
    place.hooks.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("serves", flush=True)
    await place.workers.run()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
