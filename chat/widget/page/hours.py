"""Whether somebody answers a site's visitors just now, and when somebody will: from what the engine told last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chat.ruling.rules import Book
from okno import clock
from okno.database import Database, DatabaseDown
from okno.i18n import Catalogue

_FRESH_S = 60.0
_AHEAD_DAYS = 14
_STEP = timedelta(minutes=5)


class Hours:
    """Looks it up.

    Args:
        database: of `chat`.
        words: names of days.
    """

    def __init__(self, database: Database, words: Catalogue) -> None:
        self._database, self._words = database, words
        self._book, self._read_at = Book(), clock.monotonic() - _FRESH_S
        self._opens: dict[tuple[str, datetime], datetime | None] = {}

    def heard(self, said: Mapping[str, Any]) -> None:
        """Read the rules again once the engine has told new ones, or that may have been missed."""
        if said["what"] in ("rules", "begun"):
            self._read_at = clock.monotonic() - _FRESH_S

    async def book(self) -> Book:
        """Return the rules; with the database away, those read last."""
        if clock.monotonic() - self._read_at >= _FRESH_S:
            try:
                told = await self._database.fetchval("SELECT told FROM rules")
            except DatabaseDown:
                return self._book
            book = Book.of(told) if told else Book()
            if book != self._book:
                self._opens.clear()
            self._book, self._read_at = book, clock.monotonic()
        return self._book

    async def open(self, queue: str) -> bool:
        """Say whether somebody answers; until the engine told its rules, somebody does."""
        return (await self.book()).is_open(queue, clock.now())

    async def opens(self, queue: str, language: str) -> str | None:
        """Return in words when somebody will answer next ("tomorrow at 08:00"); None within two weeks never."""
        book = await self.book()
        now = clock.now().replace(second=0, microsecond=0)
        now -= timedelta(minutes=now.minute % 5)
        if len(self._opens) > 100:
            self._opens.clear()
        if (queue, now) not in self._opens:
            self._opens[queue, now] = _next(book, queue, now)
        at = self._opens[queue, now]
        if at is None:
            return None
        zone = ZoneInfo(book.zone)
        days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
        key = "widget.opens.today" if days == 0 else "widget.opens.tomorrow" if days == 1 else "widget.opens.day"
        local = at.astimezone(zone)
        return self._words.t(key, language, day=local.strftime("%d.%m"), time=local.strftime("%H:%M"))


def _next(book: Book, queue: str, now: datetime) -> datetime | None:
    """Hours are written to the minute, and in practice to five."""
    steps = int(timedelta(days=_AHEAD_DAYS) / _STEP)
    return next((at for n in range(1, steps) if book.is_open(queue, at := now + n * _STEP)), None)
