"""The real servers every test may ask for: PostgreSQL and Valkey, once for the session; a fresh database each."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from okno.command import state
from okno.command.processes import embedded, ports
from okno.command.processes.program import Program, tie_to_parent
from okno.command.status import healthy
from okno.database import Database, migrate
from okno.database.addresses import database_url
from okno.seal import Keyring
from okno.settings import Runtime, Settings

PASSWORD = secrets.token_hex(16)
MIGRATIONS = {
    "engine": ("engine", "store/migrations"),
    "chat": ("chat", "migrations"),
    "mis": ("mis", "migrations"),
    "web": ("web", "migrations"),
}

OpenDatabase = Callable[..., Awaitable[Database]]
MakeUrl = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
def servers_home() -> Iterator[Path]:
    """A directory the servers' user can pass through, gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="okno-tests-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres_url(servers_home: Path) -> Iterator[str]:
    """The address of a real PostgreSQL server, without a database."""
    port = ports.free()
    with running(embedded.postgres(servers_home, port, PASSWORD, durable=False)):
        yield f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}"


@pytest.fixture(scope="session")
def redis_url(servers_home: Path) -> Iterator[str]:
    """The address of a real Valkey server. It is shared: give streams and keys names of your own."""
    port = ports.free()
    with running(embedded.valkey(servers_home, port, PASSWORD)):
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"


@pytest.fixture(scope="session")
def templates() -> set[str]:
    """Which services' template databases this session has made."""
    return set()


@pytest_asyncio.fixture
async def new_database_url(postgres_url: str, templates: set[str]) -> AsyncIterator[MakeUrl]:
    """`await new_database_url("engine")` makes a database with that service's tables (none: the kernel's only)."""
    made: list[str] = []

    async def make(service: str = "okno") -> str:
        if service not in templates:
            await _template(postgres_url, service)
            templates.add(service)
        name = f"t_{secrets.token_hex(6)}"
        await _sql(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "template_{service}" STRATEGY FILE_COPY')
        made.append(name)
        return database_url(postgres_url, name)

    yield make
    for name in made:
        await _sql(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest_asyncio.fixture
async def database(new_database_url: MakeUrl) -> AsyncIterator[OpenDatabase]:
    """`await database("engine")` opens a fresh database with that service's tables, dropped after the test."""
    opened: list[Database] = []

    async def open_one(service: str = "okno") -> Database:
        one = await Database.open(await new_database_url(service), name=f"test-{service}")
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        await one.close()


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    """A keyring of this test's own."""
    return Keyring.create(tmp_path / "keyring.json")


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """Settings on free ports and a state directory with a keyring and secrets, of this test's own."""
    numbers = iter({ports.free() for _ in range(64)})
    settings = Settings.model_validate(
        {name: {"port": next(numbers)} for name in ("engine", "chat", "chat_public", "mis", "pbx_service", "web")}
        | {"database_port": next(numbers), "redis_port": next(numbers)}
    )
    made = Runtime(settings, tmp_path / "state")
    state.prepare(made)
    return made


class running:
    """Run a program for the body of a `with`; it is ready inside and gone after."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def __enter__(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it serves."""
        program = self._program
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            program.argv,
            env=program.environment(),
            cwd=program.cwd,
            user=program.user,
            extra_groups=None if program.user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tie_to_parent(program.death_signal, os.getpid()),
        )
        if not asyncio.run(embedded.until_ready(program, 30)):
            self._log.seek(0)
            print(self._log.read().decode("utf-8", "replace")[-2000:])
            self.__exit__()
            raise AssertionError(f"{program.name} did not start; its last words are above")
        return self._process

    def __exit__(self, *_: object) -> None:
        """Ask it to end and wait for that."""
        self._process.send_signal(self._program.stop_signal)
        try:
            self._process.wait(self._program.stop_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


async def _template(server: str, service: str) -> None:
    name = f"template_{service}"
    await _sql(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    one = await Database.open(database_url(server, name), name="test-template")
    try:
        await migrate(one, "okno", "migrations")
        if service in MIGRATIONS:
            package, folder = MIGRATIONS[service]
            import_module(package)
            await migrate(one, package, folder)
    finally:
        await one.close()


async def _sql(server: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url(server, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def serving(main: Coroutine[Any, Any, None], address: str) -> AsyncIterator[str]:
    """Run a service's `main` inside this process for the body of an `async with`; yields its address."""
    task = asyncio.create_task(main)
    try:
        async with asyncio.timeout(20):
            while not task.done() and not await healthy(address):
                await asyncio.sleep(0.02)
        if task.done():
            task.result()
        yield address
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
