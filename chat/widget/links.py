"""«Continue in MAX»: the address of a bot with the conversation in it, signed: nobody goes on with another's."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from okno.seal import Sealer

KEPT = timedelta(days=2)
_MAC_BYTES = 10
# A payload has 40 of the signs A-Z a-z 0-9 _ -: Telegram takes 64, MAX 128.
_ADDRESSES = {
    "max": "https://max.ru/{name}?start={payload}",
    "vk": "https://vk.me/{name}?ref={payload}",
    "telegram": "https://t.me/{name}?start={payload}",
}


def signed(own: Sealer, conversation: UUID, now: datetime) -> str:
    """Return what stands for a conversation in an address."""
    data = conversation.bytes + int((now + KEPT).timestamp()).to_bytes(4, "big")
    return base64.urlsafe_b64encode(data + _mac(own, data)).decode()


def read(own: Sealer, payload: str, now: datetime) -> UUID | None:
    """Return the conversation a payload stands for; None when it is not ours, or too old."""
    try:
        data = base64.b64decode(payload.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    if len(data) != 20 + _MAC_BYTES or not hmac.compare_digest(_mac(own, data[:20]), data[20:]):
        return None
    return UUID(bytes=data[:16]) if now.timestamp() <= int.from_bytes(data[16:20], "big") else None


def addresses(own: Sealer, names: Mapping[str, str], conversation: UUID, now: datetime) -> list[dict[str, str]]:
    """Return where a conversation can go on: {channel, url}.

    Args:
        own: signs.
        names: the bot's or community's name by channel, as the settings give it.
        conversation: which.
        now: a link is good for two days from here.
    """
    payload = signed(own, conversation, now)
    return [
        {"channel": channel, "url": _ADDRESSES[channel].format(name=name.rpartition("/")[2], payload=payload)}
        for channel, name in names.items()
    ]


def _mac(own: Sealer, data: bytes) -> bytes:
    return own.chain(data, purpose="widget_link")[:_MAC_BYTES]
