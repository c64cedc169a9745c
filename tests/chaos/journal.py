"""A second opinion on the PBX's journal: which channels reached it, read as simply as possible and without the engine.

Only rows that begin and end channels are looked at. What is half written, or no row, is passed over.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

# Older and newer mappings of CEL differ in whether type and time are quoted.
ROW = re.compile(r'"?[A-Z_]+"?,"?\d+\.\d{6}"?,"')
# A row that a kill cut short has no end of line: the next one begins behind it.
BEGINS = re.compile(r'(?="[A-Z_]+","?\d+\.\d{6}"?,")|(?<![A-Z_"])(?=[A-Z_]+,\d+\.\d{6},")')
TYPE, AT, UNIQUEID, LINKEDID, NAME, NUMBER, EXTEN, CONTEXT = range(8)
TRUNK = "PJSIP/trunk-"
Direction = Literal["inbound", "outbound", "internal"]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that makes a call: somebody outside, or a phone that called a phone.

    `tail`: the last four digits of the outside party; of an internal call the two extensions, «1001-1002».
    `ended_at` is None when the journal never saw its end.
    """

    uniqueid: str
    direction: Direction
    tail: str
    started_at: datetime
    ended_at: datetime | None = None


def rows(text: str) -> list[list[str]]:
    """The whole rows of a CEL file, in order; a row is one line here, and what is cut short is none."""
    found = []
    for line in (piece for whole in text.split("\n") for piece in BEGINS.split(whole)):
        if ROW.match(line) and line.endswith('"'):
            row = next(csv.reader([line]))
            if len(row) > CONTEXT:
                found.append(row)
    return found


def channels(all_rows: Iterable[list[str]]) -> list[Channel]:
    """The channels that make calls, by their CHAN_START, in order."""
    found: dict[str, Channel] = {}
    dialled: dict[str, str] = {}
    for row in all_rows:
        uniqueid, at = row[UNIQUEID], datetime.fromtimestamp(float(row[AT]), UTC)
        if row[TYPE] == "CHAN_START":
            root = uniqueid == row[LINKEDID]
            if root:
                dialled[uniqueid] = row[EXTEN]
            made = channel(uniqueid, row[NAME], row[NUMBER], dialled.get(row[LINKEDID], ""), at, root=root)
            if made is not None:
                found[uniqueid] = made
        elif row[TYPE] in ("HANGUP", "CHAN_END") and uniqueid in found and found[uniqueid].ended_at is None:
            found[uniqueid] = replace(found[uniqueid], ended_at=at)
    return list(found.values())


def channel(uniqueid: str, name: str, number: str, dialled: str, at: datetime, *, root: bool) -> Channel | None:
    """The call a new channel makes, if it makes one.

    Args: its id, name and caller's number; what the first channel of its family dialled; whether it is that one.
    """
    if name.startswith(TRUNK):
        direction: Direction = "inbound" if root else "outbound"
        return Channel(uniqueid, direction, (number if root else dialled)[-4:], at)
    if root and name.startswith("PJSIP/") and re.fullmatch(r"[0-9]{4}", dialled):
        return Channel(uniqueid, "internal", f"{number}-{dialled}", at)
    return None


def read(files: Iterable[Path]) -> list[Channel]:
    """The channels of CEL files, the oldest file first."""
    return channels(row for file in files for row in rows(file.read_text("utf-8", "replace")))
