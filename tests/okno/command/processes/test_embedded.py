"""PostgreSQL and Valkey from wheels: they start, ask for their password, and are ours."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from okno.command.processes import embedded, ports
from tests.fixtures import running


async def test_postgres_asks_for_the_password(postgres_url: str) -> None:
    assert await embedded.postgres_answers(f"{postgres_url}/postgres")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_url.replace("okno:", "okno:wrong"), database="postgres")


async def test_valkey_asks_for_the_password(redis_url: str) -> None:
    assert await embedded.redis_answers(redis_url)
    client = redis.asyncio.from_url("redis://" + redis_url.partition("@")[2])
    with pytest.raises(redis.AuthenticationError):
        await client.ping()
    await client.aclose()


async def test_nobody_there_is_no_answer() -> None:
    port = ports.free()
    assert not await embedded.postgres_answers(f"postgresql://okno@127.0.0.1:{port}/postgres")
    assert not await embedded.redis_answers(f"redis://127.0.0.1:{port}/0")


def test_data_survive_a_restart_and_a_kill(servers_home: Path) -> None:
    home = servers_home / "again"
    home.mkdir(mode=0o711)
    program = embedded.postgres(home, ports.free(), "first", durable=False)
    with running(program) as process:
        process.kill()
        process.wait()
    with running(embedded.postgres(home, ports.free(), "first", durable=False)):
        pass


def test_data_of_another_state_are_told_and_kept(servers_home: Path) -> None:
    home = servers_home / "moved"
    home.mkdir(mode=0o755)
    first = embedded.postgres(home, ports.free(), "one", durable=False)
    assert embedded.postgres(home, ports.free(), "one", durable=False).argv[2] == first.argv[2]
    with pytest.raises(embedded.EmbeddedBroken, match="other secrets"):
        embedded.postgres(home, ports.free(), "two", durable=False)
    assert (Path(first.argv[2]) / "PG_VERSION").exists()


def test_a_missing_wheel_says_what_to_do() -> None:
    with pytest.raises(embedded.EmbeddedMissing, match="OKNO_DATABASE_URL"):
        embedded.wheel("no_such_wheel", "OKNO_DATABASE_URL")
