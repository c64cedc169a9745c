"""What `okno check` says of accounts: each mistake in one line, the wrong password and the closed port among them."""

from __future__ import annotations

from typing import Any

import pytest

from chat import checking
from chat.checking import Found
from okno.command import check
from okno.command.processes import ports
from okno.settings import ChatSettings, Runtime
from tests.chat.mail.server import CLINIC, MailServer, mail_server, post_office

__all__ = ["mail_server", "post_office"]


def with_accounts(runtime: Runtime, *accounts: dict[str, Any]) -> Runtime:
    """The same clinic with these accounts."""
    chat = ChatSettings.model_validate({"accounts": list(accounts)})
    return Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)


def secret(runtime: Runtime, name: str, value: str) -> None:
    """Write a secret's file."""
    file = runtime.path(runtime.settings.paths.secrets) / name
    file.write_text(value)
    file.chmod(0o600)


def mailbox(server: MailServer, **more: Any) -> dict[str, Any]:
    """The clinic's mailbox, as the settings say it."""
    return {"channel": "mail", "address": CLINIC, "options": server.options(), **more}


async def test_nothing_is_said_where_there_is_no_account(runtime: Runtime) -> None:
    assert await checking.look(runtime) == []
    assert await checking.look(with_accounts(runtime, {"channel": "max", "on": False})) == []


async def test_a_mailbox_that_answers_is_well(runtime: Runtime, post_office: MailServer) -> None:
    secret(runtime, "mail.main.password", post_office.password)
    here = with_accounts(runtime, mailbox(post_office))
    assert await checking.look(here) == [Found("mail:main")]
    assert [one.reason for one in await check._accounts(here)] == [""]


async def test_each_mistake_is_one_line_without_a_secret(runtime: Runtime, post_office: MailServer) -> None:
    secret(runtime, "mail.main.password", "wrong-password-of-tests")
    closed = {"host": "127.0.0.1", "port": ports.free(), "tls": "none"}
    here = with_accounts(
        runtime,
        {"channel": "pigeon"},
        {"channel": "max", "name": "main"},
        {"channel": "mail", "name": "odd", "address": CLINIC, "options": {"imap": {"host": "x"}}},
        mailbox(post_office),
        mailbox(post_office, name="away", options=post_office.options(imap=closed), secrets={"password": "file:mail.main.password"}),
        {"channel": "widget", "name": "clinic"},
    )
    found = {one.account: one for one in await checking.look(here)}
    assert "there is no channel pigeon; there are" in found["pigeon:main"].reason
    assert found["max:main"].reason.endswith("there is no such secret file")
    assert "no such secret file" in found["mail:odd"].reason
    assert found["mail:main"].reason == "the mailbox refuses our user or password"
    assert found["mail:away"].reason == "the mailbox does not answer"
    for one in found.values():
        assert "\n" not in one.reason and "wrong-password" not in one.reason and not one.advice


async def test_options_that_are_wrong_are_named(runtime: Runtime, post_office: MailServer) -> None:
    secret(runtime, "mail.main.password", "x")
    [found] = await checking.look(with_accounts(runtime, mailbox(post_office, options={"imap": {"host": "x"}})))
    assert "imap.port" in found.reason


@pytest.mark.parametrize(("why", "colour", "advice"), [
    ("webhook_gone", "red", True), ("token", "red", False), ("flood", "amber", True), ("something_new", "red", False),
])  # fmt: skip
def test_what_chat_puts_right_itself_fails_nothing(why: str, colour: Any, advice: bool) -> None:
    found = checking._said("max:main", checking.Lamp(colour=colour, why=why))
    assert found.advice is advice and found.reason and "_" not in found.reason.replace("public_url", "")


def test_an_account_that_does_not_answer_in_time_says_so() -> None:
    assert "does not answer within" in checking._said("max:main", None).reason
