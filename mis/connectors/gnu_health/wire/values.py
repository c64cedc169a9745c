"""Values as Tryton's JSON has them: moments are UTC without saying so, numbers with a point are words.

Source: trytond/protocols/jsonrpc.py of Tryton 7.0.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def encoded(value: Any) -> Any:
    """Return a value as it is sent; a naive moment is refused: it has no meaning."""
    match value:
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a moment without a zone")
            at = value.astimezone(UTC)
            return {
                "__class__": "datetime", "year": at.year, "month": at.month, "day": at.day, "hour": at.hour,
                "minute": at.minute, "second": at.second, "microsecond": at.microsecond,
            }  # fmt: skip
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case dict():
            return {name: encoded(one) for name, one in value.items()}
        case list() | tuple():
            return [encoded(one) for one in value]
    return value


def decoded(value: dict[str, Any]) -> Any:
    """Return what an object of Tryton's JSON means, for `json.loads`. Raises ValueError, KeyError, TypeError."""
    match value.get("__class__"):
        case "datetime":
            return datetime(
                value["year"], value["month"], value["day"],
                value["hour"], value["minute"], value["second"], value["microsecond"], UTC,
            )  # fmt: skip
        case "date":
            return date(value["year"], value["month"], value["day"])
        case "Decimal":
            return Decimal(value["decimal"])
    return value
