"""Patients' data at rest: sealed fields, blind indexes and the keys of both."""

from okno.seal.keyring import Keyring, KeyringBroken
from okno.seal.sealed import SealBroken, Sealer

__all__ = ["Keyring", "KeyringBroken", "SealBroken", "Sealer"]
