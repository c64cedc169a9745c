"""Every answer of the server is judged here, none trusted: what a status means, what a page of a search holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import parse_qsl, urlsplit

from mis.connectors.fhir_r4.forms.parts import Json
from mis.terms import (
    Conflict,
    Context,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from mis.wire import sample

# Where a server names what it did not take; anything else it says there may be a person's data.
_ELEMENT = re.compile(r"[A-Z][A-Za-z]+(?:\.[A-Za-z]+(?:\[\d+\])?)+")

Params = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    body: Json = field(default_factory=dict)


def etag(version: str) -> str:
    """Return a version as If-Match wants it."""
    return f'W/"{version}"'


def token(text: str) -> str:
    """Return a value with what a search reads as its own signs escaped."""
    return re.sub(r"([\\,$|])", r"\\\1", text)


def judged(ctx: Context, answer: Answer, *, write: bool) -> Answer:
    """Return the answer with its body read, or raise what it means."""
    if answer.status >= 300:
        _refused(ctx, answer, write=write)
    try:
        answer.body = json.loads(answer.content) if answer.content else {}
        kind = answer.body.get("resourceType")
    except (ValueError, AttributeError):
        kind = None
    if not isinstance(kind, str):
        if write and not answer.content and answer.status in (200, 201, 204):
            return answer
        raise OutcomeUnknown(ctx.key) if write else Malformed(sample(answer.content))
    return answer


def _refused(ctx: Context, answer: Answer, *, write: bool) -> NoReturn:
    status = answer.status
    if status == 401:
        raise Unauthenticated
    if status == 403:
        raise Forbidden
    if status in (404, 410):
        raise NotFound
    if status in (409, 412):
        raise Conflict("version")
    if status == 429:
        wait = answer.headers.get("Retry-After", "")
        raise RateLimited(float(wait) if wait.isdigit() else 0.0)
    if 400 <= status < 500:
        raise Invalid(*_fields(answer.content))
    # Whether a gateway gave up before or after the MIS had done it, its 5xx does not say.
    if write:
        raise OutcomeUnknown(ctx.key)
    raise Unavailable if status >= 500 else Malformed(sample(answer.content))


def _fields(content: bytes) -> list[str]:
    try:
        issues = json.loads(content)["issue"]
        told = [text for issue in issues for text in issue.get("expression", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [text for text in told if isinstance(text, str) and _ELEMENT.fullmatch(text)][:8]


def entries(bundle: Json) -> list[tuple[Json, bool]]:
    """The resources of a page, each with whether it only came along."""
    listed = bundle.get("entry", [])
    if bundle.get("resourceType") != "Bundle" or not isinstance(listed, list):
        raise Malformed(sample(json.dumps(bundle, sort_keys=True).encode()))
    found = []
    for entry in listed:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType", "OperationOutcome") != "OperationOutcome":
            mode = entry.get("search")
            found.append((resource, isinstance(mode, dict) and mode.get("mode") == "include"))
    return found


def refuse_lie(bundle: Json, kind: str, params: Params) -> None:
    """Raise Malformed when the server's own link says that it left one of our filters out."""
    own = link(bundle, "self")
    if not own or "?" not in own:
        return
    kept = {name for name, _ in parse_qsl(urlsplit(own).query, keep_blank_values=True)}
    wanted = {name for name, _ in params if not name.startswith("_") or name == "_id"}
    if wanted - kept and not kept.isdisjoint({*wanted, "_count", "_offset"}):
        raise Malformed(sample(" ".join(sorted(wanted - kept)).encode() + kind.encode()))


def link(bundle: Json, relation: str) -> str:
    """Return the URL of a bundle's link; empty when it has none."""
    links = bundle.get("link", [])
    for one in links if isinstance(links, list) else []:
        if isinstance(one, dict) and one.get("relation") == relation and isinstance(one.get("url"), str):
            return str(one["url"])
    return ""


def total(bundle: Json) -> int:
    """Return how many the server says fit; 0 when it does not say."""
    told = bundle.get("total")
    return told if isinstance(told, int) else 0
