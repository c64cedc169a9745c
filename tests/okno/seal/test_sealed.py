"""A sealed field opens where it was sealed and nowhere else, unchanged or not at all."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.seal import Keyring, SealBroken, Sealer

_FOLDER = TemporaryDirectory()
RING = Keyring.create(Path(_FOLDER.name) / "keyring.json")
SEALER = RING.sealer("engine")
PLACE = {"table": "points", "column": "value", "row": "1"}
NAMES = st.text(st.characters(exclude_characters=".", codec="utf-8"))


@given(st.text(), NAMES, NAMES, st.text())
def test_what_is_sealed_opens_the_same(text: str, table: str, column: str, row: str) -> None:
    blob = SEALER.seal(text, table=table, column=column, row=row)
    assert SEALER.open(blob, table=table, column=column, row=row) == text
    assert len(text.encode("utf-8", "surrogatepass")) < 8 or text.encode("utf-8", "surrogatepass") not in blob


@given(st.binary(max_size=1000))
def test_bytes_are_sealed_as_they_are(content: bytes) -> None:
    blob = SEALER.seal_bytes(content, **PLACE)
    assert SEALER.open_bytes(blob, **PLACE) == content
    assert len(blob) == len(content) + 33
    with pytest.raises(SealBroken):
        SEALER.open_bytes(blob, table="points", column="value", row="2")


@given(st.tuples(NAMES, NAMES, st.text()), st.tuples(NAMES, NAMES, st.text()))
def test_it_opens_in_its_place_only(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    blob = SEALER.seal("x", table=one[0], column=one[1], row=one[2])
    if one == other:
        assert SEALER.open(blob, table=other[0], column=other[1], row=other[2]) == "x"
    else:
        with pytest.raises(SealBroken):
            SEALER.open(blob, table=other[0], column=other[1], row=other[2])


@given(st.data())
def test_one_changed_bit_breaks_the_seal(data: st.DataObject) -> None:
    blob = bytearray(SEALER.seal("+79990001873", **PLACE))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        SEALER.open(bytes(blob), **PLACE)


@given(st.binary(max_size=200))
def test_garbage_is_broken_not_a_crash(blob: bytes) -> None:
    with pytest.raises(SealBroken):
        SEALER.open(blob, **PLACE)


def test_two_rows_swapped_do_not_open() -> None:
    one = SEALER.seal("a", table="points", column="value", row="1")
    with pytest.raises(SealBroken, match=r"points\.value: the sealed field was changed or moved"):
        SEALER.open(one, table="points", column="value", row="2")


def test_another_service_cannot_open_it() -> None:
    with pytest.raises(SealBroken):
        RING.sealer("chat").open(SEALER.seal("x", **PLACE), **PLACE)
    assert RING.sealer("bus").open(RING.sealer("bus").seal("x", **PLACE), **PLACE) == "x"


def test_the_same_text_seals_differently_each_time() -> None:
    assert len({SEALER.seal("x", **PLACE) for _ in range(100)}) == 100


def test_a_dot_in_a_table_or_column_is_refused() -> None:
    for place in ({"table": "a.b", "column": "c", "row": "1"}, {"table": "a", "column": "b.c", "row": "1"}):
        with pytest.raises(ValueError, match="dot"):
            SEALER.seal("x", **place)


def test_rotation_reads_old_and_new_and_retirement_ends_it(keyring: Keyring) -> None:
    sealer = keyring.sealer("engine")
    before, index = sealer.seal("x", **PLACE), sealer.blind("x", purpose="phone")
    old = keyring.active
    keyring.rotate()
    after = sealer.seal("x", **PLACE)
    assert sealer.open(before, **PLACE) == sealer.open(after, **PLACE) == "x"
    assert sealer.stale(before) and not sealer.stale(after)
    assert Sealer.key_of(before) == old and Sealer.key_of(after) == keyring.active
    assert sealer.blind("x", purpose="phone") == index  # indexes outlive a rotation
    keyring.retire(old)
    with pytest.raises(SealBroken, match=f"sealed with key {old:08x}, which the keyring does not hold"):
        sealer.open(before, **PLACE)


def test_a_running_process_follows_a_rotation_made_by_another(keyring: Keyring) -> None:
    running = keyring.sealer("engine")
    other = Keyring.load(keyring.path)
    other.rotate()
    assert running.open(other.sealer("engine").seal("x", **PLACE), **PLACE) == "x"
    assert keyring.active == other.active


def test_no_error_holds_the_text() -> None:
    blob = bytearray(SEALER.seal("+79990001873", **PLACE))
    blob[-1] ^= 1
    with pytest.raises(SealBroken) as caught:
        SEALER.open(bytes(blob), **PLACE)
    assert "7999" not in str(caught.value) and caught.value.__cause__ is None
