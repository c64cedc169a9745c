"""What a log says of an exception: its kind, where it was, and as much of its words as carries nobody's data."""

from __future__ import annotations

import traceback
from types import TracebackType

import asyncpg
import pydantic

from okno.errors import OknoError
from okno.logs.scrub import scrub, scrub_foreign

_DEEPEST = 12  # frames kept from the end; more says nothing new
_LONGEST = 500


def describe(error: BaseException) -> dict[str, object]:
    """Return an exception as a log field: kind, words, place and cause. Source lines and local values stay out."""
    described: dict[str, object] = {
        "kind": _kind(error),
        "words": words(error)[:_LONGEST],
        "at": _frames(error.__traceback__),
    }
    if isinstance(error, BaseExceptionGroup):
        described["inside"] = [describe(inner) for inner in error.exceptions[:5]]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        described["because"] = f"{_kind(cause)}: {words(cause)[:_LONGEST]}"
    return described


def words(error: BaseException) -> str:
    """Return what an exception says that a log may hold.

    PostgreSQL and pydantic quote the offending values, so only their codes, places and constraints are kept.
    """
    match error:
        case asyncpg.PostgresError():
            facts = {
                fact: getattr(error, fact, None)
                for fact in ("sqlstate", "table_name", "column_name", "constraint_name")
            }
            return " ".join(f"{fact}={value}" for fact, value in facts.items() if value)
        case asyncpg.InterfaceError():
            return scrub_foreign(str(error).partition(": ")[0])
        case pydantic.ValidationError():
            flaws = error.errors(include_input=False, include_url=False, include_context=False)
            return "; ".join(f"{scrub('.'.join(map(str, flaw['loc'])))}: {flaw['type']}" for flaw in flaws[:20])
        case OknoError():
            return scrub(str(error))
        case OSError() if error.strerror:
            return f"[Errno {error.errno}] {scrub_foreign(error.strerror)}"
    return scrub_foreign(_safe_str(error))


def _safe_str(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:  # an exception whose __str__ fails must still be logged
        return f"(its words cannot be read: {type(second).__name__})"


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(where: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(where)[-_DEEPEST:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-3:])
