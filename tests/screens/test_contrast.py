"""The contrast of every pair of colours the screens use, computed from tokens.css (WCAG 2.2: 1.4.3, 1.4.11)."""

import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "web" / "static" / "css" / "tokens.css").read_text("utf-8")
PAIRS = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)
COLOURS = {theme: {name: pair[index] for name, *pair in PAIRS} for index, theme in enumerate(("light", "dark"))}
TONES = ("accent", "talk", "ok", "warn", "danger", "wrap", "idle")
DEPTHS = ("canvas", "surface", "sunken")

TEXT = [
    *product(("ink", "ink-2", "ink-3"), DEPTHS), *((tone, f"{tone}-ground") for tone in TONES),
    *product(TONES, ("surface", "canvas")), ("on-accent", "accent"), ("on-danger", "danger"), ("ink", "accent-ground"),
    ("ink-2", "accent-ground"), ("ink-2", "ok-ground"), ("ink", "ok-ground"), ("surface", "ok"),
]
SHAPES = [*product(("line-strong",), DEPTHS), *product(("accent",), DEPTHS), ("danger", "accent-ground"), ("ink", "sunken")]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", COLOURS)
def test_text_is_readable(theme: str) -> None:
    colours = COLOURS[theme]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXT}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", COLOURS)
def test_borders_and_rings_are_visible(theme: str) -> None:
    colours = COLOURS[theme]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in SHAPES}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_every_colour_has_both_themes() -> None:
    assert len(PAIRS) >= 24
    assert COLOURS["light"].keys() == COLOURS["dark"].keys()
