"""A blind index finds equal values, tells nothing without the key, and is no bare hash."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from okno.seal.blind import INDEX_BYTES, blind, chain

ROOT = bytes(32)
PHONE = "+79990001873"


@given(st.text(), st.text())
def test_equal_for_equal_values_only(one: str, other: str) -> None:
    assert (blind(ROOT, "engine", "phone", one) == blind(ROOT, "engine", "phone", other)) == (one == other)


def test_other_root_service_or_purpose_another_index() -> None:
    made = {
        blind(ROOT, "engine", "phone", PHONE),
        blind(ROOT, "engine", "phone_last4", PHONE),
        blind(ROOT, "chat", "phone", PHONE),
        blind(bytes([1]) * 32, "engine", "phone", PHONE),
        chain(ROOT, "engine", "phone", PHONE.encode())[:INDEX_BYTES],
    }
    assert len(made) == 5 and all(len(index) == INDEX_BYTES for index in made)


def test_an_attacker_who_hashes_every_number_finds_nothing() -> None:
    """All numbers of the range, hashed every bare way: none is the index (personal-data.md row 18)."""
    index = blind(ROOT, "engine", "phone", PHONE)
    for tail in range(10_000):
        number = f"+7999000{tail:04d}".encode()
        for guess in (
            hashlib.sha256(number),
            hashlib.sha1(number, usedforsecurity=False),
            hashlib.md5(number, usedforsecurity=False),
        ):
            assert index not in guess.digest()
