"""Migrations: each once, in order, one process at a time; what changed or is unknown is refused."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from okno.database import Database, MigrationFailed, migrate
from tests.fixtures import MakeUrl, OpenDatabase


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package `carrier` with two migrations; its folder is returned."""
    folder = tmp_path / "carrier" / "sql"
    folder.mkdir(parents=True)
    (tmp_path / "carrier" / "__init__.py").write_text("")
    (folder / "0001_one.sql").write_text("CREATE TABLE one (id int);\nINSERT INTO one VALUES (1);")
    (folder / "0002_two.sql").write_text("ALTER TABLE one ADD COLUMN name text;")
    (folder / "README.md").write_text("not a migration")
    monkeypatch.delitem(sys.modules, "carrier", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


async def test_applied_once_in_order(database: OpenDatabase, package: Path) -> None:
    one = await database()
    assert await migrate(one, "carrier", "sql") == ["0001_one.sql", "0002_two.sql"]
    assert await migrate(one, "carrier", "sql") == []
    (package / "0003_three.sql").write_text("INSERT INTO one VALUES (3, 'x')")
    assert await migrate(one, "carrier", "sql") == ["0003_three.sql"]
    assert await one.fetchval("SELECT count(*) FROM one") == 2


async def test_five_processes_at_once(new_database_url: MakeUrl, package: Path) -> None:
    url = await new_database_url()
    each = [await Database.open(url, name=f"t{number}", size=2) for number in range(5)]
    applied = await asyncio.gather(*(migrate(one, "carrier", "sql") for one in each))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 2]
    assert await each[0].fetchval("SELECT count(*) FROM one") == 1
    for one in each:
        await one.close()


async def test_a_failing_one_leaves_nothing_and_says_which(database: OpenDatabase, package: Path) -> None:
    one = await database()
    (package / "0002_two.sql").write_text("CREATE TABLE two (id int); SELECT nonsense;")
    with pytest.raises(MigrationFailed, match=r"carrier/0002_two\.sql: 42703 column \"nonsense\" does not exist"):
        await migrate(one, "carrier", "sql")
    assert await one.fetchval("SELECT to_regclass('two')") is None
    assert await one.fetchval("SELECT count(*) FROM schema_migrations WHERE package = 'carrier'") == 1
    (package / "0002_two.sql").write_text("CREATE TABLE two (id int)")
    assert await migrate(one, "carrier", "sql") == ["0002_two.sql"]


async def test_a_changed_one_is_refused(database: OpenDatabase, package: Path) -> None:
    one = await database()
    await migrate(one, "carrier", "sql")
    (package / "0001_one.sql").write_text("CREATE TABLE one (id bigint);")
    with pytest.raises(MigrationFailed, match=r"0001_one\.sql: changed after it was applied"):
        await migrate(one, "carrier", "sql")


async def test_windows_line_ends_are_no_change(database: OpenDatabase, package: Path) -> None:
    one = await database()
    await migrate(one, "carrier", "sql")
    text = (package / "0001_one.sql").read_bytes().replace(b"\n", b"\r\n")
    (package / "0001_one.sql").write_bytes(text)
    assert await migrate(one, "carrier", "sql") == []


async def test_a_database_newer_than_the_program_is_refused(database: OpenDatabase, package: Path) -> None:
    one = await database()
    await migrate(one, "carrier", "sql")
    (package / "0002_two.sql").unlink()
    with pytest.raises(MigrationFailed, match=r"holds 0002_two\.sql, which this version does not know"):
        await migrate(one, "carrier", "sql")


async def test_two_with_one_number_or_no_folder_are_refused(database: OpenDatabase, package: Path) -> None:
    one = await database()
    (package / "0002_again.sql").write_text("SELECT 1")
    with pytest.raises(MigrationFailed, match="two migrations have one number"):
        await migrate(one, "carrier", "sql")
    with pytest.raises(MigrationFailed, match="carrier/nowhere: there are no migrations"):
        await migrate(one, "carrier", "nowhere")


async def test_timeouts_are_as_before_afterwards(database: OpenDatabase, package: Path) -> None:
    one = await database()
    await migrate(one, "carrier", "sql")
    assert await one.fetchval("SHOW statement_timeout") == "15s"
