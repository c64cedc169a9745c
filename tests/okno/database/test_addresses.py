"""Which database is whose, and making the ones that are missing."""

import asyncio

import pytest

from okno.database import Database, DatabaseDown, await_databases, ensure_databases, url_for
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


async def test_an_absent_server_is_told_once_and_waited_for(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    addresses = iter(["postgresql://okno:s3cret@127.0.0.1:1"] * 3)

    async def ensure(url: str, names: list[str]) -> list[str]:
        return await ensure_databases(next(addresses, url), names)

    monkeypatch.setattr("okno.database.addresses.ensure_databases", ensure)
    monkeypatch.setattr("okno.database.addresses.Database.open", absent)
    await await_databases(postgres_url, ["t_waited_for"], told.append, again_s=0.01)
    assert told == ["the database is away: nobody listens there"]


async def absent(*args: object, **more: object) -> Database:
    raise DatabaseDown("the database is away: nobody listens there")


async def test_a_user_who_may_make_none_enters_his_own(postgres_url: str) -> None:
    server = await Database.open(database_url(postgres_url, "postgres"), name="t")
    try:
        await server.execute("DROP ROLE IF EXISTS okno_lesser")
        await server.execute("CREATE ROLE okno_lesser LOGIN PASSWORD 'pw'")
    finally:
        await server.close()
    where = postgres_url.rpartition("@")[2].partition("/")[0]
    told: list[str] = []
    waiting = asyncio.create_task(
        await_databases(f"postgresql://okno_lesser:pw@{where}", ["t_lesser"], told.append, again_s=0.05)
    )
    try:
        while not told:
            await asyncio.sleep(0.05)
        assert told == ["the database is away: the database is not there; make it with `okno up`, or createdb"]
        await ensure_databases(postgres_url, ["t_lesser"])
        await asyncio.wait_for(waiting, 5)
    finally:
        waiting.cancel()
