"""The rules at work: what is said by itself is written and sent like any other message of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chat.conversations.identities import Identity
from chat.conversations.threads import Thread
from chat.conversations.writing import New
from chat.ruling import rules
from chat.ruling.rules import Book, Mark
from chat.wire import Envelope
from okno import clock
from okno.database import Connection
from okno.settings.directory import Title

if TYPE_CHECKING:
    from chat.accounts.making import Running
    from chat.receiving.turn import Kept, Turn

# So long after a conversation's end a digit is an answer to the question how it was.
_SURVEY = timedelta(hours=24)


class Answering:
    """Applies the rules.

    Args:
        kept: what is kept.
        book: gives the rules in force.
    """

    def __init__(self, kept: Kept, book: Callable[[], Book]) -> None:
        self._kept = kept
        self._book = book

    async def heard(
        self, turn: Turn, envelope: Envelope, thread: Thread, identity: Identity, *, begun: bool
    ) -> None:
        """Do what the rules say of a message, or of one who came."""
        book, queue = self._book(), self._queue(thread, turn.account)
        emergency = await self.words(turn, thread, f"{envelope.subject}\n{envelope.text}")
        if envelope.silent or identity.unreachable:
            return
        marks = rules.said(
            book, queue, turn.received_at, begun=begun, emergency=emergency, marks=thread.marks
        )
        if not turn.account.abilities.alive:  # a letter gets one letter at most: the one that matters most
            marks = ["emergency"] if "emergency" in marks else marks[-1:]
        for mark in marks:
            await self._say(turn.connection, thread, turn.account, identity, mark)

    async def words(self, turn: Turn, thread: Thread, text: str) -> bool:
        """Raise a conversation by what somebody wrote; say whether it is an emergency."""
        found = rules.raised(self._book().rules(self._queue(thread, turn.account)).keywords, text)
        if found.priority > thread.priority or (found.emergency and not thread.emergency):
            await turn.connection.execute(
                "UPDATE conversation SET priority = greatest(priority, $2), emergency = emergency OR $3 WHERE id = $1",
                thread.id, found.priority, found.emergency,
            )  # fmt: skip
            turn.threads[thread.id] = replace(
                thread, priority=max(thread.priority, found.priority), emergency=thread.emergency or found.emergency
            )
        return found.emergency

    async def scored(self, turn: Turn, envelope: Envelope, identity: Identity) -> bool:
        """Take a message for the answer to our question how it was, when that is what it is; say whether it was."""
        value = rules.score(envelope.text) if not envelope.files else None
        if value is None or await self._kept.threads.open_of(turn.connection, identity.id) is not None:
            return False
        thread = await self._asked(turn, identity)
        if thread is None:
            return False
        await self._kept.writing.write(turn.connection, thread.id, turn.account.key, New(
            side="in", at=turn.received_at, body={"text": envelope.text}, ext=envelope.message
        ))  # fmt: skip
        await self._keep_score(turn.connection, thread, value, turn.received_at)
        return True

    async def score(self, turn: Turn, identity: Identity, value: int) -> None:
        """Keep a score given by a button: of the newest conversation."""
        thread = await self._kept.threads.last_of(turn.connection, identity.id)
        if thread is not None and value in rules.SCORES and thread.score is None:
            await self._keep_score(turn.connection, thread, value, turn.received_at)

    async def closed(self, connection: Connection, thread: Thread, account: Running | None) -> None:
        """Ask how it was, after the end of a conversation in which somebody of ours answered."""
        identity = await self._kept.identities.get(connection, thread.identity)
        if account is None or identity is None or identity.blocked or identity.unreachable:
            return
        if not account.abilities.alive:  # nobody is written letters about letters
            return
        if thread.answered_seq and thread.score is None and "survey" not in thread.marks:
            await self._say(connection, thread, account, identity, "survey")

    async def farewell(self, connection: Connection, thread: Thread, account: Running) -> None:
        """Say that a conversation ends because nobody wrote."""
        identity = await self._kept.identities.get(connection, thread.identity)
        if identity is not None and not identity.blocked and not identity.unreachable:
            await self._say(connection, thread, account, identity, "closing")

    async def _asked(self, turn: Turn, identity: Identity) -> Thread | None:
        thread = await self._kept.threads.last_of(turn.connection, identity.id)
        if thread is None or thread.score is not None or thread.closed_at is None or "survey" not in thread.marks:
            return None
        return thread if turn.received_at - thread.closed_at < _SURVEY else None

    async def _keep_score(self, connection: Connection, thread: Thread, value: int, at: datetime) -> None:
        await connection.execute("UPDATE conversation SET score = $2 WHERE id = $1", thread.id, value)
        await self._kept.telling.rated(connection, thread, value, at)

    async def _say(
        self, connection: Connection, thread: Thread, account: Running, identity: Identity, mark: Mark
    ) -> None:
        book = self._book()
        of = book.rules(self._queue(thread, account))
        texts: dict[Mark, Title] = {
            "greeting": of.greeting, "closed": of.closed, "emergency": of.emergency, "closing": of.closing,
            "survey": of.survey,
        }  # fmt: skip
        text = rules.spelt(texts[mark], identity.peer.lang or book.language)
        now = clock.now()
        shut = thread.window_until is not None and thread.window_until < now
        if not text or not account.abilities.most_text or shut:
            return
        written = await self._kept.writing.write(connection, thread.id, account.key, New(
            side="out", at=now, body={"text": text[: account.abilities.most_text]}, what=mark, state="queued"
        ))  # fmt: skip
        await self._kept.wishes.enqueue(connection, written.id, account.key, identity.id)
        await self._kept.threads.mark(connection, thread.id, **{mark: now.isoformat()})

    @staticmethod
    def _queue(thread: Thread, account: Running) -> str:
        return thread.queue or account.settings.queue
