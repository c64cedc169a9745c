"""Load and the matrix of work (routing.md 2.3), as tables."""

import pytest

from engine.requests.offers.capacity import fits, interrupts, load
from tests.engine.floor import accept, asked, change, floor, of, opened, request


@pytest.mark.parametrize(
    ("has", "comes", "may"),
    [
        (None, "chat", True), (None, "callback", True), (None, "missed_call", True),
        ("chat", "chat", True), ("chat", "email", True), ("chat", "form", True),
        ("chat", "callback", False), ("chat", "missed_call", False), ("chat", "voicemail", False),
        ("callback", "chat", False), ("callback", "missed_call", False), ("missed_call", "missed_call", False),
        ("missed_call", "chat", False), ("voicemail", "email", False), ("form", "form", True),
    ],
)  # fmt: skip
def test_the_matrix(has: str | None, comes: str, may: bool):
    world = floor("orlova")
    if has is not None:
        accept(world, opened(world, 1, kind=has))
    other = opened(world, 2, kind=comes)
    assert (asked(world, other) == "orlova") is may
    if not may:
        assert not interrupts(world, of(world, "orlova"), request(world, other))


@pytest.mark.parametrize("voice", ["ringing", "incall", "wrap_up"])
def test_a_call_in_any_stage_fills_his_hands(voice: str):
    world = floor("orlova")
    change(world, "orlova", voice=voice)
    key = opened(world, kind="chat")
    assert asked(world, key) == ""
    assert load(world, of(world, "orlova")) == 100
    assert not interrupts(world, of(world, "orlova"), request(world, key))


def test_load_is_what_his_offers_weigh():
    world = floor("orlova")
    for number in range(1, 6):
        opened(world, number, kind="chat")
    assert load(world, of(world, "orlova")) == 100
    assert not fits(world, of(world, "orlova"), 1)
    change(world, "orlova", capacity=150)
    assert fits(world, of(world, "orlova"), 50)
    assert not fits(world, of(world, "orlova"), 51)
    change(world, "orlova", wrap_up="of a call", capacity=100)
    assert load(world, of(world, "orlova")) == 200
