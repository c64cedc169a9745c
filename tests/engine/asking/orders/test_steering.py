"""What supervisors do to operators is written down before it is done, or not done."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from engine import events as ev
from engine.asking.orders.steering import noted
from okno.database import DatabaseDown
from tests.engine.clinic import at

BOSS = {"at": at(0), "command": "c", "actor": "boss", "role": "supervisor", "operator": "yashina"}


class Audit:
    """Keeps what it is told; `away` = the database is."""

    def __init__(self, away: bool = False) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.away = away

    async def about(self, who: Any, action: str, subject: str, *, details: dict[str, Any]) -> None:
        """Keep it."""
        if self.away:
            raise DatabaseDown
        self.rows.append((who.actor, who.role, action, subject, details))


@pytest.mark.parametrize(
    ("asked", "details"),
    [
        (
            ev.PresenceAsked(**BOSS, presence="break", reason="lunch", target="orlova"),
            {"presence": "break", "reason": "lunch", "phone": ""},
        ),
        (ev.QueuesAsked(**BOSS, target="orlova", queues=("front",)), {"queues": ["front"]}),
        (ev.QueuesAsked(**BOSS, target="orlova"), {"queues": None}),
        (ev.SkillsAsked(**BOSS, target="orlova", skills=(("english", 3),)), {"skills": {"english": 3}}),
        (ev.SkillsAsked(**BOSS, target="orlova"), {"skills": None}),
    ],
)
async def test_who_did_what_to_whom(asked: Any, details: dict[str, Any]) -> None:
    audit = Audit()
    assert await noted(audit, asked) is True  # type: ignore[arg-type]
    assert audit.rows == [("boss", "supervisor", "operator.steer", "orlova", details)]
    assert await noted(Audit(away=True), asked) is False  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["listen", "whisper", "barge"])
async def test_whose_talk_is_heard_is_written_down_before_it_is_heard(how: str) -> None:
    audit = Audit()
    asked = ev.SpyAsked(**BOSS, target="orlova", how=how)
    assert await noted(audit, asked) is True  # type: ignore[arg-type]
    assert audit.rows == [("boss", "supervisor", "call.spy", "orlova", {"how": how})]
    assert await noted(Audit(away=True), asked) is False  # type: ignore[arg-type]


async def test_what_one_says_of_oneself_is_no_steering() -> None:
    audit = Audit(away=True)
    own = ev.PresenceAsked(**BOSS, presence="available")
    for asked in (own, dataclasses.replace(own, target="yashina"), ev.TakeAsked(**BOSS, request="r")):
        assert await noted(audit, asked) is True  # type: ignore[arg-type]
