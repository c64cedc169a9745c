"""Samples: rates, levels, silence, the telephone's coding, measured on tones."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.speech.sound import (
    RATE,
    RATES,
    StrangeRate,
    from_alaw,
    from_ulaw,
    level_db,
    levelled,
    resampled,
    seconds,
    to_alaw,
    trimmed,
)
from tests.system.tones import from_alaw as alaw_by_hand
from tests.system.tones import level


def tone(hertz: float, rate: int = RATE, length_s: float = 0.5, loud: float = 0.5) -> array[int]:
    step = 2 * math.pi * hertz / rate
    return array("h", (round(32767 * loud * math.sin(step * place)) for place in range(round(rate * length_s))))


@pytest.mark.parametrize("rate", sorted(RATES))
def test_a_tone_stays_what_it_is_at_every_rate(rate: int) -> None:
    made = resampled(tone(1000, rate), rate)
    assert abs(seconds(made) - 0.5) < 0.001
    inside = list(made[400:-400])
    assert level(inside, 1000) == pytest.approx(level(list(tone(1000)[400:-400]), 1000), rel=0.03)


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_what_a_telephone_cannot_carry_does_not_fold_back(rate: int) -> None:
    """6 kHz would be heard as 2 kHz."""
    made = resampled(tone(6000, rate), rate)
    assert max(map(abs, made[400:-400])) < 32767 * 0.5 * 0.005


def test_a_strange_rate_is_refused() -> None:
    with pytest.raises(StrangeRate):
        resampled(tone(1000), 12345)


def test_silence_around_goes_and_a_breath_of_it_stays() -> None:
    said = array("h", bytes(8000)) + tone(500) + array("h", bytes(12000))
    cut = trimmed(said)
    assert 0.55 <= seconds(cut) <= 0.58
    assert trimmed(array("h", bytes(8000))) == array("h")
    assert trimmed(array("h")) == array("h")


@pytest.mark.parametrize("loud", [0.01, 0.1, 0.9])
def test_every_prompt_is_equally_loud(loud: float) -> None:
    made = levelled(tone(500, loud=loud))
    told = level_db(made)
    assert told is not None and abs(told + 20) < 0.3


def test_a_quiet_sound_with_one_click_is_not_clipped() -> None:
    said = tone(500, loud=0.02)
    said[2000] = 32000
    assert max(map(abs, levelled(said))) <= 32767 * 10 ** (-2 / 20) + 1
    assert level_db(array("h", bytes(800))) is None
    assert levelled(array("h", bytes(800))) == array("h", bytes(800))


def test_a_law_is_the_standards() -> None:
    """Against the same coding written by hand for the phones of the system tests."""
    assert list(from_alaw(bytes(range(256)))) == [alaw_by_hand(code) for code in range(256)]


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_what_is_coded_is_nearly_what_it_was(values: list[int]) -> None:
    samples = array("h", values)
    again = from_alaw(to_alaw(samples))
    assert all(abs(a - b) <= max(16, abs(a) / 25) for a, b in zip(samples, again, strict=True))
    assert to_alaw(again) == to_alaw(samples)


def test_mu_law_is_read() -> None:
    assert list(from_ulaw(b"\x00\x80\xff\x7f")) == [-32124, 32124, 0, 0]
