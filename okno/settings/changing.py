"""Another directory for the same settings: checked by the words and keys of the YAML's own checker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from okno.settings.crossings import crossings
from okno.settings.directory import Directory
from okno.settings.load import flaws_of, key_of
from okno.settings.model import Settings

Flaw = tuple[str, str]

# Nobody mends more at once.
MOST_FLAWS = 200


def changed(settings: Settings, document: object) -> tuple[Settings | None, list[Flaw]]:
    """Return the settings with the directory of a document, or None and every mistake of the document.

    Args:
        settings: of this machine.
        document: plain data, the sections named as in `okno.yaml`.

    Returns:
        The settings, and (key, words) of each mistake, ordered by key: "operators[3].extension", "is given twice"; the
        first MOST_FLAWS of them.
    """
    if not isinstance(document, Mapping):
        return None, [("", "must be settings, one `key: value` a line")]
    strange = [key for key in document if key not in Directory.model_fields]
    flaws: set[Flaw] = {(str(key), "is no part of the directory") for key in strange}
    document = {key: value for key, value in document.items() if key not in strange}
    directory = None
    try:
        directory = Directory.model_validate(document)
    except ValidationError as error:
        flaws |= {(key_of(place), words) for place, words in flaws_of(error)}
    rest: dict[str, Any] = settings.model_dump(exclude=set(Directory.model_fields))
    flaws |= set(crossings({**rest, **document}))
    if directory is None or flaws:
        return None, sorted(flaws)[:MOST_FLAWS]
    return settings.with_directory(directory), []
