"""Whom a change would hurt, in a world of one queue, one operator, a call and a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.directory.harm import harm, oddities
from engine.world import Call, Entity, Operator, Request, Visit, World
from okno.settings.directory import Directory

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
OPERATOR = Operator(key="anna", title_ru="A", title_en="A", extension="1001", pbx="main", interface="PJSIP/1001")
CALL = Call(
    key="c", pbx="main", direction="inbound", channel="1", queue="lab", phase="queued", started_at=AT,
    visits=(Visit(queue="lab", joined_at=AT),),
)  # fmt: skip
REQUEST = Request(key="r", year=2026, number=1, kind="callback", status="queued", queue="lab", created_at=AT, since=AT)


def directory(**more: Any) -> Directory:
    """Two queues, one operator."""
    return Directory.model_validate({
        "queues": [{"name": name, "title": {"en": name}} for name in ("front", "lab")],
        "operators": [{"name": "anna", "title": {"en": "Anna"}, "extension": "1001", "queues": ["front"]}],
    } | more)  # fmt: skip


NO_LAB = directory(queues=[{"name": "front", "title": {"en": "front"}}])
NOBODY = directory(operators=[])
MOVED = directory(operators=[{"name": "anna", "title": {"en": "Anna"}, "extension": "1002", "queues": ["front"]}])


@pytest.mark.parametrize(("entities", "now", "words"), [
    ((), NO_LAB, []),
    ((CALL,), NO_LAB, [("queues[lab]", "queue_in_use", {"name": "lab", "callers": 1, "requests": 0})]),
    ((replace(CALL, visits=(replace(CALL.visits[0], exit="answered"),)),), NO_LAB, []),
    ((replace(CALL, ended_at=AT),), NO_LAB, []),
    ((REQUEST,), NO_LAB, [("queues[lab]", "queue_in_use", {"name": "lab", "callers": 0, "requests": 1})]),
    ((replace(REQUEST, status="done"),), NO_LAB, []),
    ((REQUEST, CALL), directory(), []),
    ((OPERATOR,), NOBODY, []),
    ((replace(OPERATOR, voice="incall"),), NOBODY, [("operators[anna]", "operator_talks", {"name": "anna"})]),
    ((OPERATOR, replace(REQUEST, status="in_progress", owner="anna")), NOBODY,
     [("operators[anna]", "operator_works", {"name": "anna", "requests": 1})]),
    ((replace(OPERATOR, voice="ringing"),), MOVED, [("operators[anna].extension", "phone_in_use", {"name": "anna"})]),
    ((replace(OPERATOR, voice="wrap_up"),), MOVED, []),
])  # fmt: skip
def test_who_would_be_hurt(
    entities: tuple[Entity, ...], now: Directory, words: list[tuple[str, str, dict[str, Any]]]
) -> None:
    found = harm(World(entities), directory(), now)
    assert [(one.path, one.word, one.more) for one in found] == words
    assert all(one.row()["message"] for one in found)


def test_what_is_allowed_and_odd() -> None:
    odd = directory(
        hours={"never": {"week": {"mon": []}}, "day": {"week": {"mon": ["08:00-20:00"]}}},
        lines=[{"number": "+79990000001", "source": {"en": "Site"}, "queue": "lab"}],
        operators=[{"name": "anna", "title": {"en": "Anna"}, "extension": "1001"}],
    )  # fmt: skip
    assert [(one.path, one.word) for one in oddities(odd)] == [
        ("hours.never", "never_open"), ("queues[1]", "nobody_answers"), ("operators[0].queues", "no_queue")
    ]
    assert oddities(directory()) == []
