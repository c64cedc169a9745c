"""Reading what strangers wrote: nothing that came makes a reader fall, or a database refuse what is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar, cast

_WORD = re.compile(r"[a-z][a-z0-9_.]{0,39}")
# Half a sign, and the sign that is none: no database keeps them.
_BROKEN = re.compile("[\0\ud800-\udfff]")
_Thing = TypeVar("_Thing")


def loads(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body. Raises ValueError whatever else it is, however deep."""
    try:
        tree = json.loads(raw, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(tree, dict):
        raise ValueError("not an object")
    return tree


def _refuse(constant: str) -> NoReturn:
    raise ValueError("not JSON")


def same(given: str | None, secret: str) -> bool:
    """Say whether a secret was given, in a time that tells nothing of it."""
    return given is not None and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def dig(tree: Any, *path: str | int) -> Any:
    """Return what stands at this path of objects and lists; None when nothing does."""
    for step in path:
        if isinstance(step, str) and isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(step, int) and isinstance(tree, list) and -len(tree) <= step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree


def words(value: Any, most: int = 20_000) -> str:
    """Return a text as it was written, at most so many signs; what no database keeps is replaced; "" for no text."""
    return _BROKEN.sub("\ufffd", value[:most]) if isinstance(value, str) else ""


def unbroken(thing: _Thing) -> _Thing:
    """Return the same with all that no database keeps replaced in its texts, however deep: text, dict, list, facts."""
    whole: Any = thing
    match whole:
        case str():
            whole = _BROKEN.sub("\ufffd", whole)
        case dict():
            whole = {unbroken(name): unbroken(one) for name, one in whole.items()}
        case list() | tuple():
            whole = type(whole)(unbroken(one) for one in whole)
        case _ if is_dataclass(whole) and not isinstance(whole, type):
            whole = replace(whole, **{one.name: unbroken(getattr(whole, one.name)) for one in fields(whole)})
    return cast("_Thing", whole)


def word(value: Any) -> str:
    """Return a code of the cloud's own, such as an error's or a type's; "?" when it is not such a word."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "?"


def whole(value: Any) -> int | None:
    """Return a whole number, given as one or in digits; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value, re.ASCII):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64 else None


def digits(value: Any) -> str:
    """Return an id that is a number as text; "" when it is none."""
    number = whole(value)
    return "" if number is None else str(number)


def moment(value: Any, per_second: int = 1) -> datetime | None:
    """Return a moment counted from 1970 (`per_second` 1000: in milliseconds), aware; None when it is none."""
    number = whole(value)
    if number is None or not 0 < number / per_second < 32_503_680_000:
        return None
    return datetime.fromtimestamp(number / per_second, UTC)


def objects(value: Any, most: int = 100) -> list[dict[str, Any]]:
    """Return the objects of a list, at most so many; nothing for anything else."""
    return [one for one in value[:most] if isinstance(one, dict)] if isinstance(value, list) else []


def print_of(tree: Any) -> str:
    """Return the fingerprint of a JSON value, the same however it was spelled."""
    spelled = json.dumps(tree, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()
