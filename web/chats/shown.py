"""What a screen is given of a conversation: the number masked for whom it is not, a pass for all it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chat.client import ConversationView, MessageRow
from okno import phones
from web.accounts.roles import Identity
from web.chats.whose import pass_of
from web.view import Row


def conversation(who: Identity, view: ConversationView, request: Row | None) -> dict[str, Any]:
    """Return a conversation for the person who opened it.

    Args:
        who: he.
        view: as `chat` answered it, its display audited.
        request: the open request he reads it for, in full.
    """
    row = view.model_dump(mode="json")
    owner = bool(who.operator) and request is not None and request.get("owner") == who.operator
    phone = row["phone"]
    return row | {
        "phone": "" if not phone else phones.pretty(phone) if owner else phones.mask(phone),
        "key": pass_of(who, view.id),
        "earlier": [{"id": one, "key": pass_of(who, one)} for one in view.earlier],
        "messages": messages(who, view.messages),
    }


def messages(who: Identity, rows: Iterable[MessageRow]) -> list[dict[str, Any]]:
    """Return messages; of a mail's own markup nothing, its text says the same."""
    return [message(who, one) for one in rows]


def message(who: Identity, one: MessageRow) -> dict[str, Any]:
    """Return one message."""
    row = one.model_dump(mode="json", exclude={"html"})
    for file in row["attachments"]:
        file["key"] = pass_of(who, file["id"])
    return row
