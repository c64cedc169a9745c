"""Whom a cloud is trusted by: the Russian Trusted Root CA and its Sub CA for MAX, and for nobody else."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

from cryptography import x509

RUSSIAN = Path(__file__).parent / "russian_trusted.pem"


class NotTrusted(ValueError):
    """The file of authorities cannot be read, or holds none."""


def context(authorities: Path) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities and those of a PEM file. Raises NotTrusted."""
    made = ssl.create_default_context()
    try:
        made.load_verify_locations(cafile=str(authorities))
    except (OSError, ssl.SSLError):
        raise NotTrusted(f"{authorities} is not a PEM file of authorities") from None
    return made


def ends(authorities: Path) -> datetime:
    """Return when the first of a PEM file's authorities expires. Raises NotTrusted."""
    try:
        return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(authorities.read_bytes()))
    except (OSError, ValueError):
        raise NotTrusted(f"{authorities} is not a PEM file of authorities") from None
