"""Who asks and what, read carefully."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from aiohttp import web

from chat.desk.asked import Asked, No, Sent, Started, Who, asked


@pytest.mark.parametrize("body", [
    {}, [], None, "x", {"who": {}}, {"who": {"actor": ""}}, {"who": {"actor": "x" * 201}},
    {"who": {"actor": "a", "request": "no uuid"}},
])  # fmt: skip
def test_what_is_not_asked_as_it_must_be_is_refused(body: object) -> None:
    with pytest.raises(web.HTTPBadRequest):
        asked(Asked, body)


def test_a_message_says_no_more_than_a_message() -> None:
    sent = asked(Sent, {"who": {"actor": "a"}, "id": str(uuid4()), "text": "x", "side": "in"})
    assert (sent.text, sent.attachments, sent.version) == ("x", [], 0)
    with pytest.raises(web.HTTPBadRequest):
        asked(Sent, {"who": {"actor": "a"}, "id": str(uuid4()), "attachments": [str(uuid4())] * 51})


@pytest.mark.parametrize(("role", "sees"), [("operator", False), ("supervisor", True), ("auditor", True), ("", False)])
def test_who_sees_what_was_taken_back(role: str, sees: bool) -> None:
    assert Who(actor="a", role=role).supervises is sees


def test_one_we_begin_with_is_known_by_number_or_address() -> None:
    started = Started(who=Who(actor="a"), id=uuid4(), account="sms:main", text="x", mail=" Anna@Clinic.Example ", name="A")
    assert started.peer("").ext_user == "anna@clinic.example"
    peer = started.peer("+79990001873")
    assert (peer.ext_user, peer.ext_chat, peer.phone, peer.name) == ("+79990001873", "+79990001873", "+79990001873", "A")


def test_a_refusal_says_why_in_a_word() -> None:
    answer = No("not_yours").answer()
    assert (answer.status, json.loads(answer.text or "")["why"]) == (409, "not_yours")
    assert No("gone", 404).answer().status == 404
