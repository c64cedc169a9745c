"""What Telegram's updates say (Bot API 10; reference/channels.md 3.1)."""

from __future__ import annotations

from dataclasses import replace

from chat.channels import RawEvent
from chat.clouds.reading import loads, moment, objects, whole, word
from chat.hearing.facts import Facts, facts, fingerprint, joined, phone, place, text
from chat.wire import Envelope, File, FileKind, Peer

_LANGUAGE = "language_code"
# What stands beside the content of a message; any other key of one without content names what it is.
_BESIDE = frozenset((
    "message_id", "message_thread_id", "date", "edit_date", "from", "chat", "sender_chat", "reply_to_message", "quote",
    "forward_origin", "is_topic_message", "is_automatic_forward", "has_protected_content", "via_bot",
    "author_signature", "media_group_id", "reply_markup", "entities", "caption_entities", "link_preview_options",
    "external_reply", "has_media_spoiler", "show_caption_above_media", "effect_id", "business_connection_id",
    "is_from_offline",
))  # fmt: skip
_FILES: tuple[tuple[str, FileKind], ...] = (
    ("animation", "video"), ("document", "file"), ("voice", "voice"), ("video", "video"), ("video_note", "video"),
    ("audio", "audio"), ("sticker", "sticker"),
)  # fmt: skip


def event(body: bytes) -> RawEvent:
    """Return an update as an event to keep; one that cannot be read is kept too."""
    try:
        update = loads(body)
    except ValueError:
        return RawEvent(ext_id=fingerprint(body), peer="", body=body)
    _, said = _said(update)
    chat = facts(said.get("chat")) or facts(facts(said.get("message")).get("chat"))
    peer = text(chat.get("id")) or text(facts(said.get("from")).get("id"))
    return RawEvent(ext_id=text(update.get("update_id")) or fingerprint(body), peer=peer, body=body)


def group(body: bytes) -> str:
    """Return the id of the group or channel an update came from, nothing when a person wrote."""
    try:
        _, said = _said(loads(body))
    except ValueError:
        return ""
    chat = facts(said.get("chat")) or facts(facts(said.get("message")).get("chat"))
    gone = facts(said.get("new_chat_member")).get("status") in ("left", "kicked")
    return text(chat.get("id")) if text(chat.get("type")) not in ("", "private") and not gone else ""


def pressed(body: bytes) -> str:
    """Return the id of the press of a button that waits for an answer, nothing when it is none."""
    try:
        return text(facts(loads(body).get("callback_query")).get("id"))
    except ValueError:
        return ""


def envelopes(account: str, body: bytes) -> list[Envelope]:
    """Read an update. What was written in a group, or by a bot, is not for us. Raises ValueError."""
    update = loads(body)
    kind, said = _said(update)
    chat, who = facts(said.get("chat")), facts(said.get("from"))
    if kind == "callback_query":
        chat = facts(facts(said.get("message")).get("chat")) or {"id": who.get("id"), "type": "private"}
    if text(chat.get("type")) != "private" or who.get("is_bot") is True:
        return []
    bare = Envelope(
        account=account, kind="unsupported", ext_id=event(body).ext_id, peer=_peer(who or chat, chat), error=word(kind)
    )
    if not bare.peer or not bare.peer.ext_user:
        return []
    if kind in ("message", "edited_message"):
        return [_message(bare, said, edited=kind == "edited_message")]
    if kind == "callback_query":
        entry = {"source": "button", "payload": text(said.get("data"))}
        return [replace(bare, kind="button", error="", entry=entry, message=_key(chat, facts(said.get("message"))))]
    if kind == "my_chat_member":
        status = text(facts(said.get("new_chat_member")).get("status"))
        heard = replace(bare, error="", at=moment(said.get("date")))
        return [replace(heard, kind="blocked" if status in ("kicked", "left") else "unblocked")]
    return [bare]


