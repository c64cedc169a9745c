"""What names and numbers tell."""

from datetime import UTC, datetime

import pytest

from engine.calls import naming
from engine.world import Channel, Line, Pbx, Put
from tests.engine.clinic import EPOCH, PBX, T, clinic

NEVER = datetime.fromtimestamp(0, UTC)


@pytest.mark.parametrize(
    ("name", "interface", "endpoint", "local"),
    [
        ("PJSIP/1001-0000002a", "PJSIP/1001", "1001", False),
        ("PJSIP/trunk-2-0000002a", "PJSIP/trunk-2", "trunk-2", False),
        ("Local/1001@ctx-0000002a;1", "Local/1001@ctx", "1001@ctx", True),
        ("odd", "odd", "odd", False),
    ],
)
def test_names(name: str, interface: str, endpoint: str, local: bool):
    got = (naming.interface_of(name), naming.endpoint_of(name), naming.is_local(name))
    assert got == (interface, endpoint, local)


@pytest.mark.parametrize(
    ("uniqueid", "born"),
    [(f"{EPOCH}.7", T), (f"clinic-main-{EPOCH}.7", T), ("a1b2c3", NEVER), ("99.1", NEVER), ("", NEVER)],
)
def test_birth_by_uniqueid(uniqueid: str, born: datetime):
    assert naming.born(uniqueid) == born


def test_the_same_channel_is_the_same_call():
    assert naming.call_id("a", f"{EPOCH}.1") == naming.call_id("a", f"{EPOCH}.1")
    assert naming.call_id("a", f"{EPOCH}.1") != naming.call_id("b", f"{EPOCH}.1")
    assert naming.call_id("a", "okno-3f2a") == naming.call_id("a", "okno-3f2a") != naming.call_id("a", "okno-3f2b")


def test_strangers_text_is_cleaned():
    assert naming.clean("Anna " * 40) == ("Anna " * 40)[:80]
    assert naming.clean("Ёлка\r\n\x00😀\udcff") == "Ёлка😀?"


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("89990000001", "+79990000001"),
        ("anonymous", ""),
        ("", ""),
        ("<unknown>", ""),
        ("12345", "12345"),
        ("x" * 30, ""),
    ],
)
def test_numbers(raw: str, number: str):
    assert naming.number_of(raw, None) == number
    assert naming.number_of(raw, Pbx(key="p")) == number


def test_a_local_number_needs_its_line_s_area_code():
    assert naming.number_of("2000001", Pbx(key="p"), "343") == "+73432000001"


def test_lines_with_and_without_plus():
    world = clinic()
    found = naming.line_of(world, "+73430000001")
    assert found == naming.line_of(world, "73430000001") != None  # noqa: E711
    world.apply([Put(Line(key="+73430000003", queue="back", source_ru="", source_en=""))])
    assert naming.line_of(world, "73430000003") is not None
    assert naming.line_of(world, "s") is None


def test_the_gone_are_not_found():
    world = clinic()
    one = Channel(
        key=f"{PBX}/1.1",
        pbx=PBX,
        uniqueid="1.1",
        linkedid="1.1",
        name="x",
        state=6,
        created_at=T,
        gone_at=datetime.now(UTC),
    )
    world.apply([Put(one)])
    assert naming.channel(world, PBX, "1.1") is None
    assert naming.channel(world, PBX, "1.2") is None
