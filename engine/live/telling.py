"""What goes to people beside the numbered patches: a notice to its operator's screens, an alert out of the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.alerting.words import Told, told_of
from engine.effects import ShowNotice, TellAlert
from engine.live.rows import Row, wire
from engine.live.screens import Screens
from engine.world import Notice, View


class Outside(Protocol):
    """What of `engine.alerting.outside.Outside` is needed here."""

    def tell(self, told: Told) -> None:
        """Take one change of an alert; never waits."""


class Telling:
    """Tells.

    Args:
        world: where notices are.
        screens: whose readers hear of them.
        outside: takes alerts.
        language: gives the clinic's language, "ru" or "en".
    """

    def __init__(self, world: View, screens: Screens, outside: Outside, language: Callable[[], str]) -> None:
        self._world, self._screens, self._outside, self._language = world, screens, outside, language

    def tell(self, effect: TellAlert | ShowNotice) -> None:
        """Begin one effect; never waits."""
        if isinstance(effect, TellAlert):
            self._outside.tell(told_of(effect, self._world, self._language()))
            return
        notice = self._world.get(Notice, effect.notice)
        row: Row = {"id": effect.notice, "seen": True} if notice is None else notice_row(notice)
        self._screens.notice(effect.operator, row)

    def unseen(self, operator: str) -> list[Row]:
        """Return the notices an operator has not read yet, the oldest first."""
        return [notice_row(one) for one in sorted(
            self._world.by(Notice, "operator", operator), key=lambda one: (one.at, one.key)
        )]  # fmt: skip


def notice_row(notice: Notice) -> Row:
    """Return a notice as its reader gets it; a text that begins with `@` is an i18n key below `notice.`."""
    return {
        "id": notice.key, "author": notice.author, "at": wire(notice.at), "text": notice.text,
        "seen": notice.seen_at is not None,
    }  # fmt: skip
