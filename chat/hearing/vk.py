"""What VK posts to a community, or tells when asked (reference/channels.md 3.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chat.channels import RawEvent, Stranger
from chat.clouds.reading import dig, digits, loads, moment, objects, print_of, whole, word, words
from chat.hearing.facts import joined, place
from chat.wire import Came, Envelope, File, Peer

CHATS = 2_000_000_000  # peers from here on are conversations of many
OURS = "okno"  # marks what we keep ourselves, and nobody may post
TYPES = (
    "message_new", "message_reply", "message_edit", "message_allow", "message_deny", "message_event", "message_read",
)  # fmt: skip
_MESSAGES = ("message_new", "message_reply", "message_edit")
_LANGUAGES: dict[int | None, str] = {0: "ru", 3: "en"}
_DEEP, _SIZES = 3, "opqrsmxyzw"


def update(raw: bytes) -> dict[str, Any]:
    """Return an event. Raises Stranger: it is none."""
    try:
        tree = loads(raw)
    except ValueError:
        raise Stranger(400) from None
    if not isinstance(tree.get("type"), str) or OURS in tree:
        raise Stranger(400)
    return tree


def event(tree: dict[str, Any], raw: bytes) -> RawEvent:
    """Return an event as it is kept. A message is the same whether it is posted, asked for or looked up later."""
    return RawEvent(ext_id=name(tree), peer=person(tree), body=raw)


def name(tree: dict[str, Any]) -> str:
    """Return what knows a repetition."""
    kind, id = word(tree.get("type")), words(tree.get("event_id"), 100)
    message = message_of(tree)
    number = digits(dig(message, "conversation_message_id"))
    if kind in ("message_new", "message_reply") and number and person(tree):
        return f"{kind}:{person(tree)}:{number}"
    return f"{kind}:{id or print_of([tree.get('object'), tree.get(OURS)])}"


def message_of(tree: dict[str, Any]) -> dict[str, Any] | None:
    """Return the message an event is about, None for another event."""
    if tree.get("type") not in _MESSAGES:
        return None
    about = tree.get("object")
    inner = dig(about, "message")
    found = inner if isinstance(inner, dict) else about
    return found if isinstance(found, dict) else None


def person(tree: dict[str, Any]) -> str:
    """Return who it is about, "" when it is not known."""
    message = message_of(tree)
    if message is not None:
        return digits(message.get("peer_id")) or digits(message.get("from_id"))
    return digits(dig(tree, "object", "user_id")) or digits(dig(tree, "object", "from_id"))


def group(tree: dict[str, Any]) -> int | None:
    """Return the conversation of many in which it happened; None: it was said to us alone."""
    peer = whole(dig(message_of(tree), "peer_id")) or whole(dig(tree, "object", "peer_id")) or 0
    return peer if peer >= CHATS else None


def of_a_community(tree: dict[str, Any]) -> bool:
    """Say whether another community wrote it."""
    return tree.get("type") == "message_new" and (whole(dig(message_of(tree), "from_id")) or 0) < 0


def pressed(tree: dict[str, Any]) -> dict[str, str] | None:
    """Return what answers a pressed button: its event, its person, where."""
    if tree.get("type") != "message_event":
        return None
    about = tree.get("object")
    asked = {"event_id": words(dig(about, "event_id"), 100)} | {
        key: digits(dig(about, key)) for key in ("user_id", "peer_id")
    }
    return asked if all(asked.values()) else None


def as_event(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message that was looked up as the event it would have been."""
    return {"type": "message_reply" if message.get("out") == 1 else "message_new", "object": {"message": message}}


def profile(user: dict[str, Any]) -> RawEvent:
    """Return what VK says of a person, as an event of ours."""
    told = {name: words(user.get(name), 150) for name in ("first_name", "last_name", "domain")}
    tree = {"type": "profile", OURS: told, "object": {"user_id": user.get("id")}}
    return RawEvent(ext_id=f"{name(tree)}", peer=person(tree), body=json.dumps(tree).encode())


