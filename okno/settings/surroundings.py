"""What a process runs with: its settings, its state directory, its secrets."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from okno.errors import OknoError
from okno.settings.model import Settings


class SecretMissing(OknoError):
    """A secret that the settings name is not there."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The settings and the state directory of a process.

    Args:
        settings: the whole of okno.yaml.
        state: the directory of private files; relative paths in the settings are below it.
    """

    settings: Settings
    state: Path

    def path(self, path: Path) -> Path:
        """Return `path`, below the state directory if it is relative."""
        return self.state / path.expanduser()

    def secret(self, ref: str) -> str:
        """Return the secret a reference names.

        Args:
            ref: "file:x" (x below the secrets directory unless absolute) or "env:X".

        Raises:
            SecretMissing: no such file or variable, it is empty or readable by others; or `ref` is neither form.
        """
        kind, _, name = ref.partition(":")
        if kind == "env" and name:
            value = os.environ.get(name, "").strip()
            if not value:
                raise SecretMissing(f"the environment variable {name} is not set")
            return value
        if kind == "file" and name:
            return _read(self.path(self.settings.paths.secrets) / Path(name).expanduser())
        raise SecretMissing("a secret is named as file:NAME or env:NAME")

    @property
    def keyring_path(self) -> Path:
        """Where the keyring is."""
        return self.path(self.settings.paths.keyring)

    @property
    def log_folder(self) -> Path:
        """Where the log files go."""
        return self.path(self.settings.paths.logs)


def default_state() -> Path:
    """Return the state directory: OKNO_STATE, else ~/.local/state/okno."""
    return Path(os.environ.get("OKNO_STATE") or "~/.local/state/okno").expanduser().resolve()


def _read(path: Path) -> str:
    # No colon after the path: our logs hide what follows "….secret:".
    try:
        if path.stat().st_mode & 0o077:
            raise SecretMissing(f"{path} is open: others may read it; do `chmod 600` on it")
        value = path.read_text("utf-8").strip()
    except FileNotFoundError:
        raise SecretMissing(f"{path} is missing: there is no such secret file") from None
    except (OSError, UnicodeError) as error:
        raise SecretMissing(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not a text file'}"
        ) from None
    if not value:
        raise SecretMissing(f"{path} holds nothing: the secret file is empty")
    return value
