"""Where one Asterisk writes its journal, as seen on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engine.asterisk.layout import DEBIAN, installed
from engine.journal.parts import FileName
from okno.settings import PbxSettings, Runtime

FILES: dict[FileName, str] = {"cel": "cel-custom/okno.csv", "queue_log": "queue_log"}


def files_of(runtime: Runtime, pbx: PbxSettings) -> dict[FileName, Path]:
    """Return the journal's files: those of the settings, else those in the directory this Asterisk logs to.

    Empty for a PBX whose directory is neither named nor found here: it is on another machine, or not told.
    """
    told: dict[FileName, Path | None] = {"cel": pbx.journal.cel, "queue_log": pbx.journal.queue_log}
    folder = _log_folder(runtime, pbx)
    found: dict[FileName, Path] = {}
    for file, name in FILES.items():
        path = told[file]
        if path is not None:
            found[file] = runtime.path(path)
        elif folder is not None:
            found[file] = folder / name
    return found if len(found) == len(FILES) else {}


def unreadable(files: Mapping[FileName, Path]) -> str | None:
    """Say in one line which file cannot be read here, and why; None when all can or are still to be written."""
    for path in files.values():
        if path.exists():
            if not os.access(path, os.R_OK):
                return f"{path} cannot be read: permission denied"
        elif not path.parent.is_dir():
            return f"{path.parent} is not there: Asterisk's journal is written elsewhere, or on another machine"
        elif not os.access(path.parent, os.R_OK | os.X_OK):
            return f"{path.parent} cannot be read: permission denied"
    return None


def _log_folder(runtime: Runtime, pbx: PbxSettings) -> Path | None:
    if pbx.managed:
        return runtime.state / "pbx" / pbx.name / "log"
    if pbx.config_dir is None:  # attached and not told: where Debian's Asterisk logs, if it writes our file there
        folder = Path(DEBIAN.log)
        return folder if (folder / FILES["cel"]).parent.is_dir() else None
    conf = pbx.config_dir / "asterisk.conf"
    layout = installed(conf.read_text("utf-8", "replace")) if conf.is_file() else DEBIAN
    folder = Path(layout.log)
    return folder if folder.is_dir() else None
