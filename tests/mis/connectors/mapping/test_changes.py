"""Changes of a MIS that knows only so many at once: none is passed over, and hours of nothing cost no pause."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from mis.connectors.mapping.changes import LEAST, OVERLAP, STEP
from mis.connectors.mapping.visits import MappingConnector
from mis.terms import DeadlineExceeded, Malformed, Unavailable
from okno import clock
from tests.mis.connectors.mapping.replay import at, connected, ctx
from tests.mis.proxy import answering

CUT_AT = 5
OWN = {
    "format": 1, "name": "own", "capabilities": ["delta"], "cut_at": CUT_AT,
    "operations": {"changes": {
        "request": {"path": "changes", "query": {"from": "{{ since.isoformat() }}", "to": "{{ until.isoformat() }}"}},
        "items": "$[*]",
        "fields": {"id": "$.id", "patient": "$.who", "doctor": "$.doctor", "start": "$.at", "minutes": {"says": "30"},
                   "status": "$.status", "version": "$.v", "updated_at": "$.changed"},
    }},
}  # fmt: skip


@dataclass
class Journal:
    """A MIS that lists what changed in a window, in order, however much it is; `fails` may refuse one."""

    rows: list[tuple[datetime, str]] = field(default_factory=list)
    windows: list[tuple[datetime, datetime]] = field(default_factory=list)
    broken_from: datetime | None = None

    async def answer(self, request: web.Request) -> web.Response:
        since, until = (datetime.fromisoformat(request.query[name]) for name in ("from", "to"))
        self.windows.append((since, until))
        if self.broken_from is not None and until > self.broken_from:
            return web.Response(status=503)
        told = [
            {"id": id, "who": "5", "doctor": "7", "at": at(10).isoformat(), "status": "booked", "v": "1",
             "changed": when.isoformat()} for when, id in sorted(self.rows) if since <= when <= until
        ]  # fmt: skip
        return web.Response(body=json.dumps(told).encode(), content_type="application/json")


@asynccontextmanager
async def own(journal: Journal, folder: Path) -> AsyncIterator[MappingConnector]:
    file = folder / "own.yaml"
    file.write_text(yaml.safe_dump(OWN))
    async with answering(journal.answer) as url, connected(url, str(file)) as one:
        yield one


async def all_of(one: MappingConnector, cursor: str) -> tuple[list[str], str]:
    """Ask as the watcher does, until there is nothing."""
    told: list[str] = []
    while True:
        news = await one.changes(ctx(), cursor)
        cursor = news.cursor
        if not news.items:
            return told, cursor
        told += [item.id for item in news.items]


async def test_more_than_comes_at_once_comes_piece_after_piece(tmp_path: Path) -> None:
    now = clock.now()
    since = now - timedelta(hours=3)
    rows = [(since + timedelta(minutes=4 * number), f"v{number}") for number in range(40)]
    journal = Journal(rows=rows)
    async with own(journal, tmp_path) as one:
        told, cursor = await all_of(one, since.isoformat())
        assert sorted(told) == sorted(id for _, id in rows), "each of them, once"
        assert datetime.fromisoformat(cursor.split()[0]) >= now


async def test_the_step_is_long_again_when_little_changes(tmp_path: Path) -> None:
    since = clock.now() - timedelta(hours=9)
    journal = Journal(rows=[(since + timedelta(minutes=2 * number), f"v{number}") for number in range(15)])
    async with own(journal, tmp_path) as one:
        told, _ = await all_of(one, since.isoformat())
    assert len(set(told)) == len(told) == 15
    widths = [until - since for since, until in journal.windows]
    assert min(widths) < STEP / 2 and STEP + OVERLAP in widths[-3:]


async def test_hours_of_nothing_are_passed_over_in_one_question(tmp_path: Path) -> None:
    now = clock.now()
    journal = Journal(rows=[(now - timedelta(minutes=5), "late")])
    async with own(journal, tmp_path) as one:
        news = await one.changes(ctx(), (now - timedelta(hours=9)).isoformat())
    assert [item.id for item in news.items] == ["late"]
    assert len(journal.windows) == 9


async def test_what_was_passed_over_stays_so_when_a_later_piece_fails(tmp_path: Path) -> None:
    now = clock.now()
    since = now - timedelta(hours=9)
    journal = Journal(broken_from=since + 3 * STEP)
    async with own(journal, tmp_path) as one:
        news = await one.changes(ctx(), since.isoformat())
        assert (news.items, news.cursor) == ((), (since + 3 * STEP).isoformat())
        with pytest.raises(Unavailable):
            await one.changes(ctx(), news.cursor)
        with pytest.raises(DeadlineExceeded):
            await one.changes(ctx(left_s=-1), since.isoformat())


async def test_more_in_a_moment_than_comes_at_once_is_warned_of_and_hides_nothing_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    since = clock.now() - timedelta(minutes=20)
    moment = since + timedelta(minutes=5, seconds=30)
    crowd = [(moment, f"crowd{number}") for number in range(CUT_AT + 2)]
    journal = Journal(rows=[*crowd, (moment + LEAST, "after"), (moment + 4 * LEAST, "later")])
    with caplog.at_level(logging.WARNING):
        async with own(journal, tmp_path) as one:
            told, _ = await all_of(one, since.isoformat())
    # Behind a crowd one may be told twice, which is one to who hears of it; two of the crowd this MIS never tells.
    assert {"after", "later"} < set(told) and len(set(told)) == CUT_AT + 2
    assert [record.message for record in caplog.records].count("changes_cut") == 1


async def test_a_cursor_that_is_none_is_malformed(tmp_path: Path) -> None:
    journal = Journal()
    async with own(journal, tmp_path) as one:
        with pytest.raises(Malformed):
            await one.changes(ctx(), "yesterday")
    assert journal.windows == []
