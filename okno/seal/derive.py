"""One secret, many keys: each service and purpose has its own (HKDF-SHA256, RFC 5869)."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


@lru_cache(maxsize=1024)
def derive(root: bytes, service: str, purpose: str) -> bytes:
    """Return the 32-byte key of one service and purpose; knowing it tells nothing of the root or of other keys.

    Raises:
        ValueError: a name holds NUL, which would make two pairs of names look alike.
    """
    if "\x00" in service + purpose:
        raise ValueError("a service's or purpose's name holds no NUL")
    info = "\x00".join(("okno/v1", service, purpose)).encode("utf-8", "surrogatepass")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(root)
