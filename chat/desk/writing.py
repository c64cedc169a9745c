"""What people of the clinic write: by the owner of the request only, once for each id, within what the channel can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.accounts.making import Running
from chat.client import MessageRow
from chat.conversations.identities import Identity
from chat.conversations.live import announce
from chat.conversations.reading import Reading
from chat.conversations.threads import Thread
from chat.conversations.writing import New
from chat.desk.asked import Changed, No, Sent, Started, Told, Who
from chat.desk.seeing import Seeing
from chat.sending import CannotBe, Sender
from chat.wire import Abilities
from okno import clock
from okno.database import Connection

_ATTACH = """
UPDATE attachment SET message = $2, place = $3, account = $4 WHERE id = $1 AND message IS NULL AND state = 'ready'
AND by = $5 RETURNING size"""


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes for people.

    Args:
        seeing: what is kept, and its audit.
        sender: shows him that we type and have read.
    """

    seeing: Seeing
    sender: Sender

    async def send(self, id: UUID, wanted: Sent) -> MessageRow:
        """Send a message. Raises No, DatabaseDown."""
        kept, who = self.seeing.kept, wanted.who
        async with self.seeing.database.acquire() as connection, connection.transaction():
            thread, identity = await self.seeing.found(connection, id, hold=True)
            before = await self._before(connection, id, wanted.id)
            if before is not None:
                return before
            self._may(thread, who, wanted.version)
            ability = self._can(thread, identity, wanted)
            now = clock.now()
            await self.seeing.audited(connection, who, "message.send", identity.id, conversation=str(id))
            written = await kept.writing.write(connection, id, thread.account, New(
                side="out", at=now, id=wanted.id, body=_body(wanted.text, wanted.template), author=who.operator,
                reply_to=await self._answered(connection, id, wanted.reply_to) if ability.reply else None,
                state="queued",
            ))  # fmt: skip
            await self._attach(connection, thread, wanted, ability)
            await kept.wishes.enqueue(connection, wanted.id, thread.account, identity.id, wanted.template)
            await self._answers(connection, thread, written.seq, who.operator, now)
            return await self._row(connection, id, wanted.id)

    async def note(self, id: UUID, wanted: Sent) -> MessageRow:
        """Write a note among us. Raises No, DatabaseDown."""
        async with self.seeing.database.acquire() as connection, connection.transaction():
            thread, identity = await self.seeing.found(connection, id, hold=True)
            before = await self._before(connection, id, wanted.id)
            if before is not None:
                return before
            if not wanted.text.strip():
                raise No("empty")
            await self.seeing.audited(connection, wanted.who, "note.write", identity.id, conversation=str(id))
            await self.seeing.kept.writing.write(connection, id, thread.account, New(
                side="note", at=clock.now(), id=wanted.id, body={"text": wanted.text},
                author=wanted.who.operator or wanted.who.actor,
            ))  # fmt: skip
            return await self._row(connection, id, wanted.id)

    async def change(self, message: UUID, what: str, wanted: Changed) -> MessageRow:
        """Edit, delete or retry a message of ours. Raises No, DatabaseDown."""
        wishes, who = self.seeing.kept.wishes, wanted.who
        async with self.seeing.database.acquire() as connection, connection.transaction():
            row = await connection.fetchrow("SELECT conversation, body FROM message WHERE id = $1", message)
            if row is None:
                raise No("gone", 404)
            id = row["conversation"]
            thread, identity = await self.seeing.found(connection, id, hold=True)
            self._may(thread, who, wanted.version)
            running = self.seeing.accounts.get(thread.account)
            if running is None:
                raise No("off")
            await self.seeing.audited(connection, who, f"message.{what}", identity.id, conversation=str(id))
            try:
                if what == "edit":
                    await wishes.edit(connection, message, wanted.text, who.operator, running.abilities)
                elif what == "delete":
                    await wishes.delete(connection, message, who.operator, running.abilities)
                else:
                    template = "template" in self.seeing.kept.writing.body(message, row["body"])
                    self._may_go(thread, identity, running.abilities, template)
                    await wishes.retry(connection, message, who.operator)
            except CannotBe as error:
                raise No(error.why) from None
            return await self._row(connection, id, message)

    async def tell(self, id: UUID, what: str, told: Told) -> None:
        """Hear that somebody types, has read, blocks. Raises No, DatabaseDown."""
        if what == "typing":
            if told.on:
                self.sender.typing(id)
            return
        async with self.seeing.database.acquire() as connection, connection.transaction():
            if what != "seen":  # the person first, as whoever reads what he writes does: no deadlock
                thread, _ = await self.seeing.found(connection, id)
                await self.seeing.kept.identities.get(connection, thread.identity, hold=True)
            thread, identity = await self.seeing.found(connection, id, hold=True)
            if what == "seen":
                await connection.execute(
                    "UPDATE conversation SET seen_seq = greatest(seen_seq, least($2::bigint, last_seq)) WHERE id = $1",
                    id, told.seq,
                )  # fmt: skip
                await announce(connection, "conversation", conversation=id, seq=thread.last_seq, only="read")
            else:
                await self._block(connection, thread, identity, what == "block", told)
        if what == "seen" and told.seq >= thread.said_seq > thread.seen_seq:
            self.sender.seen(id)

    async def start(self, wanted: Started) -> dict[str, Any]:
        """Begin a conversation ourselves, or write in the one that is open. Raises No, DatabaseDown."""
        kept, who = self.seeing.kept, wanted.who
        running = self.seeing.accounts.get(wanted.account)
        if running is None:
            raise No("off")
        async with self.seeing.database.acquire() as connection, connection.transaction():
            now = clock.now()
            identity = await self._whom(connection, wanted, running, now)
            # Asked twice at one moment, the second waited for the first at the person's row.
            known = await connection.fetchval("SELECT conversation FROM message WHERE id = $1", wanted.id)
            if known is not None:
                return {"conversation": str(known), "message": str(wanted.id)}
            thread = await kept.threads.open_of(connection, identity.id) or await kept.threads.begin(
                connection, identity, running.abilities.kind, now, subject=wanted.subject, request=wanted.request
            )
            message = Sent(who=who, id=wanted.id, text=wanted.text, template=wanted.template)
            if who.operator:
                self._may(thread, who, 0)
            self._can(thread, identity, message, first=running.abilities.first)
            await self.seeing.audited(connection, who, "conversation.start", identity.id, conversation=str(thread.id))
            body = _body(wanted.text, wanted.template) | ({"subject": wanted.subject} if wanted.subject else {})
            written = await kept.writing.write(connection, thread.id, thread.account, New(
                side="out", at=now, id=wanted.id, body=body, author=who.operator, state="queued"
            ))  # fmt: skip
            await kept.wishes.enqueue(connection, wanted.id, thread.account, identity.id, wanted.template)
            if who.operator:
                await self._answers(connection, thread, written.seq, who.operator, now)
        return {"conversation": str(thread.id), "message": str(wanted.id)}

    async def _whom(
        self, connection: Connection, wanted: Started, running: Running, now: datetime
    ) -> Identity:
        """Return to whom a conversation is begun. Raises No."""
        identities = self.seeing.kept.identities
        if wanted.identity is not None:
            identity = await identities.get(connection, wanted.identity, hold=True)
            if identity is None or identity.account != running.key:
                raise No("gone", 404)
            return identity
        if not running.abilities.first:
            raise No("first")
        number = self.seeing.kept.telling.number(wanted.phone) if wanted.phone else ""
        if not number and not wanted.mail:
            raise No("address")
        return await identities.known(connection, running.key, wanted.peer(number), now)

    @staticmethod
    def _may(thread: Thread, who: Who, version: int) -> None:
        """Only the owner writes: whoever was told as much as he who asks knows who that is. Raises No."""
        if not who.operator:  # nobody's conversation is not his who is no operator
            raise No("not_yours")
        if thread.request is None or not thread.status_told:
            return
        if thread.version >= version and thread.owner != who.operator:
            raise No("not_yours")

    def _can(self, thread: Thread, identity: Identity, wanted: Sent, *, first: bool = False) -> Abilities:
        """Return what the channel can, when it can this. Raises No."""
        running = self.seeing.accounts.get(thread.account)
        if running is None:
            raise No("off")
        ability = running.abilities
        shut = _shut(thread, ability)
        refusals = {
            "closed": not thread.open, "blocked": identity.blocked,
            "unreachable": bool(identity.unreachable) and not first,
            "empty": not (wanted.text.strip() or wanted.attachments or wanted.template),
            "too_long": len(wanted.text) > ability.most_text, "window": shut and not wanted.template,
            "no_templates": bool(wanted.template) and not ability.templates,
            "too_many_files": len(wanted.attachments) > ability.files_at_once,
            "no_files": bool(wanted.attachments) and not ability.most_file,
        }  # fmt: skip
        why = next((why for why, now in refusals.items() if now), None)
        if why is not None:
            raise No(why)
        return ability

    @staticmethod
    def _may_go(thread: Thread, identity: Identity, ability: Abilities, template: bool) -> None:
        """Look whether a message that was written before may go now. Raises No."""
        refusals = {
            "closed": not thread.open, "blocked": identity.blocked, "unreachable": bool(identity.unreachable),
            "window": _shut(thread, ability) and not template,
        }  # fmt: skip
        why = next((why for why, now in refusals.items() if now), None)
        if why is not None:
            raise No(why)

    async def _attach(self, connection: Connection, thread: Thread, wanted: Sent, ability: Abilities) -> None:
        """Bind the files he uploaded to the message. Raises No."""
        for place, file in enumerate(wanted.attachments):
            size = await connection.fetchval(_ATTACH, file, wanted.id, place, thread.account, wanted.who.actor)
            if size is None:
                raise No("no_such_file")
            if size > ability.most_file:
                raise No("too_big")

    async def _answers(self, connection: Connection, thread: Thread, seq: int, operator: str, at: datetime) -> None:
        """Note that a person answered, and tell the engine."""
        await connection.execute(
            "UPDATE conversation SET answered_seq = $2, answered_at = $3, touched_at = $3,"
            " seen_seq = greatest(seen_seq, said_seq) WHERE id = $1", thread.id, seq, at,
        )  # fmt: skip
        if thread.told_seq:
            await self.seeing.kept.telling.answered(connection, thread.id, seq, operator, at)

    async def _block(
        self, connection: Connection, thread: Thread, identity: Identity, block: bool, told: Told
    ) -> None:
        kept, now = self.seeing.kept, clock.now()
        await self.seeing.audited(
            connection, told.who, "person.block" if block else "person.unblock", identity.id, reason=told.reason
        )
        await kept.identities.block(connection, identity.id, told.who.actor, now if block else None)
        await kept.writing.write(connection, thread.id, thread.account, New(
            side="system", at=now, what="blocked" if block else "unblocked", author=told.who.operator
        ))  # fmt: skip
        closed = await kept.threads.close(connection, thread.id, "spam", now) if block else None
        if closed is not None:
            await kept.telling.over(connection, closed, "spam", now)

    @staticmethod
    async def _answered(connection: Connection, conversation: UUID, wanted: UUID | None) -> UUID | None:
        if wanted is None:
            return None
        found: UUID | None = await connection.fetchval(
            "SELECT id FROM message WHERE id = $1 AND conversation = $2", wanted, conversation
        )
        return found

    async def _before(self, connection: Connection, conversation: UUID, message: UUID) -> MessageRow | None:
        """Return what was sent before under this id. Raises No when it was another conversation's."""
        there = await connection.fetchval("SELECT conversation FROM message WHERE id = $1", message)
        if there is None:
            return None
        if there != conversation:
            raise No("other_conversation")
        return await self._row(connection, conversation, message)

    async def _row(self, connection: Connection, conversation: UUID, message: UUID) -> MessageRow:
        row = await Reading(self.seeing.kept.seals).one(connection, conversation, message)
        if row is None:
            raise No("gone", 404)
        return row


def _shut(thread: Thread, ability: Abilities) -> bool:
    """Say whether his window is over: only a template goes."""
    return ability.window_s is not None and (thread.window_until is None or thread.window_until < clock.now())


def _body(text: str, template: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"text": text} | ({"template": dict(template)} if template else {})


