"""Connections to one MIS over HTTP: what reads keep open, writes take anew, and nothing is sent twice by itself."""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp

MOST_BYTES = 16 * 2**20
_CHUNK = 65536


class Sessions:
    """The connections of one connector, opened when they are first needed.

    A request may bear `trace_request_ctx=SimpleNamespace(sent=False)`: `sent` is True once its head has left us.
    """

    def __init__(self) -> None:
        self._reads: aiohttp.ClientSession | None = None
        self._writes: aiohttp.ClientSession | None = None

    def of(self, *, write: bool) -> aiohttp.ClientSession:
        """Return the session for a read or a write.

        Writes never go over a connection that was used before, which may be gone already: whether one had reached the
        MIS over it could not be told.
        """
        if write:
            if self._writes is None:
                self._writes = _open(force_close=True)
            return self._writes
        if self._reads is None:
            self._reads = _open(force_close=False)
        return self._reads

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        for session in (self._reads, self._writes):
            if session is not None:
                await session.close()
        self._reads = self._writes = None


async def whole(response: aiohttp.ClientResponse) -> bytes:
    """Return the body of an answer. Raises aiohttp.ClientPayloadError when it has more than MOST_BYTES."""
    came = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        came += chunk
        if len(came) > MOST_BYTES:
            raise aiohttp.ClientPayloadError
    return bytes(came)


async def never_again(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request a second time by itself when its line breaks (P2): it may have been done.

    Raises:
        aiohttp.ClientConnectorError: there was no connection, nothing was sent.
        aiohttp.ClientPayloadError: the line broke.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise aiohttp.ClientPayloadError from None


def _open(*, force_close: bool) -> aiohttp.ClientSession:
    async def sent(_: aiohttp.ClientSession, ours: SimpleNamespace, __: object) -> None:
        if ours.trace_request_ctx is not None:
            ours.trace_request_ctx.sent = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(sent)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=force_close, limit=64),
        trace_configs=[trace],
        middlewares=(never_again,),
        timeout=aiohttp.ClientTimeout(total=None),  # each request keeps the deadline of who asks
        cookie_jar=aiohttp.DummyCookieJar(),
    )
