"""Words people see, by key and language, with the plural forms of each language (Unicode CLDR)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from okno.errors import OurFault

LANGUAGES = ("ru", "en")
DEFAULT = "ru"

Words = str | dict[str, str]


class WordsBroken(OurFault):
    """A file of words cannot be used."""


class Catalogue:
    """The words of one service. Make it with `Catalogue.load(folder)`.

    Args:
        words: by language, then by key; an entry is a text or its plural forms ("one", "few", "many", "other").
    """

    def __init__(self, words: Mapping[str, Mapping[str, Words]]) -> None:
        self._words = words

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Read ru.json, en.json … from `folder`; nested groups become keys joined by dots.

        Raises:
            WordsBroken: a file is missing or is not what it must be, or one language lacks a key of another.
        """
        words = {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}
        lacking = set(LANGUAGES) - words.keys()
        if lacking:
            raise WordsBroken(f"{folder}: there is no {sorted(lacking)[0]}.json")
        every = set().union(*words.values())
        for language, known in words.items():
            missing = sorted(every - known.keys())
            if missing:
                raise WordsBroken(
                    f"{folder}/{language}.json: {len(missing)} keys are missing, the first is {missing[0]}"
                )
        return cls(words)

    def t(self, key: str, lang: str = DEFAULT, **variables: object) -> str:
        """Return the words of `key`.

        Args:
            key: "request.status.queued".
            lang: "ru" or "en"; an unknown one gives the default.
            variables: what stands in braces; `count` chooses the plural form.

        Returns:
            The words, or the key itself when nobody wrote them: a screen shows it, a test finds it.
        """
        language = lang if lang in self._words else DEFAULT
        entry = self._words.get(language, {}).get(key)
        if entry is None:
            return key
        if isinstance(entry, dict):
            form = plural(language, variables.get("count", 0))
            entry = entry.get(form) or entry.get("other") or entry.get("many") or key
        return _Filled(variables).fill(entry)

    def keys(self, lang: str = DEFAULT) -> frozenset[str]:
        """Return every key of a language."""
        return frozenset(self._words.get(lang, {}))

    def entries(self, lang: str = DEFAULT) -> dict[str, Words]:
        """Return the words of a language by key, for a page to carry."""
        return dict(self._words.get(lang, {}))


def plural(language: str, count: object) -> str:
    """Return the CLDR plural form of `count`: one, few, many or other."""
    if isinstance(count, bool) or not isinstance(count, int | float):
        return "other"
    if language != "ru":
        return "one" if count == 1 and isinstance(count, int) else "other"
    if isinstance(count, float) and not count.is_integer():
        return "other"
    number = abs(int(count))
    if number % 10 == 1 and number % 100 != 11:
        return "one"
    if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        return "few"
    return "many"


class _Filled(dict[str, object]):
    """Variables for `format_map`: one that nobody gave stays visible in its braces."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"

    def fill(self, text: str) -> str:
        """Return `text` with the variables in their places; only plain names in braces count."""
        parts = []
        rest = text
        while "{" in rest:
            before, _, rest = rest.partition("{")
            name, closed, after = rest.partition("}")
            parts.append(before)
            if closed and name.isidentifier():
                parts.append(str(self[name]))
                rest = after
            else:
                parts.append("{")
        return "".join([*parts, rest])


def _read(path: Path) -> dict[str, Words]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WordsBroken(f"{path}: is not a file of words: {type(error).__name__}") from None
    if not isinstance(content, dict):
        raise WordsBroken(f"{path}: must be an object of keys")
    flat: dict[str, Words] = {}
    _flatten(content, "", flat, path)
    return flat


def _flatten(content: Mapping[str, Any], prefix: str, flat: dict[str, Words], path: Path) -> None:
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, str) or _is_plural(value):
            flat[name] = value
        elif isinstance(value, dict):
            _flatten(value, f"{name}.", flat, path)
        else:
            raise WordsBroken(f"{path}: {name} must be a text")


def _is_plural(value: object) -> bool:
    forms = {"zero", "one", "two", "few", "many", "other"}
    return (
        isinstance(value, dict)
        and bool(value)
        and value.keys() <= forms
        and all(isinstance(text, str) for text in value.values())
    )
