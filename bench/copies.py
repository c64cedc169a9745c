"""The recorded run (tests/engine/recorded) again and again: each copy later, of other channels and other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

RECORDED = Path(__file__).parents[1] / "tests/engine/recorded"
CALLS = 19
# A copy lasts some ten seconds and has less than a hundred channels.
APART_S, SERIALS = 12, 100
ID = re.compile(r"bench-(\d{10})\.(\d+)")
CEL_TIME = re.compile(r'(?<=",")(\d{10})(?=\.\d+",")')
LOG_TIME = re.compile(r"^(\d{10})(?=\|)", re.MULTILINE)
NUMBER = re.compile(r"\+7999000(\d{4})")
BRIDGE = re.compile(r"\b[0-9a-f]{8}(?=-[0-9a-f]{4}-)")
CHANNEL = re.compile(r"(?<=-)[0-9a-f]{8}\b(?!-)")


def journal(copies: int, ends: float) -> Iterator[tuple[str, str]]:
    """CEL and queue_log of each copy; the last copy begins some `APART_S` seconds before the epoch second `ends`."""
    cel = (RECORDED / "mix.cel.csv").read_text("utf-8")
    log = "".join(
        line for line in (RECORDED / "mix.queue_log").read_text("utf-8").splitlines(keepends=True)
        if "QUEUESTART" not in line
    )  # fmt: skip
    first = int(CEL_TIME.search(cel)[1])  # type: ignore[index]
    for copy in range(copies):
        shift = int(ends) - (copies - copy + 1) * APART_S - first
        yield copied(cel, CEL_TIME, shift, copy), copied(log, LOG_TIME, shift, copy)


def copied(text: str, time: re.Pattern[str], shift: int, copy: int) -> str:
    """One copy of a text, its ids and times moved."""
    text = time.sub(lambda found: str(int(found[1]) + shift), text)
    text = ID.sub(lambda found: f"branch-{int(found[1]) + shift}.{int(found[2]) + copy * SERIALS}", text)
    text = NUMBER.sub(lambda found: f"+7999{copy % 1000:03d}{found[1]}", text)
    text = BRIDGE.sub(f"{copy:08x}", text)
    return CHANNEL.sub(lambda found: f"{int(found[0], 16) + copy * SERIALS & 0xFFFFFFFF:08x}", text)
