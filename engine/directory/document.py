"""A directory as plain data, always written the same way: what is kept, compared and shown."""

from __future__ import annotations

import json
from typing import Any

from okno.settings.directory import Directory

Document = dict[str, Any]
"""Section -> a list of entries, or name -> entry. In both, the order is the administrator's."""


def document_of(directory: Directory) -> Document:
    """Return the plain data of a directory: sections and entries in their order, inside an entry by name."""
    dump = directory.model_dump(mode="json")
    return {section: _section(entries) for section, entries in dump.items()}


def text_of(document: Document) -> str:
    """Return a document as the text that is kept; equal documents give equal texts."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Directory:
    """Return the directory a kept text holds; what it does not say is as today's defaults.

    Raises:
        pydantic.ValidationError: this version of Okno knows no such directory any more.
    """
    return Directory.model_validate_json(text)


def must_import(yaml: Directory, imported: Directory | None) -> bool:
    """Whether the directory of `okno.yaml` becomes a new version.

    It does when it never was one, and when the file was changed since it was last imported. Directories are compared
    as they are read today, not as they were written: a field that a new Okno adds is no change of the file.

    Args:
        yaml: what the file says.
        imported: what the file said when it was last imported.
    """
    return imported is None or text_of(document_of(yaml)) != text_of(document_of(imported))


def _section(entries: Any) -> Any:
    if isinstance(entries, dict):
        return {name: _ordered(entry) for name, entry in entries.items()}
    return [_ordered(entry) for entry in entries]


def _ordered(value: Any) -> Any:
    """The same value with every mapping inside an entry ordered by its names: there order means nothing."""
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value
