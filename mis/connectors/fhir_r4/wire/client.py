"""The FHIR server's HTTP: POST searches, conditional writes, transactions.

Nothing of a person stands in a URL we ask for: searches go as forms, and so do their further pages.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp

from mis.connectors.fhir_r4.forms.parts import Json
from mis.connectors.fhir_r4.wire.auth import Auth
from mis.connectors.fhir_r4.wire.judging import (
    Answer,
    Params,
    entries,
    etag,
    judged,
    link,
    refuse_lie,
    total,
)
from mis.terms import Context, DeadlineExceeded, Malformed, OutcomeUnknown, Unavailable
from mis.wire import Sessions, lost, sample, whole
from okno import clock

FHIR = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: what matched, what came along with it (by "Type/id"), and whether that is all."""

    matches: tuple[Json, ...]
    along: Mapping[str, Json]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a transaction: a method and "Type" or "Type/id", its resource, and on what condition."""

    method: str
    path: str
    resource: Json
    if_match: str = ""
    if_none_exist: str = ""
    full_url: str = ""


@dataclass(slots=True)
class _Question:
    """A request as it is sent, perhaps twice; `began.sent` once its head has left us."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    write: bool
    began: SimpleNamespace


class Wire:
    """One FHIR server.

    Args:
        base: its URL.
        auth: our credentials there.
        page: how many a page of a search holds.
    """

    def __init__(self, base: str, auth: Auth, *, page: int = 100) -> None:
        self.base = base.rstrip("/")
        self._auth = auth
        self._page = page
        self._sessions = Sessions()

    async def close(self) -> None:
        """Close the connections."""
        await self._sessions.close()

    async def read(self, ctx: Context, path: str) -> Json:
        """Return one resource. Raises NotFound and what any read raises."""
        return (await self._ask(ctx, "GET", f"{self.base}/{path}")).body

    async def search(self, ctx: Context, kind: str, params: Params, *, limit: int) -> Found:
        """Return what fits, page after page, at most `limit`; a filter the server overlooked is Malformed."""
        matches: dict[str, Json] = {}
        along: dict[str, Json] = {}
        url = f"{self.base}/{kind}/_search"
        form: Params | None = [*params, ("_count", str(min(self._page, limit + 1)))]
        while True:
            bundle = (await self._ask(ctx, "GET" if form is None else "POST", url, form=form)).body
            refuse_lie(bundle, kind, params)
            before = len(matches)
            for resource, included in entries(bundle):
                known = matches if resource["resourceType"] == kind and not included else along
                known[f"{resource['resourceType']}/{resource.get('id')}"] = resource
            following = link(bundle, "next")
            if len(matches) > limit or not following or len(matches) == before:
                break
            url, form = self._further(following, kind)
        complete = len(matches) <= limit and len(matches) >= total(bundle) and not following
        return Found(tuple(matches.values())[:limit], along, complete)

    async def write(
        self, ctx: Context, method: str, path: str, resource: Json, *, if_match: str = "", if_none_exist: str = ""
    ) -> Json:
        """Send one resource and return it as it stands. Raises Conflict("version"), OutcomeUnknown."""
        headers = {"Prefer": "return=representation"}
        if if_match:
            headers["If-Match"] = etag(if_match)
        if if_none_exist:
            headers["If-None-Exist"] = if_none_exist
        return (await self._ask(ctx, method, f"{self.base}/{path}", body=resource, headers=headers)).body

    async def transact(self, ctx: Context, writes: Sequence[Write]) -> list[Json]:
        """Do all of it or nothing; returns the resources in order. Raises Conflict("version"), OutcomeUnknown."""
        bundle: Json = {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(one) for one in writes]}
        answer = await self._ask(ctx, "POST", self.base, body=bundle, headers={"Prefer": "return=representation"})
        done = answer.body.get("entry")
        if answer.body.get("resourceType") != "Bundle" or not isinstance(done, list) or len(done) != len(writes):
            raise OutcomeUnknown(ctx.key)
        made = [one.get("resource") if isinstance(one, dict) else None for one in done]
        return [one if isinstance(one, dict) else {} for one in made]

    def _further(self, following: str, kind: str) -> tuple[str, Params | None]:
        """How the next page is asked for: as a form where the link repeats our search, else by the link itself."""
        there, here = urlsplit(following), urlsplit(self.base)
        if there.path.rstrip("/").endswith((f"/{kind}", f"/{kind}/_search")):
            return f"{self.base}/{kind}/_search", parse_qsl(there.query, keep_blank_values=True)
        if there.netloc and there.netloc != here.netloc:
            raise Malformed(sample(following.encode()))  # our credentials go nowhere else
        return f"{here.scheme}://{here.netloc}{there.path}?{there.query}", None

    async def _ask(
        self,
        ctx: Context,
        method: str,
        url: str,
        *,
        form: Params | None = None,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {"Accept": FHIR, "Prefer": "handling=strict", **(headers or {})}
        content = None
        if form is not None:
            content = urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            sent["Content-Type"] = FHIR
        write = body is not None
        question = _Question(method, url, sent, content, write, SimpleNamespace(sent=False))
        try:
            async with asyncio.timeout(ctx.deadline - clock.monotonic()):
                answer = await self._answered(question)
        except TimeoutError:
            raise (lost(ctx, sent=question.began.sent) if write else DeadlineExceeded()) from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError):
            raise (lost(ctx, sent=question.began.sent) if write else Unavailable()) from None
        return judged(ctx, answer, write=write)

    async def _answered(self, question: _Question) -> Answer:
        """Ask; when we are not known (any more), renew our credentials once and ask again: a 401 did nothing."""
        known = await self._auth.header(self._sessions.of(write=False))
        answer = await self._once(question, known)
        if answer.status != 401 or not self._auth.renewable:
            return answer
        question.began.sent = False
        self._auth.forget(known)
        return await self._once(question, await self._auth.header(self._sessions.of(write=False)))

    async def _once(self, question: _Question, known: dict[str, str]) -> Answer:
        async with self._sessions.of(write=question.write).request(
            question.method,
            question.url,
            data=question.content,
            headers=question.headers | known,
            allow_redirects=False,
            trace_request_ctx=question.began,
        ) as response:
            return Answer(response.status, response.headers, await whole(response))


def _entry(one: Write) -> Json:
    request = {"method": one.method, "url": one.path}
    if one.if_match:
        request["ifMatch"] = etag(one.if_match)
    if one.if_none_exist:
        request["ifNoneExist"] = one.if_none_exist
    made: Json = {"resource": one.resource, "request": request}
    if one.full_url:
        made["fullUrl"] = one.full_url
    return made
