"""The clinic's own check of files, a command: it reads a file and says by its end whether the file may be kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Sequence

from okno.errors import TheirFault

_WITHIN_S = 120.0


class CheckFailed(TheirFault):
    """The check of files itself does not work: a file is neither taken nor refused."""

    key = "chat.error.check"


class Check:
    """The command, as ClamAV's `clamdscan -` and its kin behave: it ends with 0 for a clean file, 1 for a bad one.

    Args:
        command: the program and its arguments; empty: every file is clean.
    """

    def __init__(self, command: Sequence[str] = ()) -> None:
        self._command = tuple(command)

    async def clean(self, content: AsyncIterable[bytes]) -> bool:
        """Say whether a file may be kept.

        Args:
            content: its bytes; given on the command's standard input, never as a file.

        Raises:
            CheckFailed: the command is not there, ends with another number or not at all.
        """
        if not self._command:
            return True
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            raise CheckFailed(f"the check of files cannot be started: {type(error).__name__}") from None
        try:
            async with asyncio.timeout(_WITHIN_S):
                await _feed(process, content)
                ended = await process.wait()
        except TimeoutError:
            raise CheckFailed("the check of files does not end") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if ended not in (0, 1):
            raise CheckFailed(f"the check of files ended with {ended}")
        return ended == 0


async def _feed(process: asyncio.subprocess.Process, content: AsyncIterable[bytes]) -> None:
    if process.stdin is None:
        raise CheckFailed("the check of files cannot be spoken to")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it knows enough: its end says what
        async for piece in content:
            process.stdin.write(piece)
            await process.stdin.drain()
    process.stdin.close()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        await process.stdin.wait_closed()
