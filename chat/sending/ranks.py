"""Which word about a message of ours holds when words come out of order."""

from __future__ import annotations

from chat.wire import RANK, Sent

# What a later `failed` may still take back: a mail is accepted here and refused there.
_CAN_STILL_FAIL: frozenset[Sent] = frozenset({"queued", "sending", "unknown", "sent"})
# Whatever was thought of it: he has it.
_HAS_IT: frozenset[Sent] = frozenset({"delivered", "read"})


def holds(now: Sent, told: Sent) -> bool:
    """Say whether `told`, from the channel, replaces `now`.

    A late `sent` never takes `read` back; `failed` none that he has; one that was thought failed or unknown and that he
    has after all is his.

    Args:
        now: what the message is.
        told: what its channel says of it.
    """
    if told == "failed":
        return now in _CAN_STILL_FAIL
    if now == "failed":
        return told in _HAS_IT
    return RANK[told] > RANK[now]


def highest(now: Sent, *told: Sent) -> Sent:
    """Return what a message is after several words, in whatever order they came."""
    for one in sorted(told, key=RANK.__getitem__):
        if holds(now, one):
            now = one
    return now
