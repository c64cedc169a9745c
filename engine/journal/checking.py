"""All calls that a PBX's files tell of, read from the beginning: what `okno journal check` compares with history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from engine.journal.parts import FileName
from engine.world import Call, Entity


def calls_of(
    files: Mapping[FileName, Path], pbx: str, entities: Iterable[Entity], since: datetime, until: datetime
) -> list[Call]:
    """The calls that began in [since, until) and have ended, by the files as they and their rotated kin now are.

    Args: where Asterisk writes each of the two; name of the PBX; rows of Pbx, Operator, Line and Queue; the interval.
    """
    raise NotImplementedError