def _said(update: Facts) -> tuple[str, Facts]:
    """Return the type of an update and what it holds: the one key beside its number."""
    return next(((key, facts(value)) for key, value in update.items() if key != "update_id"), ("", {}))


def _peer(who: Facts, chat: Facts) -> Peer:
    return Peer(
        ext_user=text(who.get("id")), ext_chat=text(chat.get("id")),
        name=joined(who.get("first_name"), who.get("last_name")), username=text(who.get("username")),
        lang=text(who.get(_LANGUAGE)),
    )  # fmt: skip


def _key(chat: Facts, message: Facts) -> str:
    """Return what a message is known by: its number is one of its chat only."""
    number_there = text(message.get("message_id"))
    return f"{text(chat.get('id'))}:{number_there}" if number_there not in ("", "0") else ""


def _message(bare: Envelope, said: Facts, *, edited: bool) -> Envelope:
    chat = facts(said.get("chat"))
    words = text(said.get("text")) or text(said.get("caption"))
    files = _files(said)
    heard = replace(
        bare, error="", kind="message.edit" if edited else "message.in", text=words, files=files,
        at=moment(said.get("edit_date")) if edited else moment(said.get("date")),
        # Number 0 is an ephemeral message's: it has neither place nor key of its own.
        message=_key(chat, said) or f"{text(chat.get('id'))}:update:{bare.ext_id}",
        order=whole(said.get("message_id")) or None, group=text(said.get("media_group_id")),
        reply_to=_key(chat, facts(said.get("reply_to_message"))),
    )  # fmt: skip
    if not words and not files:
        what = next((key for key in said if key not in _BESIDE), "empty")
        return replace(heard, kind="unsupported", error=word(what))
    if not edited and (words == "/start" or words.startswith("/start ")):
        payload = words.removeprefix("/start").strip()
        entry = {"source": "deep_link", "payload": payload} if payload else {"source": "start"}
        return replace(heard, kind="start", text="", entry=entry)
    return _with_phone(heard, facts(said.get("contact")), facts(said.get("from")))


def _with_phone(heard: Envelope, contact: Facts, who: Facts) -> Envelope:
    """Take the number of a contact that is himself: only then Telegram vouches for it."""
    own = whole(contact.get("user_id")) is not None and whole(contact.get("user_id")) == whole(who.get("id"))
    if not own or heard.peer is None or not text(contact.get("phone_number")):
        return heard
    return replace(heard, peer=replace(heard.peer, phone=phone(contact.get("phone_number")), verified=True))


def _files(said: Facts) -> tuple[File, ...]:
    found: list[File] = []
    photos = [one for one in objects(said.get("photo")) if text(one.get("file_id"))]
    if photos:
        largest = max(photos, key=lambda one: (whole(one.get("width")) or 0) * (whole(one.get("height")) or 0))
        found.append(_file("image", largest, "image/jpeg"))
    # An animation comes as a document too.
    present = [(key, kind) for key, kind in _FILES if text(facts(said.get(key)).get("file_id"))]
    found += [_file(kind, facts(said.get(key))) for key, kind in present[:1]]
    contact, where = facts(said.get("contact")), facts(said.get("location"))
    if contact:
        name = joined(contact.get("first_name"), contact.get("last_name"))
        found.append(File(kind="contact", text=joined(name, phone(contact.get("phone_number")), by=", ")))
    if where:
        venue = facts(said.get("venue"))
        spot = place(where.get("latitude"), where.get("longitude"))
        found.append(File(kind="location", text=joined(venue.get("title"), venue.get("address"), spot, by=", ")))
    return tuple(found)


def _file(kind: FileKind, said: Facts, mime: str = "") -> File:
    return File(
        kind=kind, name=text(said.get("file_name")), mime=text(said.get("mime_type")) or mime,
        size=whole(said.get("file_size")), ref={"file_id": text(said.get("file_id"))}, text=text(said.get("emoji")),
    )  # fmt: skip

