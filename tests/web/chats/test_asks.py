"""What a browser may say: anything else is refused before anybody is asked."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from web.chats.asks import ChangeAsk, MessagesAsk, NoteAsk, SendAsk, StartAsk, TellAsk

ID = "01900000-0000-7000-8000-0000000000aa"
OF = {"conversation": ID, "request": ID}


@pytest.mark.parametrize(("kind", "body"), [
    (SendAsk, {**OF, "id": ID}), (SendAsk, {**OF, "id": ID, "text": "  "}), (SendAsk, {**OF, "id": ID, "text": "a" * 20_001}),
    (SendAsk, {**OF, "id": ID, "attachments": [ID] * 11}), (SendAsk, {"conversation": ID, "id": ID, "text": "a"}),
    (SendAsk, {**OF, "id": ID, "text": "a", "who": "me"}), (MessagesAsk, OF), (MessagesAsk, {**OF, "since": 1, "before": 2}),
    (MessagesAsk, {**OF, "since": -1}), (NoteAsk, {**OF, "id": ID, "text": " "}), (ChangeAsk, {**OF, "message": ID, "what": "edit"}),
    (ChangeAsk, {**OF, "message": ID, "what": "burn"}), (TellAsk, {**OF, "what": "seen", "key": "../x"}),
    (StartAsk, {"request": ID, "id": ID, "account": "sms:main", "text": ""}), (StartAsk, {"request": ID, "id": ID, "account": "sms:main", "text": "a", "phone": "1"}),
])  # fmt: skip
def test_refused(kind: type[pydantic.BaseModel], body: dict[str, Any]) -> None:
    with pytest.raises(pydantic.ValidationError):
        kind.model_validate(body)


def test_taken() -> None:
    assert SendAsk.model_validate({**OF, "id": ID, "template": {"name": "reminder"}}).text == ""
    assert SendAsk.model_validate({**OF, "id": ID, "attachments": [ID]}).attachments
    assert TellAsk.model_validate({**OF, "what": "typing", "on": True}).body() == {"on": True}
    assert TellAsk.model_validate({**OF, "what": "seen", "seq": 4}).body() == {"seq": 4}
    assert TellAsk.model_validate({**OF, "what": "unblock"}).body() == {}
