"""What the webhooks of WhatsApp Cloud say (reference/channels.md 3.4): a post holds many events, each is kept apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chat.channels import RawEvent
from chat.clouds.reading import loads, moment, objects, whole, word
from chat.hearing.facts import Facts, facts, fingerprint, joined, phone, place, text
from chat.wire import Envelope, File, FileKind, Peer, Sent

_MOST = 100_000  # of a post of at most a megabyte: none of it may be left out
_STATES: dict[str, Sent] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed",
}  # fmt: skip
_MEDIA: dict[str, FileKind] = {
    "image": "image", "video": "video", "audio": "audio", "document": "file", "sticker": "sticker",
}  # fmt: skip


def events(body: bytes, number_id: str) -> tuple[list[RawEvent], bool]:
    """Take a post apart.

    Args:
        body: as it came.
        number_id: our number's id at Meta; what is another number's is not ours to answer.

    Returns:
        the events to keep, and whether some were of another number.
    """
    try:
        post = loads(body)
    except ValueError:
        return [RawEvent(ext_id=fingerprint(body), peer="", body=body)], False
    kept: list[RawEvent] = []
    strange = False
    entries = objects(post.get("entry"), _MOST)
    for change in (change for entry in entries for change in objects(entry.get("changes"), _MOST)):
        value = facts(change.get("value"))
        if change.get("field") != "messages":
            kept.append(_other(change))
        elif text(facts(value.get("metadata")).get("phone_number_id")) == number_id:
            kept += _messages(value)
        else:
            strange = True
    return kept, strange


def _messages(value: Facts) -> Iterator[RawEvent]:
    people = objects(value.get("contacts"), _MOST)
    for message in objects(value.get("messages"), _MOST):
        contact = next((one for one in people if _same(one, message)), {})
        yield _event(text(message.get("id")), _who(message, contact), {"message": message, "contact": contact})
    for status in objects(value.get("statuses"), _MOST):
        known = text(status.get("id")) and f"{text(status.get('id'))}:{text(status.get('status'))}"
        peer = text(status.get("recipient_id")) or text(status.get("recipient_user_id"))
        yield _event(known, peer, {"status": status})
    for error in objects(value.get("errors"), _MOST):
        yield _event("", "", {"error": error})


def _event(known: str, peer: str, part: dict[str, Any]) -> RawEvent:
    body = json.dumps(part, sort_keys=True).encode()
    return RawEvent(ext_id=known or fingerprint(body), peer=peer, body=body)


def _other(change: Facts) -> RawEvent:
    return _event("", "", {"change": change})


def _same(contact: Facts, message: Facts) -> bool:
    said, written = text(message.get("from")), text(message.get("from_user_id"))
    return bool((said and said == text(contact.get("wa_id"))) or (written and written == text(contact.get("user_id"))))


def _who(message: Facts, contact: Facts) -> str:
    """Return what somebody is known by: his number; who hides it, by the id he has for this business."""
    known = text(message.get("from")) or text(contact.get("wa_id"))
    return known or text(message.get("from_user_id")) or text(contact.get("user_id"))


def envelopes(account: str, body: bytes) -> list[Envelope]:
    """Read a kept event. What concerns the business alone is nothing for people. Raises ValueError."""
    event = loads(body)
    if status := facts(event.get("status")):
        return _status(account, status)
    message, contact = facts(event.get("message")), facts(event.get("contact"))
    who = _who(message, contact)
    if not who:
        return []
    known = text(message.get("id"))
    bare = Envelope(
        account=account, kind="unsupported", ext_id=known or fingerprint(body), peer=_peer(who, contact), message=known,
        at=moment(message.get("timestamp")), reply_to=text(facts(message.get("context")).get("id")),
        error=word(message.get("type")), entry=_entry(facts(message.get("referral"))),
    )  # fmt: skip
    read = _read(bare, message, text(message.get("type")))
    return [] if read is None else [read]


def _peer(who: str, contact: Facts) -> Peer:
    called = phone(who)
    own = called.startswith("+")
    return Peer(
        ext_user=who, ext_chat=who, name=text(facts(contact.get("profile")).get("name")),
        username=text(facts(contact.get("profile")).get("username")), phone=called if own else "", verified=own,
    )  # fmt: skip


def _entry(referral: Facts) -> dict[str, str]:
    """Return by which advertisement somebody came."""
    said = text(referral.get("source_id")) or text(referral.get("source_url"))
    return {"source": "ad", "payload": said} if said else {}


def _status(account: str, status: Facts) -> list[Envelope]:
    known, told = text(status.get("id")), text(status.get("status"))
    state = _STATES.get(told)
    if not known or state is None:
        return []
    codes = [text(one.get("code")) for one in objects(status.get("errors"))]
    # Our own id comes back: a message of unknown outcome is resolved by it.
    ours = text(status.get("biz_opaque_callback_data"))
    return [Envelope(
        account=account, kind="status", ext_id=f"{known}:{told}", message=known, state=state, silent=True,
        at=moment(status.get("timestamp")), error=failure(codes[0]) if codes else "",
        extra={"ours": ours} if ours else {},
    )]  # fmt: skip


def failure(code: str) -> str:
    """Return the word for a code of Meta's by which a message failed (below `chat.error.`)."""
    words = {
        "131047": "window", "131026": "unreachable", "131050": "blocked", "131048": "spam", "131049": "spam",
        "131051": "refused", "131056": "rate", "130429": "rate", "130472": "spam", "190": "token",
    }  # fmt: skip
    return words.get(code, "template" if code.startswith("132") else "refused")


