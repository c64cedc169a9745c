"""What MAX posts: its updates have no id of their own, its groups are none of ours (reference/channels.md 3.2)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from chat.channels import RawEvent
from chat.clouds.reading import dig, digits, loads, moment, objects, print_of, word, words
from chat.hearing.facts import fingerprint, joined, phone, place
from chat.wire import Came, Envelope, File, FileKind, Peer

TYPES = (
    "message_created", "message_edited", "message_removed", "message_callback", "bot_started", "bot_stopped",
    "bot_added", "dialog_removed",
)  # fmt: skip
# What happens to a dialog's or a group's window only: nothing that anybody is told.
_SILENT = {
    "dialog_removed", "dialog_cleared", "dialog_muted", "dialog_unmuted", "bot_added", "bot_removed", "user_added",
    "user_removed", "chat_title_changed", "message_chat_created", "comment_created", "comment_edited",
    "comment_removed",
}  # fmt: skip
_START = re.compile(r"/start(?:\s+(\S{1,128}))?\s*")
_KINDS: dict[str, FileKind] = {
    "image": "image",
    "video": "video",
    "audio": "voice",
    "file": "file",
    "sticker": "sticker",
}
_OURSELVES = {"WebAppPlatform", "WebAppVersion", "hash"}


def update(raw: bytes) -> dict[str, Any]:
    """Return an update. Raises ValueError: it is none."""
    tree = loads(raw)
    if not isinstance(tree.get("update_type"), str):
        raise ValueError("not an update")
    return tree


def event(tree: dict[str, Any], raw: bytes) -> RawEvent:
    """Return an update as it is kept; one of nobody waits for nobody's turn."""
    chat = _chat(tree)
    return RawEvent(ext_id=name(tree), peer=_user(tree) or (chat and f"chat:{chat}"), body=raw)


def unread(raw: bytes) -> RawEvent:
    """Return what MAX posted and nobody can read, as it is kept: it is not repeated for ever, and not lost."""
    return RawEvent(ext_id=fingerprint(raw), peer="", body=raw)


def name(tree: dict[str, Any]) -> str:
    """Return what knows a repetition of an update."""
    kind, at = word(tree.get("update_type")), digits(tree.get("timestamp"))
    mid, callback = words(dig(tree, "message", "body", "mid"), 200), tree.get("callback")
    parts = {
        "message_created": (mid,),
        "message_edited": (mid, at),
        "message_removed": (words(tree.get("message_id"), 200),),
        "message_callback": (words(dig(callback, "callback_id"), 200), digits(dig(callback, "timestamp"))),
    }.get(kind, (_chat(tree), _user(tree), at))
    return ":".join((kind, *parts)) if all(parts) and kind != "?" else f"{kind}:{print_of(tree)}"


def group(tree: dict[str, Any]) -> str:
    """Return the group or channel in which it happened, "" when it was said to us alone."""
    told = dig(tree, "message", "recipient")
    if dig(told, "chat_type") in ("chat", "channel"):
        return digits(dig(told, "chat_id"))
    return _chat(tree) if tree.get("update_type") == "bot_added" else ""


def pressed(tree: dict[str, Any]) -> str:
    """Return the id by which a pressed button is answered, "" when none was pressed."""
    return words(dig(tree, "callback", "callback_id"), 200) if tree.get("update_type") == "message_callback" else ""


def _chat(tree: dict[str, Any]) -> str:
    return digits(dig(tree, "message", "recipient", "chat_id")) or digits(tree.get("chat_id"))


def _ours(message: Any) -> bool:
    return dig(message, "sender", "is_bot") is True


def _user(tree: dict[str, Any]) -> str:
    """Return who of the two is the person: a message of the bot names him as its recipient."""
    if pressed(tree):
        return digits(dig(tree, "callback", "user", "user_id"))
    message = tree.get("message")
    if isinstance(message, dict):
        return digits(dig(message, "recipient" if _ours(message) else "sender", "user_id"))
    return digits(dig(tree, "user", "user_id")) or digits(tree.get("user_id"))


def envelopes(account: str, token: str, body: bytes) -> list[Envelope]:
    """Read a kept update. Raises ValueError."""
    tree = update(body)
    kind = word(tree["update_type"])
    if kind in _SILENT or group(tree):
        return []
    return [_envelope(account, token, tree, kind)]


def _envelope(account: str, token: str, tree: dict[str, Any], kind: str) -> Envelope:
    id, at, peer = name(tree), moment(tree.get("timestamp"), 1000), _peer(tree)
    if kind in ("message_created", "message_edited") and isinstance(tree.get("message"), dict):
        return _message(account, token, tree, peer)
    came: dict[str, Came] = {
        "message_removed": "message.delete", "message_callback": "button", "bot_started": "start",
        "bot_stopped": "blocked",
    }  # fmt: skip
    if kind not in came or peer is None:
        return Envelope(account=account, kind="unsupported", ext_id=id, peer=peer, at=at, error=kind)
    message = words(tree.get("message_id"), 200) or words(dig(tree, "message", "body", "mid"), 200)
    entry = _entry(kind, tree)
    return Envelope(account=account, kind=came[kind], ext_id=id, peer=peer, at=at, message=message, entry=entry)


def _entry(kind: str, tree: dict[str, Any]) -> dict[str, str]:
    if kind == "message_callback":
        return {"source": "button", "payload": words(dig(tree, "callback", "payload"), 1024)}
    payload = words(tree.get("payload"), 512)
    return {"source": "deep_link", "payload": payload} if payload else {}


