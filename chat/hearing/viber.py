"""What Viber's callbacks say (reference/channels.md 3.5)."""

from __future__ import annotations

from dataclasses import replace

from chat.channels import RawEvent
from chat.clouds.reading import loads, moment, whole, word
from chat.hearing.facts import Facts, facts, fingerprint, joined, phone, place, text
from chat.wire import Envelope, File, FileKind, Peer, Sent

_STATES: dict[str, Sent] = {"delivered": "delivered", "seen": "read", "failed": "failed"}
_MEDIA: dict[str, FileKind] = {"picture": "image", "video": "video", "file": "file"}


def event(body: bytes) -> RawEvent | None:
    """Return a callback as an event to keep, None for the one by which Viber tries the address."""
    try:
        said = loads(body)
    except ValueError:
        return RawEvent(ext_id=fingerprint(body), peer="", body=body)
    if text(said.get("event")) == "webhook":
        return None
    return RawEvent(ext_id=_known(said) or fingerprint(body), peer=_person(said), body=body)


def _person(said: Facts) -> str:
    who = facts(said.get("sender")) or facts(said.get("user"))
    return text(who.get("id")) or text(said.get("user_id"))


def _known(said: Facts) -> str:
    token = text(said.get("message_token"))
    return f"{text(said.get('event'))}:{token}:{_person(said)}" if token else ""


def envelopes(account: str, body: bytes) -> list[Envelope]:
    """Read a callback. Raises ValueError."""
    said = loads(body)
    what, person = text(said.get("event")), _person(said)
    if not person:
        return []
    at, token = moment(said.get("timestamp"), 1000), text(said.get("message_token"))
    who = facts(said.get("sender")) or facts(said.get("user"))
    peer = Peer(ext_user=person, ext_chat=person, name=text(who.get("name")), lang=text(who.get("language")))
    bare = Envelope(
        account=account, kind="unsupported", ext_id=_known(said) or fingerprint(body), peer=peer, at=at,
        error=word(what),
    )  # fmt: skip
    heard = replace(bare, error="")
    if what == "message":
        return [_message(heard, facts(said.get("message")), token, whole(said.get("timestamp")))]
    if what in _STATES:
        # It names our message only: nothing is shown but its state.
        error = "refused" if what == "failed" else ""
        return [replace(heard, kind="status", peer=None, message=token, state=_STATES[what], error=error, silent=True)]
    if what == "conversation_started":
        context = text(said.get("context"))
        entry = {"source": "deep_link", "payload": context} if context else {"source": "start"}
        return [replace(heard, kind="start", entry=entry)]
    if what in ("subscribed", "unsubscribed"):
        return [replace(heard, kind="unblocked" if what == "subscribed" else "blocked")]
    return [bare]


def _message(heard: Envelope, message: Facts, token: str, order: int | None) -> Envelope:
    kind = text(message.get("type"))
    words, media = text(message.get("text")), text(message.get("media"))
    taken = replace(heard, kind="message.in", message=token, order=order, text=words)
    if kind == "text" and words:
        return taken
    if kind in _MEDIA and media:
        name, size = text(message.get("file_name")), whole(message.get("size"))
        return replace(taken, files=(File(kind=_MEDIA[kind], name=name, size=size, ref={"url": media}),))
    if kind == "url" and media:  # an address he wrote himself: shown, never fetched
        return replace(taken, text="", files=(File(kind="link", text=media),))
    if kind == "contact":
        contact = facts(message.get("contact"))
        said = joined(contact.get("name"), phone(contact.get("phone_number")), by=", ")
        return replace(taken, files=(File(kind="contact", text=said),))
    if kind == "location":
        where = facts(message.get("location"))
        return replace(taken, files=(File(kind="location", text=place(where.get("lat"), where.get("lon"))),))
    if kind == "sticker":
        return replace(taken, files=(File(kind="sticker", text=text(message.get("sticker_id"))),))
    return replace(taken, kind="unsupported", error=word(kind))
