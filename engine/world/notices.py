"""What is said to operators and supervisors: messages of people, alerts of figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from okno.ids import uuid7_of


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


def notice_of(what: str, *, operator: str, author: str, at: datetime, command: str) -> Notice:
    """Return the notice by which an operator learns what was done to him: `what` is an i18n key below `notice.`.

    Whoever yields it yields `ShowNotice(notice=notice.key, operator=operator)` after it. A text that begins with `@`
    is such a key; nobody's own words begin so (`engine.queues.notices`).
    """
    return Notice(
        key=str(uuid7_of(at, "notice", command, operator)), operator=operator, author=author, at=at, text=f"@{what}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A figure past its threshold. Key: `rule` or `rule/queue`.

    `since`: when it went past; `raised_at`: when it had been past for long enough; `back_since`: since when it is back,
    while it is still raised. `value` is the figure's when it was raised.
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
