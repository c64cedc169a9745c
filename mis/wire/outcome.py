"""What an answer that fails leaves behind: nothing done, or nobody knows."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable
from typing import TypeVar

from mis.terms import Context, DeadlineExceeded, MisError, OutcomeUnknown, Unavailable

Value = TypeVar("Value")


async def before(looking: Awaitable[Value]) -> Value:
    """Look before a write: when there is no answer in time, nothing was done, and that is what is told."""
    try:
        return await looking
    except DeadlineExceeded:
        raise Unavailable from None


async def after(ctx: Context, looking: Awaitable[Value]) -> Value:
    """Look after a write: when that fails, what was written is not known to stand."""
    try:
        return await looking
    except MisError:
        raise OutcomeUnknown(ctx.key) from None


def lost(ctx: Context, *, sent: bool) -> MisError:
    """Return what a write that got no answer ends as: unknown, once it was sent."""
    return OutcomeUnknown(ctx.key) if sent else Unavailable()


def sample(content: bytes) -> str:
    """Return the beginning of a hash: tells one nonsense from another, and nothing of what it says."""
    return hashlib.sha256(content).hexdigest()[:12]
