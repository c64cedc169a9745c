"""Who may read a conversation and who may write in it.

An operator reads what belongs to an open request, and what was shown to his session on the way there (the contact's
earlier conversations, files): such a thing carries a pass. He writes where he owns the request, nowhere else; `chat`
judges that again. A supervisor reads everything and writes notes.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b
from typing import Any, Final

from okno.errors import Refused
from web.accounts.roles import Identity
from web.chats.asks import OfConversation
from web.replica import Replica
from web.view import Row

_WORKING: Final = ("in_progress", "wrap_up")


class No(Refused):
    """What is asked is refused.

    Args:
        why: the word for it, as screens know it.
    """

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def pass_of(who: Identity, thing: str) -> str:
    """Return the word by which a session shows later that `thing` was shown to it; nothing is kept."""
    return blake2b(thing.encode(), key=who.key[:64], digest_size=16, person=b"okno-shown").hexdigest()


def fits(who: Identity, thing: str, word: str) -> bool:
    """Say whether `word` is the pass of `thing` for this session."""
    return hmac.compare_digest(pass_of(who, thing), word)


class Whose:
    """Judges by this process's copy of the engine's world.

    Args:
        replica: it.
    """

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def request(self, ask: OfConversation) -> Row | None:
        """Return the open request the ask names, in full, if this is its conversation."""
        row = self._replica.request(str(ask.request)) if ask.request else None
        return row if row is not None and _conversation(row) == str(ask.conversation) else None

    def read(self, who: Identity, ask: OfConversation) -> Row | None:
        """Return the request the conversation is read for, None for one that is read for itself.

        Raises:
            No: it is none of his.
        """
        row = self.request(ask)
        if row is None and who.role != "supervisor" and not fits(who, str(ask.conversation), ask.key):
            raise No("not_shown")
        return row

    def write(self, who: Identity, ask: OfConversation) -> Row:
        """Return the request he writes for.

        Raises:
            No: it is not his, or not any more.
        """
        row = self.request(ask)
        if row is None:
            raise No("gone")
        if not who.operator or row.get("owner") != who.operator or row["status"] not in _WORKING:
            raise No("not_yours")
        return row

    def own(self, who: Identity, request: str) -> Row:
        """Return an open request of his, whatever its kind.

        Raises:
            No: it is not his, or not any more.
        """
        row = self._replica.request(request)
        if row is None:
            raise No("gone")
        if not who.operator or row.get("owner") != who.operator:
            raise No("not_yours")
        return row


def asking(who: Identity, purpose: str, request: str | None) -> dict[str, Any]:
    """Return who asks `chat`, as its audit names him."""
    operator = who.operator or ""  # a supervisor stands for none
    return {"actor": who.name, "role": who.role, "operator": operator, "purpose": purpose, "request": request}


def _conversation(row: Row) -> str:
    return str((row.get("conversation") or {}).get("id") or "")
