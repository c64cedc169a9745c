"""How far a mailbox was read, and what is read of it now: each mail kept before it is passed over."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.parser import BytesHeaderParser
from typing import Any

from chat.channels import Account, RawEvent
from chat.mail import keeping, people
from chat.mail.keeping import Place
from chat.mail.mailbox import Lying, Mailbox, MailboxAway
from okno import clock, logs

log = logs.get(__name__)

# When the mailbox is read the first time: what nobody has read, of so many days. Newer mail comes by its number.
_FIRST_DAYS = 7
# After the mailbox has numbered its mails anew: all of so many days; what is known already is known by its id.
_AGAIN_DAYS = 30
_HOUR_S = 3600.0
_MOST_HELD = 2000
# Of a mail too big to be taken its beginning is read: who writes, and mostly what.
CUT_BYTES = 128 * 1024
_TRIES = 3
_MOST_SENDERS = 10_000


@dataclass(slots=True)
class Cursor:
    """How far: UIDVALIDITY, the last UID, what is still to be read besides, what waits for its sender's next hour.

    Of a sender only a blind mark is kept.
    """

    validity: int = 0
    uid: int = 0
    todo: list[int] = field(default_factory=list)
    held: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Cursor:
        """Return what was kept."""
        return cls(
            int(kept.get("validity", 0)), int(kept.get("uid", 0)), [int(one) for one in kept.get("todo", [])],
            [(int(uid), str(by)) for uid, by in kept.get("held", [])],
        )  # fmt: skip

    def kept(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"validity": self.validity, "uid": self.uid, "todo": self.todo, "held": [list(one) for one in self.held]}


class Polling:
    """Reads a mailbox, until cancelled.

    Args:
        account: where it is kept.
        box: the mailbox.
        relays: addresses that write for others.
        per_hour: mails of one sender within an hour.
        most_bytes: of one mail; of a bigger one the beginning is read.
    """

    def __init__(
        self, account: Account, box: Mailbox, relays: frozenset[str], per_hour: int, most_bytes: int
    ) -> None:
        self._account, self._box, self._relays = account, box, relays
        self._per_hour, self._most = per_hour, most_bytes
        self._heard: dict[str, deque[float]] = {}
        self._failed: Counter[int] = Counter()
        self.skipped = 0
        self.held = 0

    async def once(self) -> int:
        """Read what is new; return how many mails were kept. Raises MailboxAway, DatabaseDown."""
        validity = await self._box.ready()
        cursor = await self._begin(Cursor.of(await self._account.cursor()), validity)
        kept = 0
        for uid in [uid for uid, by in cursor.held if self._may(by)]:
            by = dict(cursor.held)[uid]
            if self._may(by):
                kept += await self._take(cursor, uid, known=by)
        for uid in [*cursor.todo, *(await self._box.after(cursor.uid))]:
            kept += await self._take(cursor, uid)
        self.held = len(cursor.held)
        return kept

    async def _begin(self, cursor: Cursor, validity: int) -> Cursor:
        """Return the cursor that fits the mailbox: at the first time, and when it was numbered anew, another one."""
        if cursor.validity == validity:
            return cursor
        last = await self._box.last()
        days, unseen = (_AGAIN_DAYS, False) if cursor.validity else (_FIRST_DAYS, True)
        lately = await self._box.lately(clock.now() - timedelta(days=days), unseen=unseen)
        begun = Cursor(validity, last, [uid for uid in lately if uid <= last])
        log.info("mailbox_begun", extra={"account": self._account.key, "todo": len(begun.todo)})
        await self._account.set_cursor(begun.kept())
        return begun

    async def _take(self, cursor: Cursor, uid: int, known: str = "") -> int:
        """Keep one mail and pass over it; one that cannot be got in three tries is passed over too, and said."""
        lying, mail = await self._got(uid)
        by = known or (self._who(mail) if mail else "")
        held = bool(mail) and not known and not self._free(cursor, by) and len(cursor.held) < _MOST_HELD
        new = 0
        if lying and mail and not held:
            new = await self._account.keep([await asyncio.to_thread(self._event, lying, mail)])
            self._count(by)
        self._pass(cursor, uid, by if held else "")
        await self._account.set_cursor(cursor.kept())
        if lying and not held:
            await self._box.mark(uid)
        return new

    async def _got(self, uid: int) -> tuple[Lying | None, bytes | None]:
        """Return how a mail lies and what it is; nothing when it has gone, or cannot be got."""
        try:
            found = await self._box.sizes([uid])
            return (found[0], await self._read(found[0])) if found else (None, None)
        except MailboxAway:
            self._failed[uid] += 1
            if self._failed[uid] < _TRIES:
                raise
            log.error("mail_skipped", extra={"account": self._account.key, "uid": uid})
            self.skipped += 1
            return None, None

    @staticmethod
    def _pass(cursor: Cursor, uid: int, held_by: str) -> None:
        cursor.held = [one for one in cursor.held if one[0] != uid] + ([(uid, held_by)] if held_by else [])
        cursor.todo = [one for one in cursor.todo if one != uid]
        cursor.uid = max(cursor.uid, uid)

    async def _read(self, lying: Lying) -> bytes | None:
        return await self._box.mail(lying.uid, CUT_BYTES if lying.size > self._most else None)

    def _event(self, lying: Lying, mail: bytes) -> RawEvent:
        known = keeping.known_by(mail)
        place = Place(self._box.validity, lying.uid, lying.at, lying.size, known, cut=lying.size > self._most)
        return RawEvent(ext_id=known, peer=self._writer(mail), body=keeping.body(place, mail))

    def _writer(self, mail: bytes) -> str:
        head = BytesHeaderParser().parsebytes(mail[:CUT_BYTES])
        return people.writer(head, self._relays).address

    def _who(self, mail: bytes) -> str:
        """A mark of the sender, by which his mails are counted; a server's report has none: it is never held."""
        head = BytesHeaderParser().parsebytes(mail[:CUT_BYTES])
        if head.get_content_type() == "multipart/report":
            return ""
        address = people.bare(people.writer(head, self._relays).address)
        return self._account.setup.own.blind(address, purpose="mail sender").hex()

    def _count(self, by: str) -> None:
        if by:
            self._heard.setdefault(by, deque()).append(clock.monotonic())
        if len(self._heard) > _MOST_SENDERS:
            for one in list(self._heard):
                self._may(one)

    def _free(self, cursor: Cursor, by: str) -> bool:
        """Whether a sender's mail is read now: he has not written too much, and none of his waits before it."""
        return not by or (self._may(by) and all(one[1] != by for one in cursor.held))

    def _may(self, by: str) -> bool:
        heard, now = self._heard.get(by, deque()), clock.monotonic()
        while heard and now - heard[0] > _HOUR_S:
            heard.popleft()
        if not heard:
            self._heard.pop(by, None)
        return len(heard) < self._per_hour