def whole_message(message: dict[str, Any], shown: list[str]) -> RawEvent:
    """Return a message that came cropped, whole: what it was is changed to it; `shown` are the files it came with."""
    tree = {"type": "message_edit", "object": message, OURS: {"shown": shown}}
    return RawEvent(ext_id=name(tree), peer=person(tree), body=json.dumps(tree).encode())


def files_of(message: dict[str, Any]) -> list[str]:
    """Return what VK calls the files of a message and of what is forwarded in it."""
    return [_called(one) for part in _parts(message) for one in objects(part.get("attachments"))]


def _called(one: dict[str, Any]) -> str:
    kind = word(one.get("type"))
    return f"{kind}{digits(dig(one, kind, 'owner_id'))}_{digits(dig(one, kind, 'id'))}"


def envelopes(account: str, body: bytes) -> list[Envelope]:
    """Read a kept event. Raises ValueError."""
    tree = loads(body)
    if not isinstance(tree.get("type"), str):
        raise ValueError("not an event")
    kind = word(tree["type"])
    if group(tree) is not None:
        return []
    id, who = name(tree), person(tree)
    peer = Peer(ext_user=who, ext_chat=who) if who else None
    message, about = message_of(tree), tree.get("object")
    if message is not None and peer is not None:
        return list(_message(account, id, kind, tree, message))
    came: dict[str, Came] = {
        "message_allow": "unblocked", "message_deny": "blocked", "message_event": "button", "message_read": "read",
        "message_typing_state": "typing",
    }  # fmt: skip
    if kind == "profile" and peer is not None:
        return [Envelope(account=account, kind="profile", ext_id=id, peer=_profiled(tree, who))]
    if kind not in came or peer is None:
        unknown = Envelope(account=account, kind="unsupported", ext_id=id, peer=peer, error=kind)
        return [unknown] if kind.startswith("message_") else []  # what goes on in the community is nobody's message
    order = whole(dig(about, "conversation_message_id"))
    return [Envelope(
        account=account, kind=came[kind], ext_id=id, peer=peer, order=order, entry=_entry(kind, about),
        message=digits(dig(about, "read_message_id")) if kind == "message_read" else "",
    )]  # fmt: skip


def _profiled(tree: dict[str, Any], who: str) -> Peer:
    told = tree.get(OURS)
    full = joined(dig(told, "first_name"), dig(told, "last_name"))
    return Peer(ext_user=who, ext_chat=who, name=full, username=words(dig(told, "domain"), 100))


def _entry(kind: str, about: Any) -> dict[str, str]:
    payload = dig(about, "payload")
    if kind == "message_event" and payload is not None:
        return {"source": "button", "payload": payload if isinstance(payload, str) else json.dumps(payload)}
    key = words(dig(about, "key"), 256)
    return {"source": "allowed", "payload": key} if kind == "message_allow" and key else {}


def _message(account: str, id: str, kind: str, tree: dict[str, Any], message: dict[str, Any]) -> Iterator[Envelope]:
    ours, staff = message.get("out") == 1 or kind == "message_reply", bool(whole(message.get("admin_author_id")))
    if kind == "message_edit" and ours and not staff and OURS not in tree:
        return  # we changed it ourselves
    came: Came = "message.edit" if kind == "message_edit" else "message.echo" if ours else "message.in"
    parts = list(_parts(message))
    text, entry = "\n".join(said for part in parts if (said := words(part.get("text")))), _came_by(message)
    if came == "message.in" and entry.get("source") == "start":
        came, text = "start", ""
    who, random = person(tree), whole(message.get("random_id"))
    lang = _LANGUAGES.get(whole(dig(tree, "object", "client_info", "lang_id")), "")
    told = Envelope(
        account=account, kind=came, ext_id=id, peer=Peer(ext_user=who, ext_chat=who, lang=lang), text=text,
        at=moment(message.get("date")), message=_id(message),
        order=whole(message.get("conversation_message_id")), reply_to=_id(message.get("reply_message")),
        files=tuple(file for part in parts for file in _files(part)), entry=entry, silent=came == "message.echo",
        extra={"mark": random} if ours and random and not staff else {},
    )  # fmt: skip
    yield told
    shown = dig(tree, OURS, "shown")
    if isinstance(shown, list):
        more = [
            file for part in parts for one in objects(part.get("attachments")) if _called(one) not in shown
            for file in _files({"attachments": [one]})
        ]  # fmt: skip
        if more:  # a message that is there already takes no files: those that were cropped come beside it
            yield replace(
                told, kind="message.in", ext_id=f"{id}:more", message=f"{told.message}+", text="", files=tuple(more)
            )


