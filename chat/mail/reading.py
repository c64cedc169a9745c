"""What a kept mail is, in the words all channels have in common. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from chat.mail import keeping, machines, people, threads
from chat.mail.keeping import Place
from chat.mail.parsing import markup, quotes
from chat.mail.parsing.mail import Mail, Piece, parse, raw
from chat.wire import Envelope, File, Peer
from okno.seal import Sealer

_MOST_SUBJECT = 300
# A sender's clock is believed when it says a moment not long before the mailbox got the mail.
_LATE, _JUST_NOW = timedelta(days=7), timedelta(seconds=60)
# Parts of signatures and words that rob an answer of its meaning are no file anybody needs.
_NO_FILES = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Whose mailbox it is.

    Args:
        account: "mail:main".
        address: its own address.
        own: all addresses from which this house writes by itself: a mail from there is a loop.
        relays: addresses that write for others.
        sealer: proves that an address to answer to is ours.
    """

    account: str
    address: str
    own: frozenset[str]
    relays: frozenset[str]
    sealer: Sealer


def read(kept: bytes, received_at: datetime, box: Box) -> Sequence[Envelope]:
    """Return what a kept mail is; nothing when it is one of our own. Raises keeping.NotKept: it cannot be read."""
    place, content = keeping.read(kept)
    mail = parse(content)
    if (report := machines.report(mail)) is not None:
        return _reported(report, place.known, received_at, box)
    who = people.writer(mail.headers, box.relays)
    if people.bare(who.address) in {people.bare(one) for one in box.own}:
        return ()
    return (_message(mail, place, who, received_at, box),)


def _message(mail: Mail, place: Place, who: people.Writer, received_at: datetime, box: Box) -> Envelope:
    known = place.known
    said = quotes.trim(mail.text)
    whole = mail.html or (markup.of_text(said.new, said.quoted) if said.quoted else "")
    named = threads.ids(raw(mail.headers, "References").replace("\n", " "))
    parents = threads.ids(raw(mail.headers, "In-Reply-To").replace("\n", " "))
    chain = list(dict.fromkeys([*named, *parents, known]))[-threads.MOST_REFERENCES :]
    subject = mail.subject[:_MOST_SUBJECT]
    behalf = threads.on_behalf_of([*named, *parents], [box.address])
    return Envelope(
        account=behalf or box.account, kind="message.in", ext_id=known, message=known,
        peer=Peer(ext_user=who.address, ext_chat=who.answer, name=who.name),
        at=_moment(mail, place, received_at), text=said.new, html=whole, subject=subject, order=place.uid,
        reply_to=parents[0] if parents else "", files=tuple(_file(one, place) for one in _shown(mail)),
        silent=machines.is_machine(mail, who.address), threads=_threads(mail, [*named, *parents], box),
        extra={"subject": subject, "references": [one for one in chain if not one.startswith("sha256:")]},
    )  # fmt: skip


def _threads(mail: Mail, named: Sequence[str], box: Box) -> tuple[str, ...]:
    """The conversations and messages of ours that it belongs to, the surest first."""
    tokens = [threads.conversation(box.sealer, one) for one in people.to_whom(mail)]
    return tuple(dict.fromkeys([one for one in tokens if one] + threads.answered(named, [box.address])))


def _shown(mail: Mail) -> list[Piece]:
    return [one for one in mail.files if one.mime not in _NO_FILES]


def _file(piece: Piece, place: Place) -> File:
    # Of a mail that was too big to read nothing more is fetched: its size says why.
    size = place.size if place.cut else piece.size
    return File(kind=piece.kind, name=piece.name, mime=piece.mime, size=size, ref=keeping.ref(place, piece.place))


def _moment(mail: Mail, place: Place, received_at: datetime) -> datetime | None:
    """When it was sent, if that is long ago; None: just now.

    The sender's clock is believed when it says a moment before the mailbox got it. Within a minute it is not asked: it
    counts whole seconds and goes wrong by some, and an answer would stand before what it answers.
    """
    came = place.came or received_at
    try:
        sent = parsedate_to_datetime(raw(mail.headers, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        sent = came
    if sent.tzinfo is None or not came - _LATE <= sent <= came:
        sent = came
    return sent if received_at - sent > _JUST_NOW else None


def _reported(report: machines.Report, known: str, received_at: datetime, box: Box) -> Sequence[Envelope]:
    """A server's word about a mail of ours. Of a mail that is only late it says so, and nothing changes."""
    account = threads.on_behalf_of([report.message], [box.address]) or box.account
    told = Envelope(
        account=account, kind="status", ext_id=known, message=report.message, at=received_at, silent=True,
        state="failed" if report.failed else "sent", error="refused" if report.failed else "late",
        extra={"status": report.status},
    )  # fmt: skip
    ours = threads.answered([report.message], [box.address])
    if not report.nobody or not ours or not people.is_address(report.recipient):
        return (told,)
    gone = Envelope(
        account=account, kind="blocked", ext_id=f"{known} gone", at=received_at, silent=True, error="unreachable",
        peer=Peer(ext_user=report.recipient, ext_chat=report.recipient),
    )  # fmt: skip
    return (told, gone)
