"""The closed error set: whatever a MIS does ends as one of these (reference: the MIS sheet, failure semantics).

No message holds a number, a name or a piece of an answer. `code` travels to the screen as `mis.error.<code>`.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from okno.errors import OurFault, Refused, TheirFault

ConflictKind = Literal["slot", "version", "duplicate_patient"]


class MisError(TheirFault):
    """The MIS did not do what was asked."""

    code: ClassVar[str] = "unavailable"
    # Whether asking again soon can help, without anybody doing anything.
    passing: ClassVar[bool] = False


class NotFound(MisError):
    """The MIS has no such thing."""

    code = "not_found"


class Ambiguous(MisError):
    """Several fit where one was meant.

    Args:
        count: how many.
    """

    code = "ambiguous"

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"{count} fit where one was meant")


class Conflict(MisError):
    """Somebody was faster, or what was seen has changed.

    Args:
        kind: what is in conflict.
        current: the version that stands, where the MIS says.
    """

    code = "conflict"

    def __init__(self, kind: ConflictKind, current: str = "") -> None:
        self.kind, self.current = kind, current
        super().__init__(f"conflict: {kind}")


class Invalid(MisError):
    """The MIS refuses what was sent.

    Args:
        fields: names of what it does not take, if it says.
    """

    code = "invalid"

    def __init__(self, *fields: str) -> None:
        self.fields = fields
        super().__init__("the MIS refuses what was sent" + (f": {', '.join(fields)}" if fields else ""))


class Unauthenticated(MisError):
    """The MIS does not know us (any more)."""

    code = "unauthenticated"


class Forbidden(MisError):
    """The MIS does not let us."""

    code = "forbidden"


class RateLimited(MisError):
    """The MIS asks us to wait.

    Args:
        retry_after_s: seconds; 0 when it does not say.
    """

    code = "rate_limited"
    passing = True

    def __init__(self, retry_after_s: float = 0.0) -> None:
        self.retry_after_s = retry_after_s
        super().__init__()


class Unavailable(MisError):
    """The MIS is not there, or says that it cannot."""

    code = "unavailable"
    passing = True


class DeadlineExceeded(MisError):
    """The MIS did not answer in time; only reads end so, a write ends as OutcomeUnknown."""

    code = "deadline"
    passing = True


class Malformed(MisError):
    """The MIS answered something that is no answer.

    Args:
        sample_hash: the beginning of a hash of it, to tell one kind of nonsense from another.
    """

    code = "malformed"

    def __init__(self, sample_hash: str = "") -> None:
        self.sample_hash = sample_hash
        super().__init__(f"the MIS answered nonsense ({sample_hash})" if sample_hash else None)


class OutcomeUnknown(MisError):
    """Whether the MIS did it is not known: looked for by our key, never repeated blindly (P2).

    Args:
        ours: the key which the thing would bear.
    """

    code = "unknown"

    def __init__(self, ours: str) -> None:
        self.ours = ours
        super().__init__()


class NotOffered(OurFault):
    """A connector was asked for what its capabilities do not name."""


class NotConnected(Refused):
    """No MIS is connected."""

    key = "mis.error.not_configured"
