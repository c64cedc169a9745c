"""Whether somebody answers, and when somebody will: by what the engine told last."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chat.widget.page import hours as module
from chat.widget.page.hours import Hours
from okno.i18n import Catalogue
from tests.chat.clinic import rules_told
from tests.fixtures import OpenDatabase

WORDS = Catalogue.load(Path(__file__).parents[4] / "chat" / "i18n")
ZONE = ZoneInfo("Asia/Yekaterinburg")


class Clock:
    """A clock that stands."""

    def __init__(self, at: str) -> None:
        self.at = datetime.fromisoformat(at).replace(tzinfo=ZONE)
        self.ticks = 0.0

    def now(self) -> datetime:
        """The moment it shows."""
        return self.at

    def monotonic(self) -> float:
        """Always long after the last look."""
        self.ticks += 100
        return self.ticks


@pytest.mark.parametrize(("at", "is_open", "opens"), [
    ("2026-11-20 12:00", True, "monday"),  # a Friday
    ("2026-11-19 23:00", False, "tomorrow at 08:00"),
    ("2026-11-19 07:12", False, "today at 08:00"),
    ("2026-11-20 23:00", False, "23.11 at 08:00"),
    ("2026-12-31 23:00", False, "04.01 at 08:00"),  # the first is a holiday, then a weekend
])  # fmt: skip
async def test_when_somebody_answers(
    database: OpenDatabase, monkeypatch: pytest.MonkeyPatch, at: str, is_open: bool, opens: str
) -> None:
    db = await database("chat")
    told = rules_told()
    await db.execute("INSERT INTO rules (version, told) VALUES (1, $1)", told.model_dump(mode="json"))
    monkeypatch.setattr(module, "clock", Clock(at))
    hours = Hours(db, WORDS)
    assert await hours.open("registry") is is_open
    if not is_open:
        assert await hours.opens("registry", "en") == opens


async def test_new_rules_hold_as_soon_as_they_are_said(database: OpenDatabase) -> None:
    db = await database("chat")
    hours = Hours(db, WORDS)
    assert await hours.open("registry") is True
    told = rules_told()
    told.document["hours"]["day"]["week"] = {}
    await db.execute("INSERT INTO rules (version, told) VALUES (1, $1)", told.model_dump(mode="json"))
    hours.heard({"what": "message"})
    assert await hours.open("registry") is True
    hours.heard({"what": "rules", "version": 1})
    assert await hours.open("registry") is False


async def test_until_the_engine_told_somebody_answers(database: OpenDatabase) -> None:
    hours = Hours(await database("chat"), WORDS)
    assert await hours.open("registry") is True


async def test_a_clinic_that_never_opens_says_no_time(database: OpenDatabase) -> None:
    db = await database("chat")
    told = rules_told()
    told.document["hours"]["day"]["week"] = {}
    await db.execute("INSERT INTO rules (version, told) VALUES (1, $1)", told.model_dump(mode="json"))
    hours = Hours(db, WORDS)
    assert (await hours.open("registry"), await hours.opens("registry", "en")) == (False, None)


async def test_with_the_database_away_what_was_known_holds(database: OpenDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    db = await database("chat")
    told = rules_told()
    told.document["hours"]["day"]["week"] = {}
    await db.execute("INSERT INTO rules (version, told) VALUES (1, $1)", told.model_dump(mode="json"))
    hours = Hours(db, WORDS)
    assert await hours.open("registry") is False
    monkeypatch.setattr(module, "clock", Clock("2026-11-19 12:00"))
    await db.close()
    assert await hours.open("registry") is False
