"""The routes of accounts: list, make, new password, disable. For a person's session only: a token makes no people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from okno.audit import AuditTrail
from web.accounts import passwords
from web.accounts.passwords import Passwords
from web.accounts.people import Account, BadAccount, LastAdministrator, LoginTaken, NoSuchAccount, People
from web.rest.admin.models import AccountBody, AccountRow, Accounts, NewPassword, NothingBody
from web.rest.endpoint import Visit, endpoint
from web.rest.problems import Problem

_PURPOSE = "administration"


class AccountDesk:
    """Accounts, as an administrator gives and takes them.

    Args:
        people: the table of accounts.
        hashing: of passwords.
        audit: the web service's.
        ended: called with an account whose sessions are over, and with whoever ended them.
    """

    def __init__(
        self, people: People, hashing: Passwords, audit: AuditTrail, ended: Callable[[Account, str], Awaitable[None]]
    ) -> None:
        self._people, self._hashing, self._audit, self._ended = people, hashing, audit, ended

    @endpoint("GET", "/accounts", "accounts.manage", answers=Accounts, people=True)
    async def accounts(self, visit: Visit) -> Accounts:
        """List the accounts."""
        _person(visit)
        return Accounts(items=[AccountRow(**_row(one)) for one in await self._people.all()])

    @endpoint(
        "POST", "/accounts", "accounts.manage", answers=NewPassword, body=AccountBody, status=201, people=True
    )
    async def account_add(self, visit: Visit) -> NewPassword:
        """Make an account; its password is answered this once."""
        _person(visit)
        wanted: AccountBody = visit.body
        title = wanted.title
        if wanted.operator is not None:
            title = await _title(visit, wanted.operator) or title
        password = passwords.generate()
        hashed = await self._hashing.hash(password)
        try:
            made = await self._people.add(
                wanted.login, title=title, role=wanted.role, operator=wanted.operator, password=hashed
            )
        except BadAccount:
            field = "operator" if wanted.role == "operator" and not wanted.operator else "login"
            raise _fault(field, "cannot be so") from None
        except LoginTaken:
            raise Problem(409, "the login is taken", "error.login_taken") from None
        account = await self._people.of(made)
        details = {"login": account.login, "role": account.role, "operator": account.operator}
        await self._audit.append(visit.who.name, "account.add", str(made), _PURPOSE, None, details)
        return NewPassword(**_row(account), password=password)

    @endpoint(
        "POST", "/accounts/{id}/reset", "accounts.manage", answers=NewPassword, body=NothingBody, people=True
    )
    async def account_reset(self, visit: Visit) -> NewPassword:
        """Give an account a new password, enable it, end its sessions."""
        account = await self._found(visit)
        password = passwords.generate()
        await self._people.reset(account.login, await self._hashing.hash(password))
        await self._audit.append(visit.who.name, "account.reset", str(account.id), _PURPOSE)
        await self._ended(account, visit.who.name)
        return NewPassword(**_row(await self._people.of(account.id)), password=password)

    @endpoint(
        "POST", "/accounts/{id}/disable", "accounts.manage", answers=AccountRow, body=NothingBody, people=True
    )
    async def account_disable(self, visit: Visit) -> AccountRow:
        """Close an account; its sessions end within two seconds."""
        account = await self._found(visit)
        try:
            await self._people.dismiss(account.id)
        except LastAdministrator:
            raise Problem(409, "it is the last administrator", "error.last_administrator") from None
        await self._audit.append(visit.who.name, "account.disable", str(account.id), _PURPOSE)
        await self._ended(account, visit.who.name)
        return AccountRow(**_row(await self._people.of(account.id)))

    async def _found(self, visit: Visit) -> Account:
        _person(visit)
        try:
            return await self._people.of(UUID(visit.path["id"]))
        except NoSuchAccount:
            raise Problem(404, "there is no such account", "error.http_404") from None


def _person(visit: Visit) -> None:
    if visit.who.kind != "person":
        raise Problem(401, "this needs a person's session, a token makes no people", "error.http_401")


async def _title(visit: Visit, operator: str) -> str | None:
    """Return how the directory calls an operator. Raises Problem 422 for one it has not."""
    document = (await visit.engine.directory())["document"]
    for one in document["operators"]:
        if one["name"] == operator:
            return str(one["title"].get("ru") or one["title"].get("en") or operator)
    raise _fault("operator", "the directory has no such operator")


def _fault(field: str, message: str) -> Problem:
    errors = [{"field": field, "message": message}]
    return Problem(422, "the body is not as the contract says", "error.malformed", errors=errors)


def _row(account: Account) -> dict[str, object]:
    return {
        "id": account.id, "login": account.login, "title": account.title, "role": account.role,
        "operator": account.operator, "disabled": account.disabled_at is not None,
    }  # fmt: skip
