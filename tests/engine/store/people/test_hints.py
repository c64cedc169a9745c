"""Hints in a real PostgreSQL: versions kept, nobody's words overwritten unseen, every change in the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from engine.store.people.hints import Hint, HintStore
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring


@pytest.fixture
async def trail(database: Callable[..., Awaitable[Database]], keyring: Keyring) -> AuditTrail:
    """The audit beside the hints."""
    return AuditTrail(await database("engine"), keyring.sealer("engine"))


@pytest.fixture
def store(trail: AuditTrail) -> HintStore:
    """An empty store."""
    return HintStore(trail._database, trail)


def hint(**fields: object) -> Hint:
    given = {"id": str(uuid4()), "version": 0, "title": "Prices", "text": "Ask first.", "actor": "zimina", "queues": ("main",)}
    return Hint(**(given | fields))  # type: ignore[arg-type]


async def test_from_the_first_word_to_its_removal_and_back(store: HintStore, trail: AuditTrail) -> None:
    assert (await store.all(), await store.revision()) == ([], 0)
    one = hint(lines=("+73430000001",), topic="money")
    made = (await store.save(one, seen=0)).hint
    assert made is not None and (made.version, made.lines, made.topic) == (1, ("+73430000001",), "money")
    changed = (await store.save(replace(made, text="Ask twice.", actor="boss"), seen=1)).hint
    assert changed is not None and changed.version == 2
    assert await store.all() == [changed]
    gone = (await store.save(replace(changed, removed=True), seen=2)).hint
    assert gone is not None and await store.all() == []
    back = (await store.save(replace(gone, removed=False), seen=3)).hint
    assert await store.all() == [back]
    versions = await store.versions(one.id)
    assert [(v.version, v.text, v.actor, v.removed) for v in versions] == [
        (1, "Ask first.", "zimina", False), (2, "Ask twice.", "boss", False), (3, "Ask twice.", "boss", True),
        (4, "Ask twice.", "boss", False),
    ]  # fmt: skip
    rows = (await trail.page())[::-1]
    assert [(row.action, row.actor, row.subject) for row in rows] == [
        ("hint.save", "zimina", one.id), ("hint.save", "boss", one.id), ("hint.remove", "boss", one.id),
        ("hint.save", "boss", one.id),
    ]  # fmt: skip


async def test_who_comes_second_sees_what_the_first_wrote(store: HintStore) -> None:
    made = (await store.save(hint(), seen=0)).hint
    assert made is not None
    first, second = (replace(made, text=text, actor=text) for text in ("first", "second"))
    assert (await store.save(first, seen=1)).ok
    refused = await store.save(second, seen=1)
    assert not refused.ok and refused.hint is not None and refused.hint.text == "first"
    assert len(await store.versions(made.id)) == 2


async def test_the_same_change_asked_again_is_one(store: HintStore) -> None:
    one = hint()
    first, again = await store.save(one, seen=0), await store.save(one, seen=0)
    assert first.ok and again.ok and again.hint == first.hint
    assert not (await store.save(replace(one, actor="boss"), seen=0)).ok
    assert not (await store.save(hint(), seen=3)).ok  # a version of what was never there


async def test_of_many_at_once_one_is_first(store: HintStore) -> None:
    made = (await store.save(hint(), seen=0)).hint
    assert made is not None
    saved = await asyncio.gather(*(store.save(replace(made, text=f"{n}"), seen=1) for n in range(6)))
    assert sum(one.ok for one in saved) == 1 and len(await store.versions(made.id)) == 2
    assert await store.revision() == 2


@pytest.mark.parametrize("fields", [{"title": ""}, {"title": "x" * 121}, {"text": ""}, {"text": "x" * 4001}, {"topic": "x" * 61}])
async def test_the_table_itself_keeps_the_limits(store: HintStore, fields: dict[str, str]) -> None:
    with pytest.raises(Exception, match="check constraint"):
        await store.save(hint(**fields), seen=0)
    assert await store.all() == []
