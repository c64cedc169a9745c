"""Reads okno.yaml and names every mistake in it as `file:line: key: message`, in plain words."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from okno.errors import OknoError
from okno.settings import marks
from okno.settings.crossings import crossings
from okno.settings.model import Settings
from okno.settings.surroundings import Runtime, default_state

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class SettingsError(OknoError):
    """The settings hold a mistake.

    `str()` gives every mistake of the file, one a line; the attributes are those of the first.

    Args:
        file: as the user named it.
        line: from 1; 0 when there is no line to name.
        key: "queues[0].ring_s"; empty when the whole file is meant.
        message: plain words.
        others: the further mistakes of the same file.
    """

    def __init__(self, file: str, line: int, key: str, message: str, others: Sequence[SettingsError] = ()) -> None:
        self.file, self.line, self.key_path, self.message, self.others = file, line, key, message, tuple(others)
        own = f"{file}:{line}: " if line else f"{file}: "
        own += f"{key}: {message}" if key else message
        super().__init__("\n".join([own, *map(str, self.others)]))


def load_settings(path: Path | None, state: Path | None = None) -> Settings:
    """Return the settings in the file at `path`, or all defaults when there is none.

    Args:
        path: the YAML file; None takes OKNO_CONFIG, and without that the defaults.
        state: not read; taken so that callers may pass what they start with.

    Raises:
        SettingsError: with every mistake found.
    """
    del state
    if path is None and os.environ.get("OKNO_CONFIG"):
        path = Path(os.environ["OKNO_CONFIG"])
    if path is None:
        return Settings()
    return parse_settings(_text(path), str(path))


def parse_settings(text: str, file: str = "okno.yaml") -> Settings:
    """Return the settings written in `text`; `file` is what mistakes are named by. Raises SettingsError."""
    try:
        marked = marks.read(text)
    except marks.NotYaml as error:
        raise SettingsError(file, error.line, "", f"this is not YAML: {error.problem}") from None
    mistakes = {(line, key_of(place), words) for place, line, words in marked.flaws}
    data = {} if marked.data is None else marked.data
    settings = None
    if not isinstance(data, dict):
        mistakes.add((1, "", "must be settings, one `key: value` a line"))
    else:
        try:
            settings = Settings.model_validate(data)
        except ValidationError as error:
            mistakes |= {(marked.line(place), key_of(place), words) for place, words in flaws_of(error)}
        mistakes |= {(marked.line(_place(key)), key, words) for key, words in crossings(data)}
    if mistakes or settings is None:
        found = [SettingsError(file, line, key, words) for line, key, words in sorted(mistakes)]
        raise SettingsError(file, found[0].line, found[0].key_path, found[0].message, found[1:])
    return settings


def runtime() -> Runtime:
    """Return the settings and state that OKNO_CONFIG and OKNO_STATE name. Raises SettingsError."""
    return Runtime(load_settings(None), default_state())


def _text(path: Path) -> str:
    try:
        return path.expanduser().read_text("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(str(path), 0, "", "there is no such file") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(str(path), line, "", "the file is not UTF-8") from None
    except OSError as error:
        raise SettingsError(str(path), 0, "", f"cannot be read: {error.strerror}") from None


def flaws_of(error: ValidationError) -> Iterator[tuple[marks.Place, str]]:
    """Yield the place of each flaw and plain words for it."""
    for flaw in error.errors(include_url=False):
        place = tuple(part for part in flaw["loc"] if part != "[key]")
        if flaw["type"] == "value_error" and not place:
            continue  # the whole's own rules: `crossings` has named each with its key
        if flaw["type"] == "invalid_key":
            place = (*place[:-1], str(place[-1]))
        yield place, _words(flaw, place)


_WORDS = {
    "missing": "must be given",
    "invalid_key": "a key must be a text; put it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text; put it in quotes",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
    "model_attributes_type": "must be a group of keys",
    "path_type": "must be a path",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "too_long": "must have no more than {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "literal_error": "must be one of {expected}",
    "value_error": "{error}",
}


def _words(flaw: ErrorDetails, place: marks.Place) -> str:
    """Say a pydantic flaw in plain words, without the value: a value may be a secret or a number."""
    context: dict[str, Any] = flaw.get("ctx") or {}
    match flaw["type"]:
        case "extra_forbidden":
            return _unknown(place)
        case "string_pattern_mismatch":
            return f"must look like {_pattern(str(context['pattern']))}"
        case kind if kind in _WORDS:
            return _WORDS[kind].format(**context)
    return flaw["msg"][:1].lower() + flaw["msg"][1:]


_PATTERNS = {
    r"^[a-z][a-z0-9_-]{0,39}$": "a short name: small Latin letters, digits, _ and -, a letter first",
    r"^[0-9]{2,6}$": "an extension: two to six digits, in quotes",
    r"^\+?[0-9]{3,15}$": "a number: three to fifteen digits, in quotes",
    r"^[0-9]{3,5}$": "an area code: three to five digits, in quotes",
    r"^[A-Z]{2}$": "a country: two capital letters",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": "a span of hours: 08:00-20:00",
}


def _pattern(pattern: str) -> str:
    return _PATTERNS.get(pattern, pattern)


def _unknown(place: marks.Place) -> str:
    """Name the key that was probably meant."""
    model: Any = Settings
    for part in place[:-1]:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            inner = model.model_fields.get(part)
            model = inner.annotation if inner else None
        model = _model_in(model)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return "there is no such setting"
    near = difflib.get_close_matches(str(place[-1]), model.model_fields, n=1)
    return f"there is no such setting; did you mean {near[0]}?" if near else "there is no such setting"


def _model_in(annotation: Any) -> Any:
    """Return the model inside list[…], dict[…, …] or … | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner)) is not None), None)


def key_of(place: marks.Place) -> str:
    """Return a place as people read it: queues[0].ring_s."""
    key = ""
    for part in place:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return key


def _place(key: str) -> marks.Place:
    return tuple(int(index) if index else name for name, index in _PART.findall(key))
