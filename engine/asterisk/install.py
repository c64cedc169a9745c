"""Put rendered configuration in its place: whole files, the old ones kept, everything back when one fails."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.asterisk.render import INCLUDES
from okno import clock
from okno.errors import TheirFault

BACKUPS = ".okno-backup"
# Enough to find last week's mistake; they hold passwords, so not for ever.
KEPT = 5
# Asterisk reads these only when it starts.
AT_START = frozenset({"asterisk.conf", "modules.conf"})
PARENTS = {name: name.removeprefix("okno-") for name in INCLUDES}


class CannotInstall(TheirFault):
    """Asterisk's configuration could not be written; the old one is in place."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What changed, and where the files of before are (None: there were none)."""

    changed: tuple[str, ...]
    backup: Path | None = None

    @property
    def needs_restart(self) -> bool:
        """Whether a reload is not enough."""
        return not AT_START.isdisjoint(self.changed)


def install(files: Mapping[str, str], into: Path) -> Installed:
    """Write the files that differ into Asterisk's configuration directory.

    Args: file name -> text; the directory, whose owner and group the files get. Returns what changed; nothing changed =
    nothing written. Raises CannotInstall after putting back what it had replaced.
    """
    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        changed = tuple(name for name, text in sorted(files.items()) if _text(into / name) != text)
        if not changed:
            return Installed(())
        backup = _keep(into, changed)
    except OSError as fault:
        raise CannotInstall(f"{fault.filename or into}: {fault.strerror}") from fault
    try:
        for name in changed:
            _write(into / name, files[name])
    except OSError as fault:
        _put_back(into, changed, backup)
        raise CannotInstall(f"{fault.filename or into}: {fault.strerror}; the old configuration is in place") from fault
    return Installed(changed, backup)


def take_back(done: Installed, into: Path) -> None:
    """Put the files of before an installation back in their place."""
    _put_back(into, done.changed, done.backup)


def missing_includes(etc: Path) -> list[str]:
    """The lines that an attached PBX's own files still lack, as `file: line`."""
    missing = []
    for name, parent in PARENTS.items():
        text = _text(etc / parent) or ""
        lines = {line.strip().replace('"', "") for line in text.splitlines()}
        if f"#include {name}" not in lines:
            missing.append(f"{parent}: #include {name}")
    return missing


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _keep(into: Path, changed: tuple[str, ...]) -> Path | None:
    old = [name for name in changed if (into / name).exists()]
    if not old:
        return None
    folder = into / BACKUPS / clock.now().strftime("%Y%m%dT%H%M%S.%fZ")
    folder.mkdir(parents=True, mode=0o700)
    for name in old:
        shutil.copy2(into / name, folder / name)
    for stale in sorted(path for path in (into / BACKUPS).iterdir() if path.is_dir())[:-KEPT]:
        shutil.rmtree(stale)
    return folder


def _write(path: Path, text: str) -> None:
    owner = path.parent.stat()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    # An attached PBX runs as its own user: its group may read, nobody else, for there are passwords inside.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            os.chown(draft, owner.st_uid, owner.st_gid)
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def _put_back(into: Path, changed: tuple[str, ...], backup: Path | None) -> None:
    for name in changed:
        kept = backup / name if backup is not None else None
        with contextlib.suppress(OSError):
            if kept is not None and kept.exists():
                shutil.copy2(kept, into / name)
            else:
                (into / name).unlink(missing_ok=True)
