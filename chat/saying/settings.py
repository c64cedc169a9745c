"""What the settings say of an account, checked before anything starts: each mistake is named by account and key."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, IPvAnyNetwork, ValidationError

from chat.channels import Account
from okno.errors import OknoError

_NEAR = ("localhost", "127.0.0.1", "::1")
Model = TypeVar("Model", bound=BaseModel)


class BadAccount(OknoError):
    """An account's settings say something its channel cannot use."""


def options(account: Account, model: type[Model]) -> Model:
    """Return the account's options. Raises BadAccount."""
    try:
        return model.model_validate(account.settings.options)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(step) for step in ("options", *wrong["loc"]))
        raise BadAccount(f"chat.accounts, {account.key}: {key}: {wrong['msg']}") from None


def address(account: Account, usual: str) -> str:
    """Return where the account's cloud is. Raises BadAccount: another machine is asked by https only."""
    parts = urlsplit(account.settings.address or usual)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _NEAR):
        raise BadAccount(f"chat.accounts, {account.key}: address: another machine is asked by https:// only")
    return (account.settings.address or usual).rstrip("/")


def within(where: str, networks: Sequence[IPvAnyNetwork]) -> bool:
    """Say whether an address is in one of these networks, or in any when there are none: a second lock, never the only.

    Args:
        where: who posts, as the last proxy we trust saw him.
    """
    try:
        return not networks or any(ip_address(where) in network for network in networks)
    except ValueError:
        return False
