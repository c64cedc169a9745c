"""Asterisk's own console socket: the one way to reload it that needs no AMI right."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from okno.errors import TheirFault

# A reload of a few hundred extensions takes less than a second; a console that says nothing for so long is stuck.
ANSWER_S = 15


class NoConsole(TheirFault):
    """Asterisk's control socket does not answer."""


async def ask(socket: Path, command: str) -> str:
    """Run one console command, as `asterisk -rx` does, and return what it printed.

    Args: the control socket (`<astrundir>/asterisk.ctl`); a command of ours, never a person's text.
    Raises NoConsole when nobody answers in time.
    """
    if re.search(r"[\x00-\x1f]", command):
        raise ValueError("a console command is one line")
    folder = os.open(socket.parent, os.O_RDONLY) if socket.parent.is_dir() else -1
    try:
        # A socket's path has room for 107 bytes; a state directory may be deeper.
        place = str(socket) if len(str(socket)) < 100 else f"/proc/self/fd/{folder}/{socket.name}"
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(place)
            try:
                await reader.readline()
                writer.write(f"cli quit after {command}\0".encode())
                await writer.drain()
                said = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError) as fault:
        raise NoConsole(f"Asterisk's console {socket} does not answer") from fault
    finally:
        if folder >= 0:
            os.close(folder)
    text = said.decode("utf-8", "replace")
    return re.sub(r"\x1b\[[0-9;]*[a-zA-Z]|[\x00\x7f]", "", text)
