"""The pool against a real PostgreSQL that works, refuses, is killed, frozen and comes back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from okno.database import Database, DatabaseDown
from okno.database.addresses import database_url
from tests.fixtures import MakeUrl, OpenDatabase
from tests.okno.conftest import OwnServer


async def test_json_goes_in_and_comes_out_as_objects(database: OpenDatabase) -> None:
    one = await database()
    value = {"a": [1, "ё", None]}
    assert await one.fetchval("SELECT $1::jsonb", value) == value
    assert await one.fetchval("SELECT $1::json", value) == value
    assert [row["x"] for row in await one.fetch("SELECT * FROM unnest($1::jsonb[]) AS x", [value, 5])] == [value, 5]


async def test_each_way_to_ask(database: OpenDatabase) -> None:
    one = await database()
    assert await one.execute("CREATE TABLE a (id int)") == "CREATE TABLE"
    assert await one.execute("INSERT INTO a VALUES (1), (2)") == "INSERT 0 2"
    assert [row["id"] for row in await one.fetch("SELECT id FROM a ORDER BY id")] == [1, 2]
    row = await one.fetchrow("SELECT id FROM a WHERE id = $1", 2)
    assert row is not None and row["id"] == 2
    assert await one.fetchrow("SELECT id FROM a WHERE id = 3") is None
    assert one.available


async def test_times_are_aware_utc(database: OpenDatabase) -> None:
    one = await database()
    at = datetime(2026, 11, 21, 4, 30, 0, 1, UTC)
    assert await one.fetchval("SELECT $1::timestamptz", at) == at
    assert (await one.fetchval("SHOW timezone")) == "UTC"


async def test_who_we_are_is_seen_by_the_server(database: OpenDatabase) -> None:
    one = await database("okno")
    assert (
        await one.fetchval("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        == "okno-test-okno"
    )


async def test_a_stuck_statement_is_ended_and_the_database_is_not_called_away(database: OpenDatabase) -> None:
    one = await database()
    with pytest.raises(asyncpg.QueryCanceledError):
        async with one.acquire() as connection:
            await connection.execute("SET statement_timeout = 50")
            await connection.execute("SELECT pg_sleep(5)")
    assert one.available


async def test_a_connection_given_back_in_the_middle_of_a_transaction_is_clean_for_the_next(
    new_database_url: MakeUrl,
) -> None:
    one = await Database.open(await new_database_url(), name="one", size=1)
    try:
        await one.execute("CREATE TABLE a (id int)")
        with pytest.raises(RuntimeError):
            async with one.acquire() as connection, connection.transaction():
                await connection.execute("INSERT INTO a VALUES (1)")
                raise RuntimeError
        async with one.acquire() as connection:
            assert not connection.is_in_transaction()
        assert await one.fetchval("SELECT count(*) FROM a") == 0
    finally:
        await one.close()


async def test_a_wrong_statement_is_our_own_error(database: OpenDatabase) -> None:
    one = await database()
    with pytest.raises(asyncpg.UndefinedTableError):
        await one.execute("SELECT * FROM nowhere")
    assert one.available


@pytest.mark.parametrize("trouble", [ConnectionRefusedError, TimeoutError, asyncpg.InterfaceError])
async def test_troubles_of_the_body_are_not_the_databases(database: OpenDatabase, trouble: type[Exception]) -> None:
    one = await database()
    with pytest.raises(trouble):
        async with one.acquire():
            raise trouble("a Redis of the caller's")
    assert one.available


async def test_all_connections_busy_is_not_away(new_database_url: MakeUrl) -> None:
    one = await Database.open(await new_database_url(), name="t", size=1)
    async with one.acquire():
        with pytest.raises(DatabaseDown, match="all 1 connections to the database are busy"):
            async with one.acquire(timeout=0.1):
                pass
    assert one.available and await one.fetchval("SELECT 1") == 1
    await one.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("only-for-tests", "wrong"), "it refuses our user or password"),
        (("postgres", "nowhere"), "the database is not there"),
        (("127.0.0.1:", "127.0.0.1:1"), "nobody listens there"),
    ],
)
async def test_why_it_cannot_be_opened_is_said(new_database_url: MakeUrl, change: tuple[str, str], words: str) -> None:
    url = await new_database_url()
    if change[1] == "wrong":
        head, _, tail = url.partition("@")
        url = f"{head[:-3]}bad@{tail}"
    elif change[1] == "nowhere":
        url = database_url(url, "nowhere")
    else:
        url = "postgresql://okno:secret-pw@127.0.0.1:1/x"
    with pytest.raises(DatabaseDown, match=words) as caught:
        await Database.open(url, name="t")
    assert "127.0.0.1" not in str(caught.value) and "pw" not in str(caught.value)


async def test_killed_and_back(own_postgres: OwnServer) -> None:
    """kill -9 of the server: callers get DatabaseDown at once, and again service when it is back, without reopening."""
    await own_postgres.start()
    one = await Database.open(database_url(own_postgres.url, "postgres"), name="t")
    try:
        await one.execute("CREATE TABLE a (id int)")
        with pytest.raises(DatabaseDown):
            async with one.acquire() as connection:
                own_postgres.kill()
                await connection.execute("INSERT INTO a VALUES (1)")
        assert not one.available
        with pytest.raises(DatabaseDown):
            await one.fetch("SELECT 1")
        await own_postgres.start()
        await asyncio.wait_for(one.wait_available(), 10)
        assert await one.fetchval("SELECT count(*) FROM a") == 0
        assert one.available
    finally:
        await one.close()


async def test_frozen_is_noticed(own_postgres: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is there but answers nothing counts as away, and is found again when it thaws."""
    monkeypatch.setattr("okno.database.pool._COMMAND_S", 0.5)
    monkeypatch.setattr("okno.database.pool._CONNECT_S", 0.5)
    await own_postgres.start()
    one = await Database.open(database_url(own_postgres.url, "postgres"), name="t")
    try:
        assert await one.fetchval("SELECT 1") == 1
        own_postgres.freeze()
        with pytest.raises(DatabaseDown, match="does not answer in time"):
            await one.fetchval("SELECT 2")
        assert not one.available
        own_postgres.thaw()
        await asyncio.wait_for(one.wait_available(), 10)
        assert await one.fetchval("SELECT 3") == 3
    finally:
        await one.close(timeout=1)


async def test_closed_is_closed(database: OpenDatabase) -> None:
    one = await database()
    await one.close()
    await one.close()
    with pytest.raises(DatabaseDown, match="the database is closed"):
        await one.execute("SELECT 1")
