"""`okno user add|disable|reset` and `okno token create`: accounts, straight in the web service's database."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from engine.client import EngineClient
from okno.audit import AuditTrail
from okno.bus import connect, redis_url_for
from okno.command.serve import runtime_of
from okno.command.state import embedded_urls
from okno.database import Database, migrate, url_for
from okno.seal import Keyring
from okno.service import ServiceDown, ServiceRefused
from okno.settings import Runtime, SecretMissing, Settings
from okno.settings.changing import changed
from okno.settings.seen import lately
from web.accounts import passwords
from web.accounts.people import BadAccount, People
from web.accounts.revocation import announce
from web.accounts.tokens import Tokens

PASSWORD_VARIABLE = "OKNO_PASSWORD"
_TOKEN_DAYS = 365
_ENGINE_S = 3.0
_PHONE_S = 10.0
_OLD_PASSWORD = "the password of this operator's phone in the page is the old one"


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a command works with."""

    runtime: Runtime
    directory: Settings
    people: People
    tokens: Tokens
    audit: AuditTrail
    actor: str


def user_add(args: argparse.Namespace) -> int:
    """Make an account; print its password once if it was made up here.

    Args:
        args: name, role, operator, password_stdin, config, state.

    Raises:
        OknoError: what is in the way, in one line.
    """

    async def work(desk: _Desk) -> None:
        operator = _operator(desk.directory, getattr(args, "operator", None))
        title = _title(desk.directory, operator) or str(getattr(args, "title", None) or args.name)
        password, made_up = _password(args, (args.name, title, desk.runtime.settings.clinic.name))
        hashed = await passwords.Passwords().hash(password)
        account = await desk.people.add(args.name, title=title, role=args.role, operator=operator, password=hashed)
        details = {"login": args.name.strip().lower(), "role": args.role, "operator": operator}
        await desk.audit.append(desk.actor, "account.add", str(account), "administration", None, details)
        suffix = f", operator {operator}" if operator else ""
        print(f"account {details['login']} made, role {args.role}{suffix}")
        _show(password, made_up)

    return _run(args, work)


def user_disable(args: argparse.Namespace) -> int:
    """Close an account; its sessions and sockets end within two seconds.

    Raises:
        OknoError: there is no such account, or what else is in the way.
    """

    async def work(desk: _Desk) -> None:
        account = await desk.people.disable(args.name)
        await desk.audit.append(desk.actor, "account.disable", str(account), "administration")
        await _announce(desk.runtime, account)
        print(f"account {args.name.strip().lower()} disabled, its sessions ended")
        await _renew_phone(desk, args.name)

    return _run(args, work)


def user_reset(args: argparse.Namespace) -> int:
    """Give an account a new password, enable it again, end its sessions.

    Raises:
        OknoError: there is no such account, the password is too weak, or what else is in the way.
    """

    async def work(desk: _Desk) -> None:
        password, made_up = _password(args, (args.name, desk.runtime.settings.clinic.name))
        hashed = await passwords.Passwords().hash(password)
        account = await desk.people.reset(args.name, hashed)
        await desk.audit.append(desk.actor, "account.reset", str(account), "administration")
        await _announce(desk.runtime, account)
        print(f"account {args.name.strip().lower()} has a new password, its sessions ended")
        await _renew_phone(desk, args.name)
        _show(password, made_up)

    return _run(args, work)


def token_create(args: argparse.Namespace) -> int:
    """Make a service token and print it, once; standard output holds the token alone.

    Raises:
        OknoError: no such role or operator, or what else is in the way.
    """

    async def work(desk: _Desk) -> None:
        operator = _operator(desk.directory, getattr(args, "operator", None))
        name = str(getattr(args, "name", None) or "token")
        days = int(getattr(args, "days", None) or _TOKEN_DAYS)
        made, token = await desk.tokens.create(name, role=args.role, operator=operator, lifetime=timedelta(days=days))
        details = {"name": name, "role": args.role, "operator": operator, "days": days}
        await desk.audit.append(desk.actor, "token.create", str(made), "administration", None, details)
        print(f"token {name} made, role {args.role}, for {days} days; it is shown once:", file=sys.stderr)
        print(token)

    return _run(args, work)


def _run(args: argparse.Namespace, work: Callable[[_Desk], Awaitable[None]]) -> int:
    runtime = runtime_of(args)
    os.environ.update(embedded_urls(runtime))

    async def inside() -> None:
        database = await Database.open(url_for(runtime.settings, "web"), name="web-command", size=2)
        try:
            await migrate(database, "okno", "migrations")
            await migrate(database, "web", "migrations")
            audit = AuditTrail(database, Keyring.load(runtime.keyring_path).sealer("web"))
            directory = await _directory(runtime)
            await work(_Desk(runtime, directory, People(database), Tokens(database), audit, f"cli:{_who()}"))
        finally:
            await database.close()

    asyncio.run(inside())
    return 0


def _password(args: argparse.Namespace, context: tuple[str, ...]) -> tuple[str, bool]:
    """Return the password and whether it was made up here: from standard input, from the environment, or random."""
    if getattr(args, "password_stdin", False):
        password = sys.stdin.readline().rstrip("\r\n")
    elif PASSWORD_VARIABLE in os.environ:
        password = os.environ[PASSWORD_VARIABLE]
    else:
        return passwords.generate(), True
    passwords.refuse_weak(password, context)
    return password, False


def _show(password: str, made_up: bool) -> None:
    if made_up:
        print(f"password (shown once): {password}")


async def _directory(runtime: Runtime) -> Settings:
    """The settings with the directory in force; while the engine is away, with the one last seen on this machine."""
    try:
        async with asyncio.timeout(_ENGINE_S), EngineClient(runtime) as engine:
            settings, _ = changed(runtime.settings, (await engine.directory())["document"])
    except (ServiceDown, ServiceRefused, SecretMissing, TimeoutError):
        settings = None
    return settings or lately(runtime)[0].settings


def _operator(settings: Settings, name: str | None) -> str | None:
    known = [operator.name for operator in settings.operators]
    if name is not None and name not in known:
        raise BadAccount(f"the directory has no operator {name!r}; it has {', '.join(known) or 'none'}")
    return name


def _title(settings: Settings, operator: str | None) -> str | None:
    for one in settings.operators:
        if one.name == operator:
            return one.title.get(settings.clinic.language) or one.title.get("en")
    return None


async def _renew_phone(desk: _Desk, login: str) -> None:
    """Have the phone in the page of an account's operator given another password: the account may have kept it."""
    account = await desk.people.find(login)
    if account is None or account.operator is None:
        return
    try:
        async with asyncio.timeout(_PHONE_S), EngineClient(desk.runtime) as engine:
            await engine.phone("rotate", actor=desk.actor, role="administrator", operator=account.operator)
    except ServiceRefused as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:  # who has no phone in the page needs no password for it
            print(f"the engine refused: {_OLD_PASSWORD}", file=sys.stderr)
    except (ServiceDown, SecretMissing, TimeoutError):
        print(f"the engine is away: {_OLD_PASSWORD}", file=sys.stderr)


async def _announce(runtime: Runtime, account: UUID) -> None:
    redis = connect(redis_url_for(runtime.settings))
    try:
        await announce(redis, account, "revoked")
    finally:
        await redis.aclose()


def _who() -> str:
    """Return the system user who typed the command, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
