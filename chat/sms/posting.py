"""What gateways post, whatever its form: a form in some charset, JSON; read as plain fields."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from chat.channels import Hook
from chat.clouds.reading import loads, words
from chat.hearing.facts import text

_CHARSETS = ("utf-8", "windows-1251", "koi8-r")
_MOST = 1000


def given(hook: Hook) -> dict[str, str]:
    """Return the fields of what was posted, as they were written: only a proof is made of them.

    The address a gateway was given may name a charset; nothing in it is a field. Raises ValueError when it is none of
    these forms.
    """
    if hook.raw.lstrip()[:1] in (b"{", b"["):
        return _flat(loads(hook.raw))
    raw = hook.raw.decode("latin-1")
    return dict(parse_qsl(raw, True, encoding=charset(hook), errors="replace", max_num_fields=_MOST))


def fields(posted: Mapping[str, str]) -> dict[str, str]:
    """Return fields with nothing in them that cannot be kept."""
    return {words(name): words(value) for name, value in posted.items()}


def charset(hook: Hook) -> str:
    """Return the charset the address asks for, when it is one of those that gateways write."""
    asked = hook.query.get("charset", "").lower()
    return asked if asked in _CHARSETS else "utf-8"


def _flat(tree: dict[str, object]) -> dict[str, str]:
    """Return the texts and numbers of an object and of the objects just below it."""
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat.update({inner: text(one) for inner, one in value.items() if text(one)})
        elif said := text(value):
            flat[name] = said
    return flat
