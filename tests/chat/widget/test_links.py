"""A link to a messenger names a conversation, and nobody can make one himself."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chat.widget import links
from okno.ids import uuid7
from okno.seal import Keyring

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_what_is_signed_is_read_until_it_is_too_old(keyring: Keyring) -> None:
    own, conversation = keyring.sealer("chat"), uuid7()
    payload = links.signed(own, conversation, NOW)
    assert re.fullmatch(r"[\w-]{40}", payload), "Telegram takes 64 of these signs"
    assert links.read(own, payload, NOW + timedelta(days=2)) == conversation
    assert links.read(own, payload, NOW + timedelta(days=2, seconds=1)) is None


def test_an_altered_payload_is_nobodys(keyring: Keyring) -> None:
    own = keyring.sealer("chat")
    payload = links.signed(own, uuid7(), NOW)
    for at in range(len(payload)):
        altered = payload[:at] + ("A" if payload[at] != "A" else "B") + payload[at + 1 :]
        assert links.read(own, altered, NOW) is None
    assert links.read(keyring.sealer("web"), payload, NOW) is None


@given(st.text(max_size=60))
def test_whatever_else_comes_is_nobodys(text: str) -> None:
    class Mac:
        def chain(self, data: bytes, *, purpose: str) -> bytes:
            return b"\0" * 31 + b"\1" + data[:0]

    assert links.read(Mac(), text, NOW) is None  # type: ignore[arg-type]


def test_addresses_are_those_of_the_settings(keyring: Keyring) -> None:
    own, conversation = keyring.sealer("chat"), uuid7()
    found = links.addresses(own, {"max": "okno_bot", "vk": "https://vk.com/okno", "telegram": "okno_bot"}, conversation, NOW)
    assert [one["channel"] for one in found] == ["max", "vk", "telegram"]
    assert [one["url"].partition("?")[0] for one in found] == ["https://max.ru/okno_bot", "https://vk.me/okno", "https://t.me/okno_bot"]
    for one in found:
        assert links.read(own, one["url"].rpartition("=")[2], NOW) == conversation
