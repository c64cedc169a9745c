"""REST about the person behind a request: a joined call split off again, numbers nobody is to call back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from okno.service import ServiceDown
from web.rest.endpoint import Visit, endpoint
from web.rest.models import Order, Request
from web.rest.problems import Problem, not_done
from web.rest.reads import request_of
from web.rest.works import order_id

Reason = Annotated[str, StringConstraints(max_length=400)]


class Split(Order):
    """Take a join back: the call is a matter of its own again."""

    call: UUID


class BlockOf(Order):
    """Nobody is to call this request's number back; `until` null: for good."""

    reason: Reason = ""
    until: AwareDatetime | None = None


class NewBlock(BaseModel):
    """Nobody is to call this number back, in any spelling; `until` null: for good."""

    model_config = ConfigDict(extra="forbid")

    phone: Annotated[str, StringConstraints(min_length=3, max_length=64)]
    reason: Reason = ""
    until: AwareDatetime | None = None


class Block(BaseModel):
    """A number nobody is to call back; `phone` is masked."""

    model_config = ConfigDict(extra="ignore")

    id: str
    phone: str
    reason: str = ""
    actor: str
    at: datetime
    until: datetime | None = None


class BlockList(BaseModel):
    """Every block that holds, the newest first."""

    items: list[Block]


class Unblock(BaseModel):
    """Take a block back."""

    model_config = ConfigDict(extra="forbid")


class Done(BaseModel):
    """It is done."""

    ok: bool = Field(True)


class Persons:
    """Carries orders out under the token's role and idempotency key."""

    @endpoint("POST", "/requests/{id}/split", "requests.work", answers=Request, body=Split)
    async def split(self, visit: Visit) -> Request:
        """Split a joined call off: the request it had made is opened anew."""
        answer = await _order(visit, "split", {**_of(visit), "call": str(visit.body.call)}, visit.body)
        return request_of(visit, answer["request"])

    @endpoint("POST", "/requests/{id}/block", "numbers.block", answers=Done, body=BlockOf)
    async def block_request(self, visit: Visit) -> Done:
        """Block the number of a request: no missed calls and no promises come of it."""
        args = {"request": visit.path["id"], **_block(visit.body)}
        await _order(visit, "block", args, visit.body)
        return Done()

    @endpoint("GET", "/blocked", "numbers.blocked", answers=BlockList)
    async def blocked(self, visit: Visit) -> BlockList:
        """List the numbers nobody is to call back."""
        items = (await visit.engine.blocked())["items"]
        return BlockList(items=[Block(**{**row, "phone": visit.view.number(row["phone"])}) for row in items])

    @endpoint("POST", "/blocked", "numbers.unblock", answers=Done, body=NewBlock, status=201)
    async def block(self, visit: Visit) -> Done:
        """Block a number."""
        await _order(visit, "block", {"phone": visit.body.phone, **_block(visit.body)})
        return Done()

    @endpoint("POST", "/blocked/{id}/unblock", "numbers.unblock", answers=Done, body=Unblock)
    async def unblock(self, visit: Visit) -> Done:
        """Take a block back."""
        await _order(visit, "unblock", {"block": visit.path["id"]})
        return Done()


def _of(visit: Visit) -> dict[str, Any]:
    """The request, and the version of it that was seen."""
    seen = {} if visit.body.version is None else {"version": visit.body.version}
    return {"request": visit.path["id"], **seen}


def _block(body: BlockOf | NewBlock) -> dict[str, Any]:
    return {"reason": body.reason, "until": body.until.isoformat() if body.until else None}


async def _order(visit: Visit, name: str, args: dict[str, Any], body: Order | None = None) -> dict[str, Any]:
    operator = body.operator if body is not None else None
    if operator is not None and visit.who.role != "supervisor" and operator != visit.who.operator:
        raise Problem(403, "only a supervisor's token acts for another operator", "error.http_403")
    try:
        answer = await visit.engine.command(str(order_id(visit)), name, args, operator=operator)
    except ServiceDown:
        raise Problem(
            503, "the outcome is unknown; ask again with the same Idempotency-Key", "error.outcome_unknown",
            idempotency_key=visit.key,
        ) from None
    if not answer.get("ok"):
        raise not_done(str(answer.get("why") or "refused"), answer.get("by"))
    return answer
