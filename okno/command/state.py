"""The state directory: secrets, keyring, the lock of a running `okno up`, and up.json that tells what it runs."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from okno.errors import Refused
from okno.files import write_private
from okno.seal import Keyring
from okno.settings import Runtime

SERVICE_SECRET = "service.secret"
DATABASE_SECRET = "database.secret"
REDIS_SECRET = "redis.secret"
UP_FILE = "up.json"
LOCK_FILE = "up.lock"


class AlreadyUp(Refused):
    """An `okno up` already runs on this state directory."""


class KeyringLost(Refused):
    """The keyring of a state directory that was used is not there."""


class StateUnusable(Refused):
    """The state directory cannot be used."""


@dataclass(frozen=True, slots=True)
class Running:
    """One program as up.json tells it: `state` is starting, running, waiting (for its next try) or stopped."""

    name: str
    pid: int | None
    port: int | None
    state: str
    restarts: int
    since: str
    url: str | None = None


def prepare(runtime: Runtime) -> list[str]:
    """Make the state directory, the keyring and the secrets that are missing; return the names of what was made.

    A secret that exists is never changed. Raises StateUnusable when the directory cannot be written, KeyringBroken and
    SecretMissing when what is there cannot be used.
    """
    made = []
    try:
        runtime.state.mkdir(parents=True, exist_ok=True)
        # As root the embedded servers run as another user, who must pass through; what is inside has its own modes.
        runtime.state.chmod(0o711 if os.geteuid() == 0 else 0o700)
        folder = runtime.path(runtime.settings.paths.secrets)
        folder.mkdir(exist_ok=True, mode=0o700)
        runtime.log_folder.mkdir(exist_ok=True, parents=True, mode=0o700)
        names = [SERVICE_SECRET, DATABASE_SECRET, REDIS_SECRET, *_ami_secrets(runtime), *_demo_secrets(runtime)]
        if not runtime.keyring_path.exists():  # before the secrets: theirs without it is a keyring that was lost
            Keyring.create(runtime.keyring_path)
            made.append(str(runtime.settings.paths.keyring))
        made += [name for name in names if _make_secret(folder / name)]
    except OSError as error:
        raise unusable(error, runtime.state) from None
    Keyring.load(runtime.keyring_path)
    for name in names:
        runtime.secret(f"file:{name}")
    return made


def refuse_lost_keyring(runtime: Runtime) -> None:
    """Raise KeyringLost where there was a keyring: a new one would open nothing that is sealed already."""
    secret = runtime.path(runtime.settings.paths.secrets) / SERVICE_SECRET
    if os.path.lexists(secret) and not os.path.lexists(runtime.keyring_path):
        raise KeyringLost(
            f"{runtime.keyring_path}: the keyring is gone; put back its copy (or, when nothing is sealed with it, make"
            " a new one with `okno keys init`)"
        )


def unusable(error: OSError, folder: Path) -> StateUnusable:
    """Return the refusal of a state directory, in one line that says where and why."""
    where = f" ({error.filename})" if error.filename and str(error.filename) != str(folder) else ""
    return StateUnusable(f"{folder} cannot be used{where}: {error.strerror}; --state names another directory")


def embedded_urls(runtime: Runtime) -> dict[str, str]:
    """Return OKNO_DATABASE_URL and OKNO_REDIS_URL for those servers that are ours to start; empty before `prepare`."""
    settings, folder = runtime.settings, runtime.path(runtime.settings.paths.secrets)
    urls = {}
    if not (os.environ.get("OKNO_DATABASE_URL") or settings.database_url) and (folder / DATABASE_SECRET).exists():
        word = runtime.secret(f"file:{DATABASE_SECRET}")
        urls["OKNO_DATABASE_URL"] = f"postgresql://okno:{word}@127.0.0.1:{settings.database_port}"
    if not (os.environ.get("OKNO_REDIS_URL") or settings.redis_url) and (folder / REDIS_SECRET).exists():
        word = runtime.secret(f"file:{REDIS_SECRET}")
        urls["OKNO_REDIS_URL"] = f"redis://:{word}@127.0.0.1:{settings.redis_port}/0"
    return urls


def lock(state: Path) -> TextIO:
    """Take the state directory for this `okno up`; the returned file holds the lock until it is closed.

    Raises AlreadyUp naming the process that has it.
    """
    path = state / LOCK_FILE
    try:
        held = path.open("a+")
    except OSError as error:
        raise unusable(error, state) from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.seek(0)
        pid = held.read().strip() or "unknown"
        held.close()
        raise AlreadyUp(f"okno up already runs on {state} (pid {pid}); see `okno status --state {state}`") from None
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held


def write_up(state: Path, services: list[Running], *, address: str, demo: bool) -> None:
    """Record what runs, for `okno status` and for whoever has to find a process."""
    record = {
        "pid": os.getpid(),
        "address": address,
        "demo": demo,
        "config": os.environ.get("OKNO_CONFIG"),
        "services": [asdict(item) for item in services],
    }
    write_private(state / UP_FILE, json.dumps(record, indent=1) + "\n")


def read_up(state: Path) -> dict[str, Any] | None:
    """Return what up.json tells, or None when no `okno up` runs on this state."""
    try:
        record: dict[str, Any] = json.loads((state / UP_FILE).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise StateUnusable(f"{state / UP_FILE} cannot be read: {type(error).__name__}") from None
    return record if _alive(int(record["pid"])) else None


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _ami_secrets(runtime: Runtime) -> list[str]:
    """Name the secret files of managed PBXs: both sides are ours, so we may invent them."""
    references = [
        reference
        for pbx in runtime.settings.pbxes
        if pbx.managed
        for reference in (pbx.ami.events_secret, pbx.ami.actions_secret, pbx.ami.watch_secret)
    ]
    return sorted({name for kind, _, name in (r.partition(":") for r in references) if kind == "file"})


def _demo_secrets(runtime: Runtime) -> list[str]:
    """Name the secret files of the demo's own MIS and messengers (`file:demo-…`): both sides are ours there too."""
    kind, _, name = runtime.settings.mis.secret.partition(":")
    played = [name] if runtime.settings.demo.mis_port is not None and kind == "file" else []
    wanted = [reference for one in runtime.settings.chat.accounts for reference in one.secrets.values()]
    return [*played, *(one.removeprefix("file:") for one in wanted if one.startswith("file:demo-"))]


def _make_secret(path: Path) -> bool:
    if path.exists():
        return False
    write_private(path, secrets.token_hex(24) + "\n")  # some clouds take no more than 50 signs
    return True
