"""What is said to operators and supervisors: messages of people, alerts of figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A supervisor's message to one operator; `text` is sealed at rest. It is open until he has seen it."""

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("operator",)

    key: str
    operator: str
    author: str
    at: datetime
    text: str
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A figure past its threshold. Key: `rule` or `rule/queue`.

    `since`: when it went past (or came back, while `raised`); `raised_at`: when it had been past for long enough.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    rule: str
    queue: str = ""
    value: float = 0.0
    since: datetime
    raised_at: datetime | None = None
    back_since: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether it is shown: one that is only about to be raised is on no screen."""
        return self.raised_at is not None
