"""Passwords: argon2id in a thread of its own, and which passwords are too weak to take.

Lengths are ASVS 5.0 6.2.1 and 6.2.9: at least 8 characters, more than 64 allowed, never cut; no rules of composition
(6.2.5). Words of the place (clinic's name, login) with a year after them are refused (6.2.11), as are common ones.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type

from okno.errors import Refused

MIN_LENGTH = 8
# Beyond this an argon2 call would be an attacker's way to burn our time; no password manager makes longer ones.
MAX_LENGTH = 1024
# 64 MiB and three passes take 150 ms on one core of the machine we measure on (argon2-cffi's own defaults: 765 ms
# there, when this was first measured). RFC 9106's second choice with one lane, as each log-in has one thread.
_TIME_COST, _MEMORY_KIB, _LANES = 3, 64 * 1024, 1
# Two at once: the start of a shift is forty log-ins within a minute, and the event loop needs a core too.
_THREADS = 2
# What must remain of a password once the words everybody would try are taken out of it.
_OWN_CHARACTERS = 6


class WeakPassword(Refused):
    """The password is too weak."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether its hash should be made anew with today's cost."""

    right: bool
    stale: bool = False


class Passwords:
    """Hashes and checks passwords without holding up the event loop."""

    def __init__(self, time_cost: int = _TIME_COST, memory_kib: int = _MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=_LANES, hash_len=32, salt_len=16, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(_THREADS, "argon2")
        # Checked when nobody has the login, so that an unknown name costs the same time as a wrong password.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(24))

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of `password`, in the PHC form that names its own parameters."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def check(self, stored: str | None, password: str) -> Verdict:
        """Compare in constant time.

        Args:
            stored: the PHC string, or None when there is no such account; that takes as long and is always wrong.
            password: as typed; longer than MAX_LENGTH is wrong at the usual price.
        """
        too_long = len(password) > MAX_LENGTH
        verdict = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._check, stored or self._nobody, password[:MAX_LENGTH]
        )
        return Verdict(False) if stored is None or too_long else verdict

    def close(self) -> None:
        """Let the threads go; what they compute now is finished."""
        self._threads.shutdown(wait=False)

    def _check(self, stored: str, password: str) -> Verdict:
        try:
            self._hasher.verify(stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return Verdict(False)
        return Verdict(True, self._hasher.check_needs_rehash(stored))


def generate() -> str:
    """Return a password of 20 random letters, digits, - and _ (120 bits)."""
    return secrets.token_urlsafe(15)


def refuse_weak(password: str, context: Iterable[str] = ()) -> None:
    """Raise WeakPassword, with its reason, when `password` must not be taken.

    Args:
        password: as typed.
        context: the login, the person's and the clinic's names; their words count for nothing in a password.
    """
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"the password must have at least {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"the password must have at most {MAX_LENGTH} characters")
    folded = password.casefold()
    common, words = _lists()
    if folded in common or len(set(folded)) < 4:
        raise WeakPassword("this password is among the first that anybody tries")
    known = {word for text in context for word in re.findall(r"\w{3,}", text.casefold())} | words
    rest = folded
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    rest = re.sub(r"(?:19|20)\d\d|[\W_]", "", rest)
    if rest != re.sub(r"[\W_]", "", folded) and len(rest) < _OWN_CHARACTERS:
        raise WeakPassword("this password is made of the clinic's or the person's own words")


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    text = files("web.accounts").joinpath("weak_passwords.json").read_text("utf-8")
    lists = json.loads(text)
    return frozenset(lists["common"]), frozenset(lists["words"])
