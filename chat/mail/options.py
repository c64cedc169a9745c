"""How a mailbox is reached, as the settings say it: `chat.accounts[].options` of the channel `mail`."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import Field, model_validator

from okno.errors import OknoError
from okno.settings.directory import Strict, Title
from okno.settings.services import Port

_NEAR = ("localhost", "127.0.0.1", "::1")


class OptionsWrong(OknoError):
    """The options of an account are not what its channel understands."""


class Server(Strict):
    """A mail server. `tls`: from the first byte (`tls`), from STARTTLS on, or none, which only this machine may do."""

    host: str
    port: Port
    tls: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""

    @model_validator(mode="after")
    def _in_private(self) -> Self:
        if self.tls == "none" and self.host not in _NEAR:
            raise ValueError("another machine is asked under TLS only")
        return self


class MailOptions(Strict):
    """The options.

    Args:
        imap: where mail is read; without a `user` the account's address logs in.
        smtp: where mail is handed over.
        folder: the one that is read.
        poll_s: how often, in seconds.
        sender: the name beside the address in what we write.
        plus: whether the server delivers `name+anything@…` to `name@…`: then answers find their conversation by it.
        own: further addresses of this house whose mail is not read (copies of our own, other systems').
        relays: addresses that write for others, a site's form say: there the person is whom an answer goes to.
        ca: a PEM file of who signed the servers' certificates, below the state directory; empty: the system's own.
        per_hour: mails of one sender read within an hour; more of them wait in the mailbox.
    """

    imap: Server
    smtp: Server | None = None
    folder: Annotated[str, Field(min_length=1, max_length=200)] = "INBOX"
    poll_s: Annotated[float, Field(ge=1, le=600)] = 20
    sender: Title = Field(default_factory=dict)
    plus: bool = False
    own: list[str] = Field(default_factory=list)
    relays: list[str] = Field(default_factory=list)
    ca: str = ""
    per_hour: Annotated[int, Field(ge=1, le=10_000)] = 20


def options_of(account: str, given: dict[str, Any]) -> MailOptions:
    """Return an account's options. Raises OptionsWrong: with the keys that are wrong."""
    try:
        return MailOptions.model_validate(given)
    except pydantic.ValidationError as error:
        flaws = [
            f"{'.'.join(map(str, flaw['loc']))}: {flaw['msg']}"
            for flaw in error.errors(include_input=False, include_url=False)
        ]
        raise OptionsWrong(f"options of {account}: {'; '.join(flaws)}") from None


@cache
def trust(ca: Path | None) -> ssl.SSLContext:
    """Return what proves a server is who it says. Raises OptionsWrong: the file cannot be read."""
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise OptionsWrong(f"ca: the file cannot be used: {type(error).__name__}") from None
