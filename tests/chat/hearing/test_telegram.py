"""Whatever stands in an update of Telegram's, reading it is a list or a ValueError."""

from __future__ import annotations

from hypothesis import given, settings

from chat.hearing import telegram
from tests.chat.hearing.bodies import altered

WHO = {"id": 5501, "is_bot": False, "first_name": "Anna", "language_code": "ru"}
CHAT = {"id": 5501, "type": "private"}
FILE = {"file_id": "A", "width": 1, "height": 1, "file_size": 9, "file_name": "a", "mime_type": "a/b"}
MESSAGE = {
    "message_id": 41, "date": 1775000000, "from": WHO, "chat": CHAT, "text": "hello", "photo": [FILE], "document": FILE,
    "contact": {"phone_number": "79990000001", "user_id": 5501}, "location": {"latitude": 1.5, "longitude": 2.5},
    "venue": {"title": "x"}, "reply_to_message": {"message_id": 40, "chat": CHAT}, "media_group_id": "1",
}  # fmt: skip
UPDATES = [
    {"update_id": 1, "message": MESSAGE}, {"update_id": 2, "edited_message": {**MESSAGE, "edit_date": 1775000001}},
    {"update_id": 3, "callback_query": {"id": "4", "from": WHO, "message": MESSAGE, "data": "x"}},
    {"update_id": 4, "my_chat_member": {"chat": CHAT, "from": WHO, "date": 1, "new_chat_member": {"status": "kicked"}}},
]  # fmt: skip


@settings(deadline=None)
@given(altered(UPDATES))
def test_nothing_breaks_the_reader(body: bytes) -> None:
    event = telegram.event(body)
    assert event.ext_id and event.body == body
    telegram.group(body)
    telegram.pressed(body)
    try:
        read = telegram.envelopes("telegram:main", body)
    except ValueError:
        return
    assert all(one.ext_id == event.ext_id and one.peer and one.peer.ext_user for one in read)
