"""What a status means, and what of an answer may be repeated."""

from __future__ import annotations

import json

import pytest

from mis.connectors.fhir_r4.wire.judging import Answer, etag, judged, token
from mis.terms import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    MisError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from tests.mis.fhir_server import context

OUTCOME = json.dumps({"resourceType": "OperationOutcome", "issue": [
    {"expression": ["Patient.birthDate", "Patient.name[0].family"], "diagnostics": "Ivanova +79990000001"},
    {"expression": ["Ivanova Anna"]},
]}).encode()  # fmt: skip


@pytest.mark.parametrize(("status", "read", "written"), [
    (401, Unauthenticated, Unauthenticated), (403, Forbidden, Forbidden), (404, NotFound, NotFound),
    (410, NotFound, NotFound), (409, Conflict, Conflict), (412, Conflict, Conflict), (422, Invalid, Invalid),
    (429, RateLimited, RateLimited), (302, Malformed, OutcomeUnknown), (500, Unavailable, OutcomeUnknown),
    (503, Unavailable, OutcomeUnknown),
])  # fmt: skip
def test_every_status_is_one_of_the_closed_set(status: int, read: type[MisError], written: type[MisError]) -> None:
    for write, error in ((False, read), (True, written)):
        with pytest.raises(error):
            judged(context("k"), Answer(status, {}, b""), write=write)


def test_a_refusal_names_elements_and_nobody() -> None:
    with pytest.raises(Invalid) as raised:
        judged(context(), Answer(400, {}, OUTCOME), write=False)
    assert raised.value.fields == ("Patient.birthDate", "Patient.name[0].family")


def test_how_long_to_wait_is_told() -> None:
    for header, seconds in (("7", 7.0), ("", 0.0), ("Sat, 21 Nov 2026 15:00:00 GMT", 0.0)):
        with pytest.raises(RateLimited) as raised:
            judged(context(), Answer(429, {"Retry-After": header}, b""), write=False)
        assert raised.value.retry_after_s == seconds


def test_an_empty_answer_is_enough_for_a_write_only() -> None:
    assert judged(context("k"), Answer(201, {}, b""), write=True).body == {}
    with pytest.raises(Malformed):
        judged(context(), Answer(200, {}, b""), write=False)


def test_the_signs_of_a_search_are_escaped() -> None:
    assert token("a,b|c$d\\e") == "a\\,b\\|c\\$d\\\\e"
    assert etag("3") == 'W/"3"'
