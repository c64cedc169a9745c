"""A mailbox on an IMAP server, asked from a thread of its own: one after another, each answer within its time."""

from __future__ import annotations

import asyncio
import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from chat.mail.options import Server
from okno import clock
from okno.errors import TheirFault

_ANSWER_S = 20.0
# A connection that is older sees some servers' mailbox as it was.
RENEW_S = 3600.0
TAKEN = "$OknoTaken"
_SIZE, _UID = re.compile(rb"RFC822\.SIZE (\d+)"), re.compile(rb"\bUID (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# What the connection fails with; anything else is a mistake of ours.
_FAILS = (imaplib.IMAP4.error, ImapToolsError, OSError, EOFError, ValueError)
Answer = TypeVar("Answer")


class MailboxAway(TheirFault):
    """The mailbox cannot be read. `why` is a word below `chat.lamp.`: imap_login, imap_tls, imap_away, imap_folder."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Lying:
    """A mail as it lies there: its UID, its bytes, when the mailbox got it (RFC 3339, empty: it does not say)."""

    uid: int
    size: int
    at: str


class Mailbox:
    """One folder of a mailbox.

    Args:
        server: where.
        user, password: who logs in.
        folder: which.
        trust: what proves the server is who it says.
    """

    def __init__(
        self, server: Server, user: str, password: str, folder: str, trust: ssl.SSLContext
    ) -> None:
        self._server, self._user, self._password, self._folder, self._trust = server, user, password, folder, trust
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._line: BaseMailBox | None = None  # connected, perhaps not logged in yet
        self._box: BaseMailBox | None = None
        self._since = 0.0
        self.validity = 0

    async def ready(self) -> int:
        """Be connected, newly if it was long ago; return the folder's UIDVALIDITY. Raises MailboxAway."""
        return await self._do(self._ready)

    async def after(self, uid: int) -> list[int]:
        """Return the UIDs of mails after one, in order. Raises MailboxAway."""
        # «n:*» names the last mail always, however low its number.
        return [one for one in await self._search(f"UID {uid + 1}:*") if one > uid]

    async def lately(self, since: datetime, *, unseen: bool) -> list[int]:
        """Return the UIDs of mails got since a day, perhaps only those nobody has read. Raises MailboxAway."""
        day = f"{since.day:02d}-{_MONTHS[since.month - 1]}-{since.year}"
        return await self._search(f"SINCE {day}{' UNSEEN' if unseen else ''}")

    async def named(self, message: str) -> list[int]:
        """Return the UIDs of mails with this Message-ID. Raises MailboxAway."""
        if not message.isascii() or any(sign in message for sign in '"\\\r\n'):
            return []
        return await self._search(f'HEADER Message-ID "{message}"')

    async def last(self) -> int:
        """Return the UID before which all mails lie. Raises MailboxAway."""
        return await self._do(self._last)

    async def sizes(self, uids: Sequence[int]) -> list[Lying]:
        """Return how these mails lie, in order; those that have gone are left out. Raises MailboxAway."""
        if not uids:
            return []
        rows = await self._do(lambda: self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)"))
        found = {one.uid: one for one in map(_lying, rows) if one is not None}
        return [found[uid] for uid in uids if uid in found]

    async def mail(self, uid: int, most: int | None = None) -> bytes | None:
        """Return a mail's bytes, at most so many of its first; None when it has gone. Raises MailboxAway."""
        part = "BODY.PEEK[]" if most is None else f"BODY.PEEK[]<0.{most}>"
        rows = await self._do(lambda: self._fetch([uid], f"(UID {part})"))
        return next((bytes(row[1]) for row in rows if isinstance(row, tuple) and len(row) > 1), None)

    async def mark(self, uid: int) -> None:
        """Mark a mail as taken, where the server keeps marks of others. Raises MailboxAway."""
        await self._do(lambda: self._mark(uid))

    def close(self) -> None:
        """Cut the connection; whoever waits for an answer gets an error."""
        if self._line is not None and self._line.client.sock is not None:
            with suppress(OSError):
                self._line.client.sock.shutdown(socket.SHUT_RDWR)
        self._thread.submit(self._drop)
        self._thread.shutdown(wait=False)

    async def drop(self) -> None:
        """Forget the connection; the next question makes a new one."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)

    async def _search(self, wanted: str) -> list[int]:
        return sorted(int(one) for one in await self._do(lambda: self._open().uids(wanted, charset=None)))

    async def _do(self, work: Callable[[], Answer]) -> Answer:
        """Do something in the mailbox's thread; after an error the connection is made anew."""

        def safely() -> Answer:
            try:
                return work()
            except MailboxAway:
                self._drop()
                raise
            except _FAILS as error:
                self._drop()
                raise MailboxAway(_why(error)) from None

        return await asyncio.get_running_loop().run_in_executor(self._thread, safely)

    def _ready(self) -> int:
        if self._box is not None and clock.monotonic() - self._since > RENEW_S:
            self._drop()
        self._open().client.noop()
        return self.validity

    def _open(self) -> BaseMailBox:
        if self._box is None:
            box = self._line = self._connected()
            try:
                box.login(self._user, self._password, None)
                box.folder.set(self._folder)
                self.validity = int(box.client.response("UIDVALIDITY")[1][0] or 0)
            except _FAILS as error:
                with suppress(*_FAILS):
                    box.client.shutdown()
                raise MailboxAway(_why(error)) from None
            self._box, self._since = box, clock.monotonic()
        return self._box

    def _connected(self) -> BaseMailBox:
        host, port = self._server.host, self._server.port
        if self._server.tls == "tls":
            return MailBox(host, port, timeout=_ANSWER_S, ssl_context=self._trust)
        if self._server.tls == "starttls":
            return MailBoxStartTls(host, port, timeout=_ANSWER_S, ssl_context=self._trust)
        return MailBoxUnencrypted(host, port, timeout=_ANSWER_S)

    def _last(self) -> int:
        box = self._open()
        found = box.folder.status(self._folder, ["UIDNEXT"])
        return int(found["UIDNEXT"]) - 1

    def _fetch(self, uids: Sequence[int], what: str) -> list[bytes | tuple[bytes, bytes]]:
        state, rows = self._open().client.uid("FETCH", ",".join(map(str, uids)), what)
        if state != "OK":
            raise MailboxAway("imap_away")
        return [row for row in rows if row is not None]

    def _mark(self, uid: int) -> None:
        client = self._open().client
        allowed = client.untagged_responses.get("PERMANENTFLAGS", [b""])[-1] or b""
        if rb"\*" in allowed or TAKEN.encode() in allowed:
            client.uid("STORE", str(uid), "+FLAGS.SILENT", f"({TAKEN})")

    def _drop(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            with suppress(*_FAILS):
                box.client.shutdown()


def _lying(row: bytes | tuple[bytes, bytes]) -> Lying | None:
    line = row if isinstance(row, bytes) else row[0]
    uid, size, date = _UID.search(line), _SIZE.search(line), _DATE.search(line)
    if uid is None or size is None:
        return None
    return Lying(int(uid[1]), int(size[1]), _moment(date[1]) if date else "")


def _moment(text: bytes) -> str:
    """INTERNALDATE, «21-Nov-2026 21:52:58 +0500», as RFC 3339; locales do not matter."""
    found = re.fullmatch(rb"\s?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-])(\d\d)(\d\d)", text)
    if found is None or (month := found[2].decode().title()) not in _MONTHS:
        return ""
    day, clocked, zone = found[1].decode().zfill(2), found[4].decode(), b"".join((found[5], found[6], b":", found[7]))
    try:
        made = datetime.fromisoformat(
            f"{found[3].decode()}-{_MONTHS.index(month) + 1:02d}-{day}T{clocked}{zone.decode()}"
        )
    except ValueError:
        return ""
    return made.astimezone(UTC).isoformat()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _why(error: BaseException) -> str:
    """A word for what went wrong; the server's own words may name people."""
    for one in _chain(error):
        if isinstance(one, MailboxLoginError):
            return "imap_login"
        if isinstance(one, MailboxFolderSelectError):
            return "imap_folder"
        if isinstance(one, ssl.SSLError):
            return "imap_tls"
    return "imap_away"
