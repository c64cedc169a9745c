"""What a draft of the directory says of flows. It may be wrong in any way: nothing in it is relied upon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from engine.ivr.checking import There, check
from okno import hours
from okno.settings.directory import Holiday, Hours

Row = dict[str, Any]


def named(document: dict[str, Any], section: str) -> dict[str, Any]:
    """Return a section of names and entries; empty when it is none."""
    found = document.get(section)
    return found if isinstance(found, dict) else {}


def flaws_of(document: dict[str, Any], addresses: Iterable[str]) -> dict[str, list[Row]]:
    """Return the flaws of every flow of a draft: name -> [{step, field, word, message, more, level}].

    Args:
        document: the draft.
        addresses: the names of `engine.http`.
    """
    there = There.drafted(document, addresses)
    return {name: [flaw.row() for flaw in check(raw, there)] for name, raw in named(document, "flows").items()}


def is_open(document: dict[str, Any], name: str, at: datetime) -> bool:
    """Whether hours of a draft are open at a clinic-local moment; a holiday is as it says, no hours are always."""
    if not name:
        return True
    try:
        week = Hours.model_validate(named(document, "hours").get(name))
        holidays = document.get("holidays")
        for raw in holidays if isinstance(holidays, list) else []:
            if isinstance(raw, dict) and raw.get("day") == at.date().isoformat():
                spans = Holiday.model_validate(raw).spans
                return any(begin <= at.hour * 60 + at.minute < end for begin, end in map(hours.minutes, spans))
    except ValidationError:
        return True
    zone = str(at.tzinfo or "UTC")
    return hours.is_open(week, at, zone)
