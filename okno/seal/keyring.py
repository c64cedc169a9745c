"""The file of keys: one seals, all open, retired ones are gone. Never in the database, the repo or a backup of data."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from okno import clock, logs
from okno.errors import OknoError
from okno.files import write_private
from okno.seal.derive import KEY_BYTES
from okno.seal.sealed import Sealer

log = logs.get(__name__)

_LOOK_S = 1.0  # how often a running process looks whether another has rotated; one stat() call


class KeyringBroken(OknoError):
    """The keyring cannot be used."""


class Keyring:
    """All keys of an installation. Make one with `create` or `load`.

    Args:
        path: the JSON file, mode 0600.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._active = 0
        self._roots: dict[int, bytes] = {}
        self._made: dict[int, str] = {}
        self._index_root = b""
        self._stamp: tuple[int, int] | None = None
        self._looked_at = clock.monotonic()

    @classmethod
    def create(cls, path: Path) -> Self:
        """Write a new keyring with one key.

        Raises:
            KeyringBroken: there is a file already (it is never overwritten), or it cannot be written.
        """
        ring = cls(path)
        if path.exists():
            raise KeyringBroken(f"{path}: there is a keyring already; it is never overwritten")
        ring._index_root = secrets.token_bytes(KEY_BYTES)
        ring._add_key()
        ring._save()
        return ring

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the keyring.

        Raises:
            KeyringBroken: missing, readable by others, or damaged; one clear line says which.
        """
        ring = cls(path)
        ring._read()
        return ring

    @property
    def active(self) -> int:
        """The id of the key that seals; a rotation made by another process is followed within a second."""
        if clock.monotonic() - self._looked_at >= _LOOK_S:
            self.refresh()
        return self._active

    @property
    def roots(self) -> Mapping[int, bytes]:
        """Every key that may still open, by id."""
        return MappingProxyType(self._roots)

    @property
    def index_root(self) -> bytes:
        """The secret of blind indexes and chains; rotation leaves it alone: no index is made anew."""
        return self._index_root

    def sealer(self, service: str) -> Sealer:
        """Return the sealer of one service; "bus" is for values that cross services."""
        return Sealer(self, service)

    def rotate(self) -> int:
        """Make a new sealing key and return its id; the older ones go on opening."""
        self._add_key()
        self._save()
        return self._active

    def retire(self, key: int) -> None:
        """Drop a key: what is still sealed with it is lost for good.

        Raises:
            KeyringBroken: it is the active key, or there is no such key.
        """
        if key == self._active or key not in self._roots:
            raise KeyringBroken(
                f"{self.path}: key {key:08x} is {'the active one' if key == self._active else 'not there'}"
            )
        del self._roots[key], self._made[key]
        self._save()

    def refresh(self) -> bool:
        """Read the file again if it changed since; return whether other keys were read.

        The keys in memory stay good while the file is away or damaged: a running clinic goes on, and the log says so.
        """
        self._looked_at = clock.monotonic()
        try:
            stamp = _stamp(self.path)
            if stamp == self._stamp:
                return False
            self._stamp = stamp  # said once for each change
            self._read()
        except OSError:
            return False
        except KeyringBroken as error:
            log.error("keyring_broken", extra={"reason": str(error)})
            return False
        return True

    def __repr__(self) -> str:
        """Show the keys' ids, never the keys."""
        return f"Keyring({str(self.path)!r}, active={self._active:08x}, keys={len(self._roots)})"

    def _add_key(self) -> None:
        key = secrets.randbelow(2**32 - 1) + 1
        while key in self._roots:
            key = secrets.randbelow(2**32 - 1) + 1
        self._roots[key] = secrets.token_bytes(KEY_BYTES)
        self._made[key] = clock.now().isoformat(timespec="seconds")
        self._active = key

    def _save(self) -> None:
        content = {
            "version": 1,
            "active": f"{self._active:08x}",
            "index": _written(self._index_root),
            "keys": {f"{key:08x}": _written(root) | {"made_at": self._made[key]} for key, root in self._roots.items()},
        }
        try:
            write_private(self.path, json.dumps(content, indent=2) + "\n")
            self._stamp = _stamp(self.path)
        except OSError as error:
            raise KeyringBroken(f"{self.path}: cannot be written: {error.strerror}") from None

    def _read(self) -> None:
        try:
            mode = self.path.stat().st_mode
            text = self.path.read_text("ascii")
            self._stamp = _stamp(self.path)
        except FileNotFoundError:
            advice = "put back its copy, or make the first one with `okno keys init`"
            raise KeyringBroken(f"{self.path}: there is no keyring; {advice}") from None
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not a text file"
            raise KeyringBroken(f"{self.path}: cannot be read: {reason}") from None
        if os.name == "posix" and mode & 0o077:
            raise KeyringBroken(f"{self.path}: others may read it; do `chmod 600` on it")
        try:
            content = json.loads(text)
            active = int(content["active"], 16)
            index_root = _unwritten(content["index"])
            roots = {int(key, 16): _unwritten(entry) for key, entry in content["keys"].items()}
            made = {int(key, 16): str(entry["made_at"]) for key, entry in content["keys"].items()}
            if content["version"] != 1 or active not in roots:
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            raise KeyringBroken(f"{self.path}: the keyring is damaged; put back its copy") from None
        self._active, self._roots, self._made, self._index_root = active, roots, made, index_root


def _written(root: bytes) -> dict[str, str]:
    return {"secret": base64.b64encode(root).decode(), "check": _check(root)}


def _unwritten(entry: Mapping[str, str]) -> bytes:
    root = base64.b64decode(entry["secret"], validate=True)
    if len(root) != KEY_BYTES or _check(root) != entry["check"]:
        raise ValueError
    return root


def _check(root: bytes) -> str:
    """Return a fingerprint that tells a damaged key from a good one and says nothing of the key."""
    return hashlib.sha256(b"okno/check" + root).hexdigest()[:16]


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino
