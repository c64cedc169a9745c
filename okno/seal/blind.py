"""Search without reading: a keyed fingerprint of a value, equal for equal values only (CipherSweet's blind index)."""

from __future__ import annotations

import hashlib
import hmac

from okno.seal.derive import derive

INDEX_BYTES = 16  # 128 bits: no chance collisions among a clinic's numbers, and half the size of the full HMAC


def blind(root: bytes, service: str, purpose: str, text: str) -> bytes:
    """Return the 16-byte HMAC-SHA256 of `text` under the key of this service and purpose."""
    key = derive(root, service, f"blind:{purpose}")
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:INDEX_BYTES]


def chain(root: bytes, service: str, purpose: str, data: bytes) -> bytes:
    """Return the 32-byte HMAC-SHA256 of `data`: a link of a chain nobody without the keyring can forge."""
    return hmac.new(derive(root, service, f"chain:{purpose}"), data, hashlib.sha256).digest()
