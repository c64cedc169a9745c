"""Who asks and what, read carefully; what is refused says why in a word a page knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

import pydantic
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chat.wire import Peer
from okno.audit import AuditTrail
from okno.database import Connection
from okno.service.doors import problem

Kind = TypeVar("Kind", bound=BaseModel)
# Who sees what was taken back.
SUPERVISING = ("supervisor", "auditor")
_WORD = Annotated[str, StringConstraints(max_length=200)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Who(_Asked):
    """Who asks: an account of the staff's, his role, the operator he is, why, for which request."""

    actor: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    role: _WORD = ""
    operator: _WORD = ""
    purpose: _WORD = ""
    request: UUID | None = None

    @property
    def supervises(self) -> bool:
        """Whether he sees what was taken back."""
        return self.role in SUPERVISING


class Asked(_Asked):
    """Somebody asks something; nothing else is said."""

    who: Who


class AskedMessages(Asked):
    """Messages after a number, or a page before one."""

    since: int | None = None
    before: int | None = None


class AskedOf(Asked):
    """The conversations of persons."""

    identities: Annotated[list[UUID], Field(max_length=100)]


class Sent(Asked):
    """A message that is to be sent; `id` was minted where he clicked, `version` is the request's as he saw it."""

    id: UUID
    text: Annotated[str, StringConstraints(max_length=100_000)] = ""
    reply_to: UUID | None = None
    attachments: Annotated[list[UUID], Field(max_length=50)] = []
    template: dict[str, Any] | None = None
    version: int = 0


class Changed(Asked):
    """A message of ours is changed, taken back, tried again; `version` is the request's as he saw it."""

    text: Annotated[str, StringConstraints(max_length=100_000)] = ""
    version: int = 0


class Told(Asked):
    """Something of a conversation: that somebody types, up to where he has read, why a person is blocked."""

    on: bool = True
    seq: int = 0
    reason: _WORD = ""


class Started(Asked):
    """A conversation that we begin: with one we know, or at a number or a mail address."""

    id: UUID
    account: str
    identity: UUID | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] = ""
    mail: Annotated[str, StringConstraints(max_length=254)] = ""
    name: _WORD = ""
    text: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
    subject: _WORD = ""
    request: UUID | None = None
    template: dict[str, Any] | None = None

    def peer(self, number: str) -> Peer:
        """Return who is meant by a number (E.164) or a mail address."""
        where = number or self.mail.strip().lower()
        return Peer(ext_user=where, ext_chat=where, name=self.name, phone=number)


class No(Exception):
    """The wish is refused: 409, and `why` in a word below `chat.refused.`."""

    def __init__(self, why: str, status: int = 409) -> None:
        super().__init__(why)
        self.why, self.status = why, status

    def answer(self) -> web.Response:
        """Return what is answered."""
        return problem(self.status, f"refused: {self.why}", key=f"chat.refused.{self.why}", why=self.why)


def asked(kind: type[Kind], body: Any) -> Kind:
    """Read what is asked. Raises HTTPBadRequest."""
    try:
        return kind.model_validate(body)
    except pydantic.ValidationError:
        raise web.HTTPBadRequest(reason="it is not asked as it must be") from None


@dataclass(frozen=True, slots=True)
class Audited:
    """Writes into the audit who saw or did what."""

    trail: AuditTrail

    async def __call__(self, connection: Connection, who: Who, action: str, subject: UUID, **details: Any) -> None:
        """Write an entry within the caller's transaction: it is committed before anything is answered."""
        await self.trail.append(
            who.actor, action, str(subject), who.purpose or "service", who.request, details, connection
        )
