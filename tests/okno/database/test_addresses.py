"""Which database is whose, and making the ones that are missing."""

import asyncio

import pytest

from okno.database import Database, DatabaseDown, ensure_databases, url_for
from okno.database.addresses import database_url
from okno.settings import Settings


def test_the_environment_wins_then_the_settings_then_our_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_DATABASE_URL", raising=False)
    assert url_for(Settings(database_port=5444), "engine") == "postgresql://okno@127.0.0.1:5444/okno_engine"
    assert (
        url_for(Settings(database_url="postgresql://u@db:1/?sslmode=require"), "web")
        == "postgresql://u@db:1/okno_web?sslmode=require"
    )
    monkeypatch.setenv("OKNO_DATABASE_URL", "postgresql://u:p%40w@h:2/x")
    assert url_for(Settings(), "chat") == "postgresql://u:p%40w@h:2/okno_chat"


async def test_missing_databases_are_made_once(postgres_url: str) -> None:
    names = ["t_made_one", "t_made_two"]
    both = await asyncio.gather(ensure_databases(postgres_url, names), ensure_databases(postgres_url, names))
    assert sorted(both[0] + both[1]) == names
    assert await ensure_databases(postgres_url, names) == []
    database = await Database.open(database_url(postgres_url, "t_made_one"), name="t")
    assert await database.fetchval("SELECT current_database()") == "t_made_one"
    await database.close()
    server = await Database.open(database_url(postgres_url, "postgres"), name="t")
    for name in names:
        await server.execute(f"DROP DATABASE {name}")
    await server.close()


async def test_a_strange_name_is_refused(postgres_url: str) -> None:
    with pytest.raises(ValueError, match="name"):
        await ensure_databases(postgres_url, ['x"; DROP DATABASE postgres; --'])


async def test_nobody_there_is_one_clear_line() -> None:
    with pytest.raises(DatabaseDown, match="the database is away: nobody listens there"):
        await ensure_databases("postgresql://okno:pw@127.0.0.1:1", ["a"])
