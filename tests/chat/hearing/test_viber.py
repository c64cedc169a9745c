"""Whatever stands in a callback of Viber's, reading it is a list or a ValueError."""

from __future__ import annotations

from hypothesis import given, settings

from chat.hearing import viber
from tests.chat.hearing.bodies import altered

WHO = {"id": "01234567890A=", "name": "Anna", "language": "ru"}
HEAD = {"timestamp": 1775000000123, "message_token": 5741311803571721087}
EVENTS = [
    *({"event": "message", **HEAD, "sender": WHO, "message": {"type": kind, "text": "x", "media": "https://x", **more}}
      for kind, more in (
          ("text", {}), ("picture", {"size": 1, "file_name": "a"}), ("contact", {"contact": {"phone_number": "1"}}),
          ("location", {"location": {"lat": 1, "lon": 2}}), ("sticker", {"sticker_id": 1}), ("url", {}),
      )),
    {"event": "conversation_started", **HEAD, "user": WHO, "context": "x"},
    {"event": "seen", **HEAD, "user_id": "01234567890A="}, {"event": "unsubscribed", **HEAD, "user_id": "0="},
]  # fmt: skip


@settings(deadline=None)
@given(altered(EVENTS))
def test_nothing_breaks_the_reader(body: bytes) -> None:
    event = viber.event(body)
    if event is None:
        return
    assert event.ext_id
    try:
        read = viber.envelopes("viber:main", body)
    except ValueError:
        return
    assert all(one.ext_id == event.ext_id for one in read)
