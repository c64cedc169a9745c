"""A sealed field: AES-256-GCM, bound to its place, naming its key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from okno.errors import OurFault
from okno.seal import blind
from okno.seal.derive import derive

_FORMAT = 1
_HEADER_BYTES = 5  # the format, then the key's id
_NONCE_BYTES = 12
_TAG_BYTES = 16


class SealBroken(OurFault):
    """A sealed field cannot be opened: it was changed or moved, or its key is not in the keyring."""


class Keys(Protocol):
    """What a sealer needs of the keyring; asked each time, so that a rotation is seen at once."""

    @property
    def active(self) -> int:
        """The id of the key that seals."""

    @property
    def roots(self) -> Mapping[int, bytes]:
        """Every key that may still open, by id."""

    @property
    def index_root(self) -> bytes:
        """The secret of blind indexes and chains; it does not change when sealing keys are rotated."""

    def refresh(self) -> bool:
        """Read the keyring again if its file changed; say whether it did."""


class Sealer:
    """Seals and opens the fields of one service.

    Args:
        keys: the keyring.
        service: whose keys these are ("engine", "web", … or "bus" for values that cross services).
    """

    def __init__(self, keys: Keys, service: str) -> None:
        self._keys = keys
        self.service = service

    def seal(self, text: str, *, table: str, column: str, row: str) -> bytes:
        """Return `text` sealed for this table, column and row; it opens nowhere else.

        Raises:
            ValueError: table or column holds a dot, which would make two places look alike.
        """
        return self.seal_bytes(text.encode("utf-8", "surrogatepass"), table=table, column=column, row=row)

    def seal_bytes(self, content: bytes, *, table: str, column: str, row: str) -> bytes:
        """Return bytes sealed for this table, column and row, as `seal` does."""
        key = self._keys.active
        header = bytes([_FORMAT]) + key.to_bytes(4, "big")
        nonce = os.urandom(_NONCE_BYTES)
        cipher = _cipher(self._keys.roots[key], self.service)
        return header + nonce + cipher.encrypt(nonce, content, _place(header, table, column, row))

    def open(self, blob: bytes, *, table: str, column: str, row: str) -> str:
        """Return the text sealed in `blob`.

        Raises:
            SealBroken: changed, moved from its place, or its key is retired or lost.
        """
        return self.open_bytes(blob, table=table, column=column, row=row).decode("utf-8", "surrogatepass")

    def open_bytes(self, blob: bytes, *, table: str, column: str, row: str) -> bytes:
        """Return the bytes sealed in `blob`. Raises SealBroken."""
        if len(blob) < _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES or blob[0] != _FORMAT:
            raise SealBroken(f"{table}.{column}: not a sealed field")
        root = self._root(self.key_of(blob))
        if root is None:
            raise SealBroken(
                f"{table}.{column}: sealed with key {self.key_of(blob):08x}, which the keyring does not hold"
            )
        header, nonce, body = (
            blob[:_HEADER_BYTES],
            blob[_HEADER_BYTES:][:_NONCE_BYTES],
            blob[_HEADER_BYTES + _NONCE_BYTES :],
        )
        try:
            return _cipher(root, self.service).decrypt(nonce, body, _place(header, table, column, row))
        except InvalidTag:
            raise SealBroken(f"{table}.{column}: the sealed field was changed or moved") from None

    def blind(self, text: str, *, purpose: str) -> bytes:
        """Return the 16-byte blind index of `text`, to be stored beside the sealed value and searched by.

        Args:
            text: the value, normalised by the caller (a number as E.164, a word case-folded).
            purpose: what is searched ("phone", "phone_last4", "word"); each has its own key.
        """
        return blind.blind(self._keys.index_root, self.service, purpose, text)

    def chain(self, data: bytes, *, purpose: str) -> bytes:
        """Return the 32-byte keyed hash of `data` for a chain (audit)."""
        return blind.chain(self._keys.index_root, self.service, purpose, data)

    def stale(self, blob: bytes) -> bool:
        """Say whether `blob` is sealed with another key than the active one and should be sealed anew."""
        return self.key_of(blob) != self._keys.active

    @staticmethod
    def key_of(blob: bytes) -> int:
        """Return the id of the key that sealed `blob`."""
        return int.from_bytes(blob[1:_HEADER_BYTES], "big")

    def _root(self, key: int) -> bytes | None:
        root = self._keys.roots.get(key)
        if root is None and self._keys.refresh():  # another process has rotated
            root = self._keys.roots.get(key)
        return root


@lru_cache(maxsize=256)
def _cipher(root: bytes, service: str) -> AESGCM:
    return AESGCM(derive(root, service, "seal"))


def _place(header: bytes, table: str, column: str, row: str) -> bytes:
    if "." in table or "." in column:
        raise ValueError("a table's or column's name holds no dot")
    return header + f"{table}.{column}.{row}".encode("utf-8", "surrogatepass")
