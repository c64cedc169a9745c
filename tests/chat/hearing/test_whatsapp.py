"""Whatever stands in a post of Meta's, reading it is a list or a ValueError; nothing of it is left out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings

from chat.hearing import whatsapp
from tests.chat.hearing.bodies import altered

MEDIA = {"id": "1", "mime_type": "a/b", "caption": "x", "filename": "y", "file_size": 9}


def _post(*messages: dict[str, Any], statuses: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    value = {
        "metadata": {"phone_number_id": "1"}, "contacts": [{"profile": {"name": "Anna"}, "wa_id": "79990000001"}],
        "messages": list(messages), "statuses": statuses or [], "errors": [{"code": 1}],
    }  # fmt: skip
    return {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}


def _message(kind: str, part: Any) -> dict[str, Any]:
    return {"from": "79990000001", "id": f"wamid.{kind}", "timestamp": "1775000000", "type": kind, kind: part}


POSTS = [
    _post(_message("text", {"body": "hello"}), _message("image", MEDIA), _message("audio", {**MEDIA, "voice": True})),
    _post(_message("interactive", {"button_reply": {"id": "1", "title": "x"}}), _message("reaction", {"emoji": "x"})),
    _post(_message("contacts", [{"name": {"formatted_name": "x"}, "phones": [{"phone": "1"}]}])),
    _post(_message("edit", {"original_message_id": "1", "message": _message("text", {"body": "x"})})),
    _post(_message("revoke", {"original_message_id": "1"}), _message("location", {"latitude": 1, "longitude": 2})),
    _post(statuses=[{"id": "1", "status": "failed", "timestamp": "1", "recipient_id": "1", "errors": [{"code": 1}]}]),
]


@settings(deadline=None)
@given(altered(POSTS))
def test_nothing_breaks_the_reader(body: bytes) -> None:
    events, _ = whatsapp.events(body, "1")
    for event in events:
        assert event.ext_id
        try:
            read = whatsapp.envelopes("whatsapp:main", event.body)
        except ValueError:
            continue
        assert all(one.peer is None or one.peer.ext_user for one in read)


def test_an_edit_of_an_edit_of_an_edit_ends() -> None:
    message = _message("text", {"body": "x"})
    for _ in range(200):
        message = _message("edit", {"original_message_id": "1", "message": message})
    events, _ = whatsapp.events(json.dumps(_post(message)).encode(), "1")
    assert len(whatsapp.envelopes("whatsapp:main", events[0].body)) == 1
