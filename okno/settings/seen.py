"""The last directory the engine told of, kept in the state directory: what a helper knows while the engine is away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from okno.files import write_private
from okno.settings.changing import changed
from okno.settings.directory import Directory
from okno.settings.surroundings import Runtime

FILE = "directory.json"
_TOLD = 5


def keep(runtime: Runtime, version: int, document: Mapping[str, Any]) -> None:
    """Remember a version of the directory, readable by us alone.

    Args:
        runtime: with the settings of `okno.yaml`.
        version: of the directory.
        document: as the engine gave it.

    Raises:
        OSError: it cannot be written.
    """
    record = {"version": version, "document": document, "yaml": runtime.settings.directory.model_dump(mode="json")}
    write_private(runtime.state / FILE, json.dumps(record, ensure_ascii=False))


def lately(runtime: Runtime) -> tuple[Runtime, int]:
    """Return what was remembered last: the settings with that directory, and its version.

    As at the engine, `okno.yaml` wins when it was changed since; then, and when nothing is remembered or what is fits
    the settings no more, it is the runtime as it is and version 0.

    Args:
        runtime: with the settings of `okno.yaml`.
    """
    version, document = _remembered(runtime)
    settings = changed(runtime.settings, document)[0] if version else None
    return (runtime, 0) if settings is None else (replace(runtime, settings=settings), version)


def misfit(runtime: Runtime) -> str:
    """Return why the version remembered last does not fit the rest of `okno.yaml`; empty when it does, or none is.

    Args:
        runtime: with the settings of `okno.yaml`.
    """
    version, document = _remembered(runtime)
    flaws = changed(runtime.settings, document)[1] if version else []
    words = "; ".join(f"{key}: {text}" for key, text in flaws[:_TOLD])
    return f"version {version}, the last one seen here, does not fit okno.yaml: {words}" if flaws else ""


def _remembered(runtime: Runtime) -> tuple[int, Any]:
    """The version and its document; 0 when there is none, or the YAML's own was changed since."""
    try:
        record = json.loads((runtime.state / FILE).read_text("utf-8"))
        yaml = Directory.model_validate(record["yaml"])
        version, document = int(record["version"]), record["document"]
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return 0, None
    same = yaml.model_dump_json() == runtime.settings.directory.model_dump_json()
    return (version, document) if same else (0, None)
