"""Tryton's JSON-RPC over HTTP: a session, and calls in it. Nothing of a person stands in a URL."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import InvalidOperation
from types import SimpleNamespace
from typing import Any

import aiohttp

from mis.connectors.gnu_health.wire.values import decoded, encoded
from mis.terms import (
    Conflict,
    Context,
    DeadlineExceeded,
    Forbidden,
    Invalid,
    Malformed,
    MisError,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from mis.wire import Sessions, lost, sample, whole
from okno import clock

Row = dict[str, Any]
Order = Sequence[tuple[str, str]]


@dataclass(slots=True)
class _Answer:
    status: int
    retry_after: str
    content: bytes


class Wire:
    """One database of one Tryton server.

    Args:
        address: URL of the server with the database as its path.
        user, password: of our account there.
        language: in which directories and refusals come.
    """

    def __init__(self, address: str, user: str, password: str, language: str) -> None:
        self._url = address.rstrip("/") + "/"
        self._user, self._password, self._language = user, password, language
        self._numbers = itertools.count(1)
        self._known = ""
        self._logging_in = asyncio.Lock()
        self._sessions = Sessions()

    async def close(self) -> None:
        """Close the connections."""
        await self._sessions.close()

    async def rows(
        self,
        ctx: Context,
        model: str,
        domain: Sequence[Any],
        fields: Sequence[str],
        *,
        limit: int | None = None,
        order: Order = (("id", "ASC"),),
        gone: bool = False,
        company: int | None = None,
    ) -> list[Row]:
        """Return the rows that fit, at most `limit`; `gone`: those no longer in use too; as that company has them.

        A field "patient.puid" comes as {"patient.": {"puid": …}}, "patient." is None where there is no patient.
        """
        context = {"active_test": not gone} | ({"company": company} if company else {})
        params = [domain, 0, limit, [list(one) for one in order], [*fields, "_timestamp"], context]
        came = await self._call(ctx, f"model.{model}.search_read", params)
        if not isinstance(came, list) or not all(isinstance(row, dict) for row in came):
            raise Malformed(sample(json.dumps(came, default=str).encode()))
        return came

    async def count(self, ctx: Context, model: str) -> int:
        """Return how many rows there are."""
        came = await self._call(ctx, f"model.{model}.search_count", [[], {}])
        if not isinstance(came, int):
            raise Malformed
        return came

    async def company(self, ctx: Context) -> int | None:
        """Return our account's company: of each, prices and more of Tryton's stand apart."""
        came = await self._call(ctx, "model.res.user.get_preferences", [True, {}])
        told = came.get("company") if isinstance(came, dict) else None
        return told if isinstance(told, int) else None

    async def create(self, ctx: Context, model: str, values: Mapping[str, Any]) -> int:
        """Make a row and return its id. Raises Invalid, OutcomeUnknown."""
        came = await self._call(ctx, f"model.{model}.create", [[values], {}], write=True)
        if not isinstance(came, list) or len(came) != 1 or not isinstance(came[0], int):
            raise OutcomeUnknown(ctx.key)
        return came[0]

    async def write(self, ctx: Context, model: str, row: int, values: Mapping[str, Any], version: str) -> None:
        """Change a row if its version still stands. Raises Conflict("version"), Invalid, OutcomeUnknown."""
        context = {"_timestamp": {f"{model},{row}": version}} if version else {}
        await self._call(ctx, f"model.{model}.write", [[row], values, context], write=True)

    async def _call(self, ctx: Context, method: str, params: Sequence[Any], *, write: bool = False) -> Any:
        """Call a method in our session; when that is over, log in once more: what was refused so was not done."""
        began = SimpleNamespace(sent=False)
        try:
            async with asyncio.timeout(ctx.deadline - clock.monotonic()):
                known = await self._session_word(ctx, "")
                answer, number = await self._send(method, params, known, began, write=write)
                if answer.status == 401:
                    began.sent = False
                    known = await self._session_word(ctx, known)
                    answer, number = await self._send(method, params, known, began, write=write)
        except TimeoutError:
            raise (lost(ctx, sent=began.sent) if write else DeadlineExceeded()) from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError):
            raise (lost(ctx, sent=began.sent) if write else Unavailable()) from None
        return _judged(ctx, answer, number, write=write)

    async def _session_word(self, ctx: Context, old: str) -> str:
        """Our session; a new one when there is none or it still is the old one."""
        async with self._logging_in:
            if self._known and self._known != old:
                return self._known
            self._known = ""
            params = [self._user, {"password": self._password}, self._language]
            answer, number = await self._send("common.db.login", params, "", None, write=False)
            came = _judged(ctx, answer, number, write=False)
            if not isinstance(came, list) or len(came) < 2:
                raise Malformed(sample(answer.content))
            word = f"{self._user}:{came[0]}:{came[1]}"
            self._known = base64.b64encode(word.encode()).decode()
            return self._known

    async def _send(
        self, method: str, params: Sequence[Any], known: str, began: SimpleNamespace | None, *, write: bool
    ) -> tuple[_Answer, int]:
        number = next(self._numbers)
        body = json.dumps({"id": number, "method": method, "params": encoded(params)}, ensure_ascii=False)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if known:
            headers["Authorization"] = f"Session {known}"
        async with self._sessions.of(write=write).post(
            self._url, data=body.encode(), headers=headers, allow_redirects=False, trace_request_ctx=began
        ) as response:
            return _Answer(response.status, response.headers.get("Retry-After", ""), await whole(response)), number


def _judged(ctx: Context, answer: _Answer, number: int, *, write: bool) -> Any:
    """Return what the call returned, or raise what its answer means."""
    if answer.status != 200:
        _refused(ctx, answer, write=write)
    try:
        came = json.loads(answer.content, object_hook=decoded)
        known = came["id"] == number and ("result" in came or "error" in came)
    except (ValueError, KeyError, TypeError, InvalidOperation):
        known = False
    if not known:
        raise OutcomeUnknown(ctx.key) if write else Malformed(sample(answer.content))
    if "error" in came:
        raise _error(ctx, came["error"], write=write)
    return came["result"]


def _refused(ctx: Context, answer: _Answer, *, write: bool) -> None:
    match answer.status:
        case 401:
            raise Unauthenticated
        case 403:
            raise Forbidden
        case 429:
            raise RateLimited(float(answer.retry_after) if answer.retry_after.isdigit() else 0.0)
        case 404:  # no such database, or no Tryton at all: no row is ever asked for by an address
            raise Unavailable
        case status if 400 <= status < 500:
            raise Invalid
    # Whether a gateway gave up before or after the MIS had done it, its 5xx does not say.
    if write:
        raise OutcomeUnknown(ctx.key)
    raise Unavailable if answer.status >= 500 else Malformed(sample(answer.content))


def _error(ctx: Context, error: Any, *, write: bool) -> MisError:
    """What an exception of Tryton's means; those it names were raised before anything was done."""
    match error[0] if isinstance(error, list) and error else None:
        case "ConcurrencyException":
            return Conflict("version")
        case "UserError":  # of a read it is always a right we do not have; its text may quote the row
            return Invalid() if write else Forbidden()
        case "UserWarning":
            return Invalid()
        case "LoginException":
            return Unauthenticated()
    return OutcomeUnknown(ctx.key) if write else Unavailable()
