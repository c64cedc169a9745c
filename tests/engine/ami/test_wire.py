"""Framing, parsing, escaping and serialising: properties first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ami import wire
from tests.engine.ami.fault_server import BANNER, block, newchannel

STREAM = BANNER + b"".join(newchannel(n, "Müller 🙂" if n % 3 else "O\\'Brien") for n in range(12))


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """The blocks of a stream that came in reads of these sizes."""
    framer, blocks, start = wire.Framer(), [], 0
    for size in [*sizes, len(data)]:
        blocks += framer.feed(data[start : start + size])
        start += size
    return blocks


def test_one_byte_at_a_time_is_the_same_as_all_at_once() -> None:
    assert cut(STREAM, [1] * len(STREAM)) == cut(STREAM, []) != []
    assert len(cut(STREAM, [])) == 12


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), max_size=60))
def test_any_chunking_gives_the_same_blocks(sizes: list[int]) -> None:
    assert cut(STREAM, sizes) == cut(STREAM, [])


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), max_size=40), st.lists(st.integers(0, 24), max_size=12))
def test_oversize_blocks_are_counted_alike_in_any_chunking(sizes: list[int], lengths: list[int]) -> None:
    data = b"".join(b"x" * length + wire.END for length in lengths)

    def seen(chunks: list[int]) -> tuple[list[bytes], int]:
        framer, blocks, start = wire.Framer(limit=12), [], 0
        for size in [*chunks, len(data) or 1]:
            blocks += framer.feed(data[start : start + size])
            start += size
        return blocks, framer.oversize

    assert seen(sizes) == seen([])
    assert seen([])[1] == sum(length > 12 for length in lengths)


def test_a_block_without_end_is_dropped_and_the_next_one_is_read() -> None:
    framer = wire.Framer()
    for _ in range(40):
        assert framer.feed(b"y" * (1 << 16)) == []
    assert framer.oversize == 1
    assert framer.feed(b"\r\n\r\n" + newchannel(1)) == [newchannel(1)[:-4]]
    assert len(framer._rest) < 4


def test_the_banner_is_kept_and_is_no_block() -> None:
    framer = wire.Framer()
    assert framer.feed(BANNER[:9]) == []
    assert framer.feed(BANNER[9:]) == []
    assert framer.banner == BANNER.strip()


def test_a_stream_without_banner_is_read_from_its_first_block() -> None:
    framer = wire.Framer()
    assert framer.feed(b"Event: A\r\n\r\n") == [b"Event: A"]
    assert framer.banner == b""


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_garbage_never_raises(data: bytes) -> None:
    framer = wire.Framer(limit=64)
    for found in framer.feed(data) + framer.feed(wire.END):
        wire.name_of(found)
        for key, value in wire.parse(found).items():
            text = wire.clean(wire.unescape(value))
            text.encode()
            assert "\0" not in text and isinstance(key, str)


def test_the_name_needs_no_parsing() -> None:
    assert wire.name_of(b"Event: Hangup\r\nUniqueid: 1") == b"Hangup"
    assert wire.name_of(b"Event: Alone") == b"Alone"
    assert wire.name_of(b"Response: Success\r\n") == b""


def test_empty_values_stay_and_the_first_of_a_repeated_header_wins() -> None:
    headers = wire.parse(b"Event: UserEvent\r\nUniqueid: 1.1\r\nValue: \r\nBare:\r\nUniqueid: 6.6\r\nno header")
    assert headers == {"Event": "UserEvent", "Uniqueid": "1.1", "Value": "", "Bare": ""}


@pytest.mark.parametrize(
    ("sent", "meant"),
    [(r"O\'Brien", "O'Brien"), (r"a\\nb", r"a\nb"), (r"\"x\"\t\?", '"x"\t?'), ("plain", "plain"), (r"\q", r"\q")],
)
def test_escapes_are_undone_once(sent: str, meant: str) -> None:
    assert wire.unescape(sent) == meant


def test_clean_text_fits_database_and_json() -> None:
    dirty = b"Jos\xe9\x00 \r\n\xf0\x9f\x99\x82".decode("utf-8", "surrogateescape")
    assert wire.clean(dirty) == "Jos\ufffd    🙂"
    assert len(wire.clean("я" * 10_000)) == wire.TEXT_LIMIT


@settings(deadline=None)
@given(st.text(max_size=80))
def test_what_is_serialised_is_one_action_with_one_line_per_header(value: str) -> None:
    try:
        data = wire.serialise({"Action": "Setvar", "Value": value})
    except wire.BadOrder as refused:
        assert any(end in value for end in "\r\n\0") or not value.isprintable()
        assert value == "" or value not in str(refused)
    else:
        assert data.count(b"\r\n") == 3 and data.endswith(b"\r\n\r\n")
        assert wire.parse(data[:-4])["Value"] == value


@pytest.mark.parametrize(
    "headers",
    [
        {"Action": "Setvar", "Value": "x\r\n\r\nAction: Command"},
        {"Action": "Setvar", "Value": "x\nAction: Command"},
        {"Action": "Setvar", "Value": "nul\0"},
        {"Action": "Setvar", "Value": None},
        {"Action": "Setvar", "Value": True},
        {"Action": "Originate", "Variable": "CALLERID(num)=1,B=2"},
        {"Action": "Originate", "Variable": "A=F(1,2)"},
        {"Action": "Originate", "Variable": "A=1,B=2"},
        {"Action": "Hangup", "Channel": "/.*/"},
        {"Action": "Setvar", "Va: lue": "x"},
        {"Action": "Setvar", "Value": "\udc80"},
        {"Action": "Setvar", "Value": "x" * 1016},
        {"Action": "Setvar", "Variable": [f"A{n}=1" for n in range(128)]},
        {},
    ],
)
def test_what_could_become_another_action_is_refused(headers: dict[str, object]) -> None:
    with pytest.raises(wire.BadOrder):
        wire.serialise(headers)


def test_asterisks_own_limits_are_reached_and_not_passed() -> None:
    assert len(wire.serialise({"Value": "x" * 1015})) == wire.LINE_LIMIT + 2
    assert wire.serialise({"Action": "A", "Variable": ["a=1", "b=2"]}) == (
        b"Action: A\r\nVariable: a=1\r\nVariable: b=2\r\n\r\n"
    )


def test_blocks_are_told_apart_from_stray_line_ends() -> None:
    found = cut(b"\r\n" + block(Event="A", X=1) + b"\r\n" + block(Event="B"), [])
    assert [wire.name_of(one) for one in found] == [b"A", b"B"]
    assert wire.parse(found[0]) == {"Event": "A", "X": "1"}
