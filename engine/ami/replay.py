"""Recorded AMI bytes back into facts: the same bytes give the same facts in any chunking (P8)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.ami import wire
from engine.ami.translate import ROUTES, at_of, translate
from engine.events.facts import Fact

# A recording without timestamps still replays the same way each time.
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
CHUNK = 1 << 16


def facts(recording: Path | bytes, pbx: str = "replay", chunking: int | Iterable[int] = CHUNK) -> Iterator[Fact]:
    """The facts of a recorded stream, as the link would take them while live.

    Args:
        recording: a file of raw AMI bytes, or the bytes.
        pbx: name of the PBX in the facts.
        chunking: bytes per read, one number or one for each read in turn.

    Raises:
        OSError: the file cannot be read.
    """
    data = recording if isinstance(recording, bytes) else recording.read_bytes()
    yield from facts_of(_chunks(data, chunking), pbx)


def facts_of(chunks: Iterable[bytes | None], pbx: str) -> Iterator[Fact]:
    """The facts of a stream in pieces; None stands where it was broken: what follows does not continue a block."""
    framer = wire.Framer()
    # A recording that began after the login still has the greeting of a PBX that had long booted.
    at, logged_in = UNDATED, True
    for chunk in chunks:
        if chunk is None:
            framer, logged_in = wire.Framer(), True
            continue
        for block in framer.feed(chunk):
            name = wire.name_of(block)
            # Straight after the login it answers us and reports no boot.
            greets_us = name == b"FullyBooted" and logged_in
            logged_in = block.startswith(b"Response: Success") and b"Authentication accepted" in block
            if name not in ROUTES or greets_us:
                continue
            headers = wire.parse(block)
            at = at_of(headers, at, timedelta())
            fact = translate(pbx, name.decode(), headers, at)
            if fact is not None:
                yield fact


def _chunks(data: bytes, chunking: int | Iterable[int]) -> Iterator[bytes]:
    sizes = itertools.repeat(chunking) if isinstance(chunking, int) else itertools.cycle(tuple(chunking) or (CHUNK,))
    start = 0
    while start < len(data):
        size = max(1, next(sizes))
        yield data[start : start + size]
        start += size