def _id(message: Any) -> str:
    """Return what VK calls a message in all its answers; where it says none, its number in the conversation."""
    id, number = digits(dig(message, "id")), digits(dig(message, "conversation_message_id"))
    return id if id not in ("", "0") else f"c{number}" if number else ""


def _parts(message: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Go through a message and what is forwarded in it."""
    yield message
    if depth < _DEEP:
        for one in objects(message.get("fwd_messages")):
            yield from _parts(one, depth + 1)


def _came_by(message: dict[str, Any]) -> dict[str, str]:
    """Return how he came: a link, an advertisement, a button."""
    ref, source = words(message.get("ref"), 256), words(message.get("ref_source"), 256)
    payload = words(message.get("payload"), 1024)
    try:
        command = dig(loads(payload.encode()), "command") if payload else None
    except ValueError:
        command = None
    entry = {"source": "start"} if command == "start" else {"source": "deep_link"} if ref else {}
    if payload and not entry:
        return {"source": "button", "payload": payload}
    return {**entry, **({"payload": ref} if ref else {}), **({"ref_source": source} if source else {})}


def _files(message: dict[str, Any]) -> Iterator[File]:
    for one in objects(message.get("attachments")):
        kind = word(one.get("type"))
        about = one.get(kind) if isinstance(one.get(kind), dict) else {}
        yield _file(kind, about)
    geo = dig(message, "geo", "coordinates")
    if geo is not None:
        spot = place(dig(geo, "latitude"), dig(geo, "longitude"))
        yield File(kind="location", text=joined(spot, words(dig(message, "geo", "place", "title"), 200)))


def _file(kind: str, about: Any) -> File:
    url, title = words(dig(about, "url"), 4000), words(dig(about, "title"), 255)
    match kind:
        case "photo":
            return File(kind="image", ref=_ref(_largest(dig(about, "sizes")) or words(dig(about, "orig_photo", "url"))))
        case "doc":
            return File(kind="file", name=title, size=whole(dig(about, "size")), ref=_ref(url))
        case "audio_message":
            sound = words(dig(about, "link_ogg"), 4000) or words(dig(about, "link_mp3"), 4000)
            return File(kind="voice", ref=_ref(sound), text=words(dig(about, "transcript")))
        case "sticker":
            return File(kind="sticker", ref=_ref(_largest(dig(about, "images"))))
        case "video":
            return File(kind="video", name=title, text=_address("video", dig(about, "owner_id"), dig(about, "id")))
        case "wall":
            owner = dig(about, "from_id") or dig(about, "owner_id")
            return File(kind="link", text=_address("wall", owner, dig(about, "id")))
        case "link":
            return File(kind="link", text=joined(title, url))
        case "audio":
            return File(kind="audio", text=joined(words(dig(about, "artist"), 200), title, by=" — "))
    return File(kind="file", text=kind)


def _ref(url: str) -> dict[str, Any] | None:
    return {"url": url} if url else None


def _address(kind: str, owner: Any, id: Any) -> str:
    return f"https://vk.com/{kind}{digits(owner)}_{digits(id)}" if digits(owner) and digits(id) else ""


def _largest(sizes: Any) -> str:
    """Return where the largest of a picture's sizes is; those of long ago say a letter only."""

    def size(one: dict[str, Any]) -> tuple[int, int]:
        return (whole(one.get("width")) or 0) * (whole(one.get("height")) or 0), _SIZES.find(words(one.get("type"), 1))

    found = [one for one in objects(sizes) if words(one.get("url"))]
    return words(max(found, key=size)["url"], 4000) if found else ""