def _peer(tree: dict[str, Any]) -> Peer | None:
    user = _user(tree)
    if not user:
        return None
    message = tree.get("message")
    about = dig(message, "sender") if isinstance(message, dict) and not _ours(message) else tree.get("user")
    about = dig(tree, "callback", "user") if pressed(tree) else about
    full = joined(dig(about, "first_name"), dig(about, "last_name")) or words(dig(about, "name"), 300)
    return Peer(
        ext_user=user, ext_chat=_chat(tree), name=full[:300], username=words(dig(about, "username"), 100),
        lang=words(tree.get("user_locale"), 10),
    )  # fmt: skip


def _message(account: str, token: str, tree: dict[str, Any], peer: Peer | None) -> Envelope:
    message, id = tree["message"], name(tree)
    forwarded = dig(message, "link", "message") if dig(message, "link", "type") == "forward" else None
    answered = dig(message, "link", "message", "mid") if dig(message, "link", "type") == "reply" else None
    parts = [part for part in (message.get("body"), forwarded) if isinstance(part, dict)]
    text = "\n".join(said for part in parts if (said := words(part.get("text"))))
    given = [one for part in parts for one in objects(part.get("attachments"))]
    edited = tree["update_type"] == "message_edited"
    kind: Came = "message.edit" if edited else "message.echo" if _ours(message) else "message.in"
    entry: dict[str, str] = {}
    if kind == "message.in" and not given and (start := _START.fullmatch(text)):
        kind, text, entry = "start", "", {"source": "deep_link", "payload": start[1]} if start[1] else {}
    order = digits(dig(message, "body", "seq"))
    return Envelope(
        account=account, kind=kind, ext_id=id, peer=_known(token, peer, given), text=text,
        at=moment(message.get("timestamp"), 1000) or moment(tree.get("timestamp"), 1000),
        message=words(dig(message, "body", "mid"), 200) or id, order=int(order) if order else None,
        reply_to=words(answered, 200), files=tuple(file for one in given for file in _files(one)), entry=entry,
        silent=kind == "message.echo",
    )  # fmt: skip


def _known(token: str, peer: Peer | None, given: list[dict[str, Any]]) -> Peer | None:
    """Add the number he gave, if the contact he sent is his own."""
    for one in given:
        payload = one.get("payload")
        if peer is None or one.get("type") != "contact" or not isinstance(payload, dict):
            continue
        card, owner = words(payload.get("vcf_info")), digits(dig(payload, "max_info", "user_id"))
        number = _number(card)
        if number and owner == peer.ext_user:
            proved = proves_contact(token, card, payload.get("hash"))
            return Peer(
                ext_user=peer.ext_user, ext_chat=peer.ext_chat, name=peer.name, username=peer.username, lang=peer.lang,
                phone=number, verified=proved,
            )  # fmt: skip
    return peer


def _files(one: dict[str, Any]) -> list[File]:
    kind, payload = one.get("type"), one.get("payload")
    url, token = words(dig(payload, "url"), 4000), words(dig(payload, "token"), 4000)
    match kind:
        case "image" | "video" | "audio" | "file" | "sticker":
            ref: dict[str, Any] = {"url": url} | ({"video": token} if kind == "video" and token else {})
            size = digits(one.get("size"))
            text = words(one.get("transcription")) or words(dig(payload, "code"), 100)
            return [File(
                kind=_KINDS[kind], name=words(one.get("filename"), 255), size=int(size) if size else None,
                ref=ref if url or token else None, text=text,
            )]  # fmt: skip
        case "contact":
            card = words(dig(payload, "vcf_info"))
            about = dig(payload, "max_info")
            full = _line(card, "FN") or joined(dig(about, "first_name"), dig(about, "last_name"))
            return [File(kind="contact", text=joined(full, _number(card)))]
        case "location":
            return [File(kind="location", text=place(one.get("latitude"), one.get("longitude")))]
        case "share":
            return [File(kind="link", text=joined(words(one.get("title"), 500), url))]
        case "inline_keyboard":
            return []
    return [File(kind="file", text=word(kind))]


def _line(card: str, name: str) -> str:
    found = re.search(rf"^{name}[^:\r\n]*:([^\r\n]{{1,200}})", card, re.M | re.I)
    return found[1].strip() if found else ""


def _number(card: str) -> str:
    return phone(_line(card, "TEL"))


def proves_contact(token: str, card: str, given: Any) -> bool:
    """Say whether MAX itself wrote a contact's card: the bot's token proves every byte of it."""
    made = hmac.new(token.encode(), card.encode(), hashlib.sha256).hexdigest()
    return isinstance(given, str) and hmac.compare_digest(made, given.casefold().encode("ascii", "replace").decode())


def opened_by(token: str, data: str, now: datetime, most: timedelta = timedelta(hours=1)) -> Mapping[str, str] | None:
    """Return what a mini-app's page says of who opened it; None when MAX did not write it, or wrote it too long ago.

    Args:
        token: the bot's.
        data: the page's `initData`, as it stands in its address.
        now: aware.
        most: how old it may be; MAX itself sets no bound.
    """
    fields = dict(parse_qsl(data, keep_blank_values=True))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    lines = "\n".join(f"{key}={value}" for key, value in sorted(fields.items()) if key not in _OURSELVES)
    made, given = hmac.new(secret, lines.encode("utf-8", "replace"), hashlib.sha256).hexdigest(), fields.get("hash", "")
    at = moment(fields.get("auth_date"))
    if not hmac.compare_digest(made.encode(), given.encode("utf-8", "replace")) or at is None:
        return None
    return fields if timedelta(minutes=-5) <= now - at <= most else None