def _read(bare: Envelope, message: Facts, kind: str) -> Envelope | None:
    part = facts(message.get(kind))
    heard = replace(bare, kind="message.in", error="")
    if kind == "text":
        return replace(heard, text=text(part.get("body")))
    if kind in _MEDIA and text(part.get("id")):
        return replace(heard, text=text(part.get("caption")), files=(_file(kind, part),))
    if kind in ("button", "interactive"):
        return _pressed(heard, kind, part)
    if kind == "reaction":  # one taken back has no emoji, and says nothing
        words = text(part.get("emoji"))
        return replace(heard, text=words, reply_to=text(part.get("message_id"))) if words else None
    if kind in ("location", "contacts"):
        return replace(heard, files=tuple(_words(kind, message)))
    if kind == "edit":
        changed, original = facts(part.get("message")), text(part.get("original_message_id"))
        inner = _read(heard, changed, text(changed.get("type")))
        return replace(inner, kind="message.edit", message=original) if inner and original else bare
    if kind == "revoke" and text(part.get("original_message_id")):
        return replace(heard, kind="message.delete", message=text(part.get("original_message_id")))
    codes = [text(error.get("code")) for error in objects(message.get("errors"))]
    return replace(bare, error=joined(word(kind), *codes, by=":"))


def _pressed(heard: Envelope, kind: str, part: Facts) -> Envelope:
    inner = part if kind == "button" else facts(part.get("button_reply")) or facts(part.get("list_reply"))
    said = text(inner.get("text")) or text(inner.get("title"))
    entry = {"source": "button", "payload": text(inner.get("payload")) or text(inner.get("id"))}
    return replace(heard, kind="button", text=said, entry=entry)


def _file(kind: str, part: Facts) -> File:
    what: FileKind = "voice" if kind == "audio" and part.get("voice") is True else _MEDIA[kind]
    return File(
        kind=what, name=text(part.get("filename")), mime=text(part.get("mime_type")),
        size=whole(part.get("file_size")), ref={"id": text(part.get("id"))},
    )  # fmt: skip


def _words(kind: str, message: Facts) -> Iterator[File]:
    if kind == "location":
        where = facts(message.get("location"))
        spot = place(where.get("latitude"), where.get("longitude"))
        yield File(kind="location", text=joined(where.get("name"), where.get("address"), spot, by=", "))
        return
    for one in objects(message.get("contacts")):
        numbers = [text(each.get("phone")) for each in objects(one.get("phones"))]
        yield File(kind="contact", text=joined(facts(one.get("name")).get("formatted_name"), *numbers, by=", "))
