"""One record of CEL, as `cel_custom` writes it by our mapping, older or newer (docs/attach-your-own-PBX)."""

from __future__ import annotations

import csv
import json
import re
from typing import NamedTuple

from engine.journal.parts import Unreadable

COLUMNS = 13
# How a row begins. Inside a quoted field a quote is doubled, so nothing that a caller sends can look like it.
BEGINNING = re.compile(r'"[A-Z][A-Z0-9_]{2,}","\d{9,10}\.\d+","')
# A Uniqueid or a channel's name that is longer is none: Asterisk's own limit is 149.
LONGEST_ID = 160
# Epoch seconds between 2001 and 2286: a clock may be wrong, a column that holds no time is another thing.
EARLIEST, LATEST = 1e9, 1e10


class Row(NamedTuple):
    """What became of a channel. `kind` is CEL's event, of a user event its own name; `at` epoch seconds of the PBX.

    `name` is the channel's; `application`, `data` what it runs; `peer` who else is in the bridge; `extra` CEL's JSON.
    """

    kind: str
    at: float
    uniqueid: str
    linkedid: str
    name: str
    number: str
    exten: str
    context: str
    application: str
    data: str
    extra: dict[str, str]


def parse(record: str) -> Row:
    """The row that a record holds. Raises Unreadable with what is wrong with it."""
    try:
        fields = next(csv.reader((record,), strict=True), [])
    except csv.Error:
        raise Unreadable("not CSV") from None
    if len(fields) != COLUMNS:
        raise Unreadable("wrong columns")
    kind, time, uniqueid, linkedid, name, number, exten, context, application, data, _, _, extra = fields
    try:
        at = float(time)
    except ValueError:
        raise Unreadable("no time") from None
    if not EARLIEST < at < LATEST:
        raise Unreadable("no time")
    if not kind or not uniqueid or not linkedid or max(len(uniqueid), len(linkedid), len(name)) > LONGEST_ID:
        raise Unreadable("no channel")
    return Row(
        kind, at, uniqueid, linkedid, name, number, exten, context, application, data,
        _extra(extra) if extra else {},
    )  # fmt: skip


def _extra(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("extra is not JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("extra is not JSON")
    return {str(key): value if isinstance(value, str) else str(value) for key, value in found.items()}
