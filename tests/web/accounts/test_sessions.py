"""Sessions: found while they hold, gone when they do not."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from okno.database import Database
from tests.fixtures import OpenDatabase
from web.accounts.people import People
from web.accounts.sessions import Sessions, form_token, key_of


async def _account(db: Database) -> UUID:
    return await People(db).add("orlova", title="Orlova", role="operator", operator="orlova", password="hash")


async def test_a_session_says_whose_it_is(database: OpenDatabase) -> None:
    db = await database("web")
    sessions = Sessions(db, timedelta(hours=12))
    session = await sessions.open(await _account(db))
    who = await sessions.find(session)
    assert who is not None and (who.name, who.role, who.operator) == ("orlova", "operator", "orlova")
    assert await sessions.find(session[:-1] + "x") is None and await sessions.find("") is None
    assert await sessions.alive([who.key, b"x" * 32]) == {who.key}
    await sessions.close(who.key)
    assert await sessions.find(session) is None


async def test_sessions_end_by_time_by_idleness_and_with_their_account(database: OpenDatabase) -> None:
    db = await database("web")
    account = await _account(db)
    sessions = Sessions(db, timedelta(hours=12))
    over, idle, live = [await sessions.open(account) for _ in range(3)]
    await db.execute("update sessions set expires_at = now() where id_hash = $1", key_of(over))
    await db.execute("update sessions set seen_at = now() - interval '31 minutes' where id_hash = $1", key_of(idle))
    assert [await sessions.find(one) is not None for one in (over, idle, live)] == [False, False, True]
    await sessions.touch([key_of(idle)])
    assert await sessions.find(idle) is not None
    await People(db).disable("orlova")
    assert await sessions.find(live) is None and await sessions.alive([key_of(live)]) == set()


async def test_the_sixth_session_ends_the_first(database: OpenDatabase) -> None:
    db = await database("web")
    account = await _account(db)
    sessions = Sessions(db, timedelta(hours=12))
    opened = [await sessions.open(account) for _ in range(6)]
    assert [await sessions.find(one) is not None for one in opened] == [False, True, True, True, True, True]


def test_a_form_token_belongs_to_its_secret() -> None:
    assert form_token("a") == form_token("a") != form_token("b") and "a" * 8 not in form_token("a")
