"""Sealed fields of `chat`: each opens in its own place only."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.conversations.sealing import BODY, EXT, RAW, Seals
from okno.seal import Keyring, SealBroken

ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(st.binary(max_size=300))
def test_bytes_come_back_as_they_were(keyring: Keyring, content: bytes) -> None:
    seals, row = Seals(keyring.sealer("chat")), uuid4()
    assert seals.get_bytes(RAW, row, seals.put_bytes(RAW, row, content)) == content


@ANY
@given(st.dictionaries(st.text(max_size=5), st.text(max_size=50), max_size=4))
def test_what_json_holds_comes_back(keyring: Keyring, value: dict[str, str]) -> None:
    seals, row = Seals(keyring.sealer("chat")), uuid4()
    assert seals.get(BODY, row, seals.put(BODY, row, value)) == value


def test_a_blob_opens_nowhere_else(keyring: Keyring) -> None:
    seals, row = Seals(keyring.sealer("chat")), uuid4()
    blob = seals.put(BODY, row, {"text": "x"})
    for place, other in ((EXT, row), (BODY, uuid4())):
        with pytest.raises(SealBroken):
            seals.get(place, other, blob)
    assert seals.get(BODY, row, None) is None


def test_fingerprints_differ_by_account_and_by_what_they_are_of(keyring: Keyring) -> None:
    seals = Seals(keyring.sealer("chat"))
    found = [seals.event("a:m", "1"), seals.peer("a:m", "1"), seals.message("a:m", "1"), seals.message("b:m", "1")]
    assert len(set(found)) == len(found)
    assert seals.message("a:m", "1") == found[2]
