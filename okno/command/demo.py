"""The demo's log-ins: made once with random passwords, kept in the state, told at every start."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from okno.command.processes.program import tie_to_parent
from okno.command.programs import ours
from okno.errors import OurFault
from okno.files import write_private
from okno.settings import Runtime

FILE = "demo-accounts.json"
OPERATORS = 2  # two, so that a newcomer can open two windows; the others' phones answer by themselves
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


class NoDemoAccounts(OurFault):
    """The demo's accounts could not be made."""


@dataclass(frozen=True, slots=True)
class Login:
    """One account of the demo and its password in clear: the clinic is invented."""

    role: str
    name: str
    password: str
    operator: str | None = None


async def logins(runtime: Runtime) -> list[Login]:
    """Return the demo's log-ins, making the accounts when this state has none. Raises NoDemoAccounts."""
    path = runtime.path(runtime.settings.paths.secrets) / FILE
    if path.exists():
        return _read(path)
    operators = runtime.settings.operators
    # The supervisor's phone is the one that stands in no queue.
    phone = next((one.name for one in operators if not one.queues), None)
    made = [Login("supervisor", "supervisor", _password(), phone), Login("administrator", "admin", _password())]
    made += [Login("operator", one.name, _password(), one.name) for one in operators if one.queues][:OPERATORS]
    for login in made:
        await _make(login)
    write_private(path, json.dumps([asdict(login) for login in made], indent=1) + "\n")
    return made


def _read(path: Path) -> list[Login]:
    try:
        return [Login(**entry) for entry in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError):
        raise NoDemoAccounts(f"{path} cannot be read; remove it and the accounts get new passwords") from None


async def _make(login: Login) -> None:
    """Make one account; one that is there from a start that was interrupted gets the new password."""
    operator = ["--operator", login.operator] if login.operator else []
    code, _ = await _okno(login, "user", "add", login.name, "--role", login.role, *operator)
    if code != 0:
        code, words = await _okno(login, "user", "reset", login.name)
        if code != 0:
            raise NoDemoAccounts(f"the account {login.name} could not be made: {words}")


async def _okno(login: Login, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *ours(*words, "--password-stdin"),
        env=dict(os.environ),
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=tie_to_parent(signal.SIGKILL, os.getpid()),
    )
    try:
        output, _ = await process.communicate(login.password.encode() + b"\n")
    finally:
        if process.returncode is None:  # Ctrl-C came while it worked
            process.kill()
            await process.wait()
    return process.returncode or 0, " ".join(output.decode("utf-8", "replace").split())


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))
