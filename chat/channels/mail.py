"""Mail: a mailbox read by IMAP, answers handed to an SMTP server. What the clinic sets up: docs/channels/mail.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chat.channels import Account, Hook, Lamp, Posted, Stranger, messenger
from chat.mail import keeping, people, reading
from chat.mail.mailbox import Mailbox, MailboxAway
from chat.mail.options import MailOptions, OptionsWrong, options_of, trust
from chat.mail.outgoing.automatic import Automatic
from chat.mail.outgoing.composing import House, compose
from chat.mail.outgoing.delivery import Delivery
from chat.mail.parsing.mail import Mail, content, parse
from chat.mail.polling import Polling
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Undelivered
from okno import clock, logs
from okno.database import DatabaseDown
from okno.i18n import Catalogue

log = logs.get(__name__)

ABILITIES = Abilities(
    kind="email", most_text=50_000, most_file=15 << 20, files_at_once=10, reply=True, receipts="sent", resend="ask",
    per_second=2.0, per_peer_s=1.0, first=True, alive=False,
)  # fmt: skip
_CHUNK = 256 << 10
_AWAY_S = (2.0, 5.0, 15.0, 30.0, 60.0)
# A mailbox not read for as long as that is not read at all.
_SILENT = timedelta(minutes=5)
_KEEP_OPEN_S = 120.0


@messenger("mail", secrets=("password",), may=("smtp_password",))
def mail(account: Account) -> MailAccount:
    """Open a mailbox. Raises OptionsWrong."""
    return MailAccount(account)


@dataclass(slots=True)
class _Opened:
    """The mail whose file was fetched last: its neighbours mostly follow."""

    uid: tuple[int, int]
    mail: Mail
    whole: bytes
    at: float = field(default_factory=clock.monotonic)


class MailAccount:
    """A mailbox and the server its answers go by.

    Args:
        account: what it is made with.
    """

    abilities = ABILITIES

    def __init__(self, account: Account) -> None:
        options, told = options_of(account.key, account.settings.options), account.settings
        if not people.is_address(told.address):
            raise OptionsWrong(f"chat.accounts {account.key}: address is not a mail address")
        self.key, self._account, self._options = account.key, account, options
        own, runtime = account.setup.own, account.setup.runtime
        proof = trust(runtime.path(Path(options.ca)) if options.ca else None)
        self._inbox = Mailbox(
            options.imap, options.imap.user or told.address, account.secrets["password"], options.folder, proof
        )
        most = 3 * runtime.settings.chat.most_file_mb << 20
        self._polling = Polling(account, self._inbox, frozenset(options.relays), options.per_hour, most)
        self._delivery = delivery_of(account, options)
        self._house = house_of(account, options)
        self._automatic = Automatic(account.setup.database, own)
        address = told.address.lower()
        self._whose = reading.Box(
            account=account.key, address=address, own=frozenset({address, *(one.lower() for one in options.own)}),
            relays=frozenset(one.lower() for one in options.relays), sealer=own,
        )  # fmt: skip
        self._read_at: datetime | None = None
        self._trouble = ""
        self._smtp_trouble: str | None = None
        self._opened: _Opened | None = None

    def posted(self, hook: Hook) -> Posted:
        """Refuse: nobody posts mail here. Raises Stranger."""
        raise Stranger(404)

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read a kept mail. Raises keeping.NotKept."""
        return reading.read(body, received_at, self._whose)

    async def send(self, message: Outgoing, account: str = "") -> Accepted:
        """Hand a mail over, perhaps on another account's behalf. Raises Undelivered, Unknown."""
        if len(message.text) > ABILITIES.most_text:
            raise Undelivered("too_long")
        if sum(len(file.content) for file in message.files) > ABILITIES.most_file:
            raise Undelivered("too_big")
        letter = compose(message, self._house, clock.now(), account)
        if message.auto and not await self._automatic.may(letter.to, message.id):
            raise Undelivered("automatic_enough")
        if self._delivery is None:
            raise Undelivered("cannot")
        try:
            await self._delivery.hand_over(letter, self._account.settings.address, message.attempt)
        except Undelivered as error:
            self._smtp_trouble = error.code if error.account else None
            raise
        self._smtp_trouble = ""
        return Accepted(provider_id=letter.id)

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file of a mail, from where the mail lies. Raises Undelivered."""
        try:
            validity, uid, piece, message = keeping.of(ref)
        except keeping.NotKept:
            raise Undelivered("refused") from None
        if int(ref.get("size", 0)) > 3 * self._account.setup.runtime.settings.chat.most_file_mb << 20:
            raise Undelivered("too_big")
        try:
            found = await self._open(validity, uid, message)
        except MailboxAway:
            raise Undelivered("offline", retry_after_s=_AWAY_S[2]) from None
        part = await asyncio.to_thread(content, found.mail, piece, found.whole) if found else None
        if part is None:
            raise Undelivered("expired")
        for start in range(0, len(part), _CHUNK):
            yield part[start : start + _CHUNK]

    async def run(self) -> None:
        """Read the mailbox every few seconds, until cancelled."""
        failures = 0
        try:
            while True:
                try:
                    await self._polling.once()
                    self._read_at, self._trouble, failures = clock.now(), "", 0
                except MailboxAway as away:
                    if away.why != self._trouble:
                        log.warning("mailbox_away", extra={"account": self.key, "why": away.why})
                    self._trouble, failures = away.why, failures + 1
                except DatabaseDown:
                    failures += 1  # /ready says so; what was not kept is read again
                self._forget()
                wait = _AWAY_S[min(failures, len(_AWAY_S)) - 1] if failures else self._options.poll_s
                await asyncio.sleep(wait)
        finally:
            await self.close()

    async def close(self) -> None:
        """Cut the connection to the mailbox."""
        self._inbox.close()

    async def lamp(self) -> Lamp:
        """Look how the mailbox is read, and whether mail can be handed over."""
        if self._read_at is None and not self._trouble:
            try:
                await self._inbox.ready()
            except MailboxAway as away:
                self._trouble = away.why
        if self._smtp_trouble != "":
            self._smtp_trouble = await self._delivery.look() if self._delivery else ""
        if self._trouble:
            return Lamp(colour="red", why=self._trouble, since=self._read_at)
        if self._read_at is not None and clock.now() - self._read_at > _SILENT:
            return Lamp(colour="red", why="imap_silent", since=self._read_at)
        if self._smtp_trouble:
            return Lamp(colour="red", why=self._smtp_trouble)
        if self._polling.skipped:
            return Lamp(colour="amber", why="mail_skipped")
        return Lamp(colour="amber", why="flood") if self._polling.held else Lamp(colour="green")

    async def _open(self, validity: int, uid: int, message: str) -> _Opened | None:
        """The mail a file is of: by its number, else, when it was moved or numbered anew, by its id."""
        if self._opened is not None and self._opened.uid == (validity, uid):
            return self._opened
        now = await self._inbox.ready()
        whole = await self._inbox.mail(uid) if now == validity else None
        if whole is None or keeping.known_by(whole) != message:
            others = await self._inbox.named(message)
            whole = await self._inbox.mail(others[-1]) if others else None
        if whole is None:
            return None
        self._opened = _Opened((validity, uid), await asyncio.to_thread(parse, whole), whole)
        return self._opened

    def _forget(self) -> None:
        if self._opened is not None and clock.monotonic() - self._opened.at > _KEEP_OPEN_S:
            self._opened = None


def house_of(account: Account, options: MailOptions) -> House:
    """Return who writes from an account."""
    clinic = account.setup.runtime.settings.clinic
    words = Catalogue.load(Path(__file__).parent.parent / "i18n")
    name = options.sender.get(clinic.language) or account.settings.title.get(clinic.language) or clinic.name
    return House(
        address=account.settings.address, name=name, plus=options.plus, sealer=account.setup.own,
        subject=words.t("mail.subject", clinic.language, clinic=clinic.name),
    )  # fmt: skip


def delivery_of(account: Account, options: MailOptions) -> Delivery | None:
    """Return by what an account's mail goes; None when it only reads. Raises OptionsWrong."""
    if options.smtp is None:
        return None
    runtime = account.setup.runtime
    proof = trust(runtime.path(Path(options.ca)) if options.ca else None)
    password = account.secrets.get("smtp_password") or account.secrets["password"]
    user = options.smtp.user or (account.settings.address if options.smtp.tls != "none" else "")
    return Delivery(options.smtp, user, password, proof)
