"""Answers told from nonsense, and errors that come with a status of 200."""

from __future__ import annotations

from typing import Any

import pytest

from mis.connectors.mapping.format import ErrorRule
from mis.connectors.mapping.source import scalar, select
from mis.connectors.mapping.source.answers import Answer, read, wrong
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


def answer(body: str | bytes = "{}", status: int = 200, kind: str = "application/json", after: float = 0) -> Answer:
    return Answer(status, kind, body.encode() if isinstance(body, str) else body, after)


def rule(when: Any, wrong: str) -> ErrorRule:
    return ErrorRule.model_validate({"when": when, "raise": wrong})


def told(body: str, *rules: ErrorRule, status: int = 200) -> MisError | None:
    one = answer(body, status)
    return wrong(one, read(one, xml=False, expect=()), rules)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<!DOCTYPE html><html></html>", "text/html"),
        ("  <html><body>login</body></html>", "application/json"),
        ("\ufeff<!doctype html>", "application/json"),
        ("{", "application/json"),
        ("{}", "text/plain"),
        (b"\xff\xfe", "application/json"),
        ("[" * 100_000, "application/json"),
    ],
)
def test_what_is_no_answer(body: str | bytes, kind: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(answer(body, kind=kind), xml=False, expect=["application/json"])
    assert len(caught.value.sample_hash) == 12


def test_xml_in_the_encoding_it_names() -> None:
    body = '<?xml version="1.0" encoding="windows-1251"?><ACK><N>Берёзкина</N></ACK>'.encode("cp1251")
    [name] = select(read(answer(body, kind="text/xml"), xml=True, expect=()), "/ACK/N")
    assert scalar(name) == "Берёзкина"


def test_a_byte_order_mark_does_no_harm_and_nothing_is_nothing() -> None:
    assert read(answer("\ufeff[1]"), xml=False, expect=()).value == [1]
    assert read(answer(""), xml=False, expect=()).value is None


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Invalid), (422, Invalid), (401, Unauthenticated), (403, Forbidden), (404, NotFound), (410, NotFound),
     (409, Conflict), (412, Conflict), (429, RateLimited), (500, Unavailable), (503, Unavailable), (302, Malformed),
     (418, Malformed)],
)  # fmt: skip
def test_a_status_means_one_of_the_closed_set(status: int, error: type[MisError]) -> None:
    assert type(told("{}", status=status)) is error


def test_two_conflicts_differ() -> None:
    taken, stale = told("{}", status=409), told("{}", status=412)
    assert isinstance(taken, Conflict)
    assert isinstance(stale, Conflict)
    assert (taken.kind, stale.kind) == ("slot", "version")


def test_rules_come_before_the_status_and_in_their_order() -> None:
    rules = (
        rule({"path": "$.data.code", "equals": 401}, "unauthenticated"),
        rule([{"path": "$.error", "equals": 1}, {"path": "$.data.desc", "contains": "ПЕРЕСЕКАЕТСЯ"}], "slot_taken"),
        rule({"status": 403}, "unauthenticated"),
        rule({"path": "$.error", "unless": 0}, "invalid"),
    )
    assert isinstance(told('{"error": 1, "data": {"code": 401}}', *rules), Unauthenticated)
    assert isinstance(told('{"error": 1, "data": {"desc": "Визит пересекается"}}', *rules), Conflict)
    assert isinstance(told("{}", *rules, status=403), Unauthenticated)
    assert isinstance(told('{"error": "x"}', *rules), Invalid)
    assert told('{"error": 0}', *rules) is None
    assert told('{"other": 1}', *rules) is None


@pytest.mark.parametrize(
    ("when", "body", "holds"),
    [
        ({"path": "$.ok", "equals": False}, '{"ok": false}', True),
        ({"path": "$.ok", "equals": True}, '{"ok": "true"}', True),
        ({"path": "$.a", "exists": True}, '{"a": null}', True),
        ({"path": "$.a", "exists": False}, "{}", True),
        ({"path": "$.a", "exists": False}, '{"a": 1}', False),
        ({"path": "$.a", "unless": 1}, "{}", False),
        ({"path": "$.a[*]", "contains": "x"}, '{"a": ["y", "ax"]}', True),
        ({"status": 200, "path": "$.a", "equals": 1}, '{"a": 1}', True),
        ({"status": 201, "path": "$.a", "equals": 1}, '{"a": 1}', False),
    ],
)
def test_conditions(when: Any, body: str, holds: bool) -> None:
    assert (told(body, rule(when, "invalid")) is not None) is holds


@pytest.mark.parametrize(
    ("word", "error"),
    [("not_found", NotFound), ("version", Conflict), ("duplicate_patient", Conflict), ("forbidden", Forbidden),
     ("rate_limited", RateLimited), ("unavailable", Unavailable), ("malformed", Malformed)],
)  # fmt: skip
def test_every_word_of_a_map_is_an_error(word: str, error: type[MisError]) -> None:
    assert type(told("{}", rule({"status": 200}, word))) is error


def test_no_error_holds_a_piece_of_an_answer() -> None:
    found = told('{"error": 1, "desc": "Берёзкина +79990001873"}', rule({"path": "$.error", "equals": 1}, "malformed"))
    assert "Берёзкина" not in str(found)
    assert "999" not in str(found)
