"""What a MIS answered: bytes into nodes, and the errors that come with a status of 200."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError, XMLParser

from mis.connectors.mapping.format import Condition, ErrorRule, Wrong
from mis.connectors.mapping.source.paths import Node, scalar, select
from mis.terms import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    MisError,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from mis.wire import sample

# A MIS that answers more is answering something else (ten thousand patients are three megabytes).
LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came over HTTP."""

    status: int
    content_type: str
    body: bytes
    retry_after_s: float = 0.0

    @property
    def sample(self) -> str:
        """The beginning of a hash of the body: tells one nonsense from another and holds nothing of it."""
        return sample(self.body)


def read(answer: Answer, *, xml: bool, expect: Iterable[str]) -> Node:
    """Return the root of an answer. Raises Malformed: a login page with 200, another content type, broken text."""
    head = answer.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        raise Malformed(answer.sample)
    wanted = tuple(expect)
    if wanted and answer.content_type not in wanted:
        raise Malformed(answer.sample)
    if not answer.body.strip():
        return Node(None)
    return _xml(answer) if xml else _json(answer)


def _json(answer: Answer) -> Node:
    try:
        return Node(json.loads(answer.body.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        raise Malformed(answer.sample) from None


def _xml(answer: Answer) -> Node:
    """Read XML without a document type: entities are how XML attacks its reader, and no MIS needs them."""
    if b"<!DOCTYPE" in answer.body or b"<!ENTITY" in answer.body:
        raise Malformed(answer.sample)
    parser = XMLParser()  # noqa: S314  # no document type gets this far
    try:
        parser.feed(answer.body)
        return Node(parser.close())
    except (ParseError, ValueError):
        raise Malformed(answer.sample) from None


def wrong(answer: Answer, root: Node | None, rules: Iterable[ErrorRule]) -> MisError | None:
    """Return what an answer says went wrong, by the map's rules, then by its status; None when nothing did."""
    for rule in rules:
        if all(_holds(condition, answer, root) for condition in rule.when):
            return error(rule.wrong, answer)
    return _by_status(answer)


def error(kind: Wrong, answer: Answer) -> MisError:
    """Return the error of our set that a map names."""
    match kind:
        case "slot_taken":
            return Conflict("slot")
        case "version":
            return Conflict("version")
        case "duplicate_patient":
            return Conflict("duplicate_patient")
        case "rate_limited":
            return RateLimited(answer.retry_after_s)
        case "malformed":
            return Malformed(answer.sample)
    plain: dict[str, type[MisError]] = {
        "not_found": NotFound, "invalid": Invalid, "unauthenticated": Unauthenticated, "forbidden": Forbidden,
    }  # fmt: skip
    return plain.get(kind, Unavailable)()


def _holds(condition: Condition, answer: Answer, root: Node | None) -> bool:
    if condition.status is not None and condition.status != answer.status:
        return False
    if not condition.path:
        return True
    if root is None:
        return False
    found = select(root, condition.path)
    if condition.exists is not None and condition.exists != bool(found):
        return False
    words = [_word(scalar(node)) for node in found]
    if condition.equals is not None and condition.equals not in words:
        return False
    if condition.unless is not None and (not words or condition.unless in words):
        return False
    return condition.contains is None or any(condition.contains.casefold() in word.casefold() for word in words)


def _word(value: object) -> str:
    """Return a value as maps write it: a JSON true is "true", as YAML's text of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _by_status(answer: Answer) -> MisError | None:
    status = answer.status
    if 200 <= status < 300:
        return None
    match status:
        case 400 | 422:
            return Invalid()
        case 401:
            return Unauthenticated()
        case 403:
            return Forbidden()
        case 404 | 410:
            return NotFound()
        case 409:
            return Conflict("slot")
        case 412:
            return Conflict("version")
        case 429:
            return RateLimited(answer.retry_after_s)
    # A redirect is a login page by another name: our credentials do not follow it.
    return Unavailable() if status >= 500 else Malformed(answer.sample)
