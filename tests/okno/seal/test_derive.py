"""Each service and purpose has a key of its own."""

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from okno.seal.derive import derive

ROOT = bytes(range(32))


def test_it_is_rfc_5869() -> None:
    expected = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"okno/v1\x00engine\x00seal").derive(ROOT)
    assert derive(ROOT, "engine", "seal") == expected


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_other_service_or_purpose_another_key(one: tuple[str, str], other: tuple[str, str]) -> None:
    if all("\x00" not in word for word in one + other):
        assert (derive(ROOT, *one) == derive(ROOT, *other)) == (one == other)


@pytest.mark.parametrize("names", [("a\x00b", "c"), ("a", "b\x00c")])
def test_a_name_that_could_be_taken_for_two_is_refused(names: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="NUL"):
        derive(ROOT, *names)
