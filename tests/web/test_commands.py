"""`okno user` and `okno token`, as a person types them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
import pytest_asyncio

from okno.audit import verify
from okno.database import Database, ensure_databases
from okno.database.addresses import database_url
from okno.seal import Keyring
from okno.settings import Runtime
from web.accounts.passwords import Passwords
from web.accounts.people import People
from web.accounts.tokens import Tokens

SETTINGS = """
clinic: {name: Okno}
engine: {port: ENGINE}
operators:
  - {name: orlova, title: {ru: Orlova A., en: Orlova A.}, extension: "1001"}
"""


class Typing:
    """A shell in which `okno` is typed."""

    def __init__(self, runtime: Runtime, server: str, redis_url: str) -> None:
        self._environment = os.environ | {
            "OKNO_STATE": str(runtime.state), "OKNO_CONFIG": str(runtime.state / "okno.yaml"),
            "OKNO_DATABASE_URL": server, "OKNO_REDIS_URL": redis_url,
        }  # fmt: skip

    async def __call__(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Type a command; return what came of it."""
        return await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "okno.command.cli", *words], input=typed, capture_output=True, text=True,
            env=self._environment, check=False, timeout=60,
        )  # fmt: skip


@pytest_asyncio.fixture
async def okno(runtime: Runtime, postgres_url: str, redis_url: str) -> Typing:
    """A shell on a state of its own."""
    (runtime.state / "okno.yaml").write_text(SETTINGS.replace("ENGINE", str(runtime.settings.engine.port)))
    await ensure_databases(postgres_url, ["okno_web"])
    return Typing(runtime, postgres_url, redis_url)


@pytest_asyncio.fixture
async def web_database(postgres_url: str) -> Database:
    """The database the commands write to."""
    await ensure_databases(postgres_url, ["okno_web"])
    return await Database.open(database_url(postgres_url, "okno_web"), name="test")


async def test_an_account_from_its_beginning_to_its_end(okno: Typing, web_database: Database, runtime: Runtime) -> None:
    made = await okno("user", "add", "orlova", "--role", "operator", "--operator", "orlova")
    assert made.returncode == 0, made.stderr
    password = made.stdout.strip().rpartition(": ")[2]
    account = await People(web_database).find("orlova")
    assert account is not None and account.title == "Orlova A." and password not in account.password
    assert (await Passwords().check(account.password, password)).right
    twice = await okno("user", "add", "orlova", "--role", "operator", "--operator", "orlova")
    assert twice.returncode == 1 and twice.stderr == "okno: the account orlova exists already\n"
    reset = await okno("user", "reset", "orlova", "--password-stdin", typed="seven green kettles\n")
    assert reset.returncode == 0 and "kettles" not in reset.stdout
    assert "the password of this operator's phone in the page is the old one" in reset.stderr, "no engine is there to change it"
    account = await People(web_database).find("orlova")
    assert account is not None and (await Passwords().check(account.password, "seven green kettles")).right
    assert (await okno("user", "disable", "orlova")).returncode == 0
    account = await People(web_database).find("orlova")
    assert account is not None and account.disabled_at is not None
    actions = [row["action"] for row in await web_database.fetch("select action from audit order by id")]
    assert actions == ["account.add", "account.reset", "account.disable"]
    assert await verify(web_database, Keyring.load(runtime.keyring_path).sealer("web")) is None
    await web_database.close()


async def test_a_token_alone_is_on_standard_output(okno: Typing, web_database: Database) -> None:
    made = await okno("token", "create", "--role", "supervisor", "--name", "report")
    who = await Tokens(web_database).find(made.stdout.strip())
    assert made.returncode == 0 and who is not None and (who.name, who.role) == ("token:report", "supervisor")
    await web_database.close()


@pytest.mark.parametrize(("words", "typed", "complaint"), [
    (("user", "disable", "nobody"), "", "okno: there is no account nobody\n"),
    (("user", "add", "x", "--role", "supervisor"), "", "okno: a login has 2 to 64 Latin letters, digits, '.', '_' or '-'\n"),
    (("user", "add", "petrov", "--role", "operator"), "",
     "okno: an account with the role operator names an operator of the settings\n"),
    (("user", "add", "petrov", "--role", "operator", "--operator", "petrov"), "",
     "okno: the directory has no operator 'petrov'; it has orlova\n"),
    (("user", "add", "petrov", "--role", "auditor", "--password-stdin"), "short\n",
     "okno: the password must have at least 8 characters\n"),
])  # fmt: skip
async def test_mistakes_are_one_clear_line(okno: Typing, words: tuple[str, ...], typed: str, complaint: str) -> None:
    done = await okno(*words, typed=typed)
    assert (done.returncode, done.stderr, done.stdout) == (1, complaint, "")
