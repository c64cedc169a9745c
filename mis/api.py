"""The internal HTTP routes of `mis`. A number comes sealed in a body; what is found is audited before it is told."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from mis.client import PHONE_PLACE, Candidate, Lookup, Status
from mis.connectors import Mis
from okno.audit import AuditTrail
from okno.phones import parse
from okno.seal import SealBroken, Sealer
from okno.service.doors import problem


class _Ask(BaseModel):
    phone: str = Field(max_length=500)
    actor: str = Field(min_length=1, max_length=80)
    purpose: str = Field(min_length=1, max_length=80)
    request: UUID


@dataclass(frozen=True, slots=True)
class Api:
    """The routes and what they stand on."""

    connector: str
    mis: Mis
    audit: AuditTrail
    bus: Sealer

    def routes(self) -> list[web.RouteDef]:
        """Return what the service adds to its application."""
        return [web.get("/status", self.status), web.post("/candidates", self.candidates)]

    async def status(self, request: web.Request) -> web.Response:
        """Answer which MIS is connected and how."""
        return _json(Status(connector=self.connector, state=await self.mis.state()))

    async def candidates(self, request: web.Request) -> web.Response:
        """Answer the patients a number may belong to."""
        try:
            ask = _Ask.model_validate_json(await request.read())
            blob = base64.b64decode(ask.phone, validate=True)
            number = parse(self.bus.open(blob, row=str(ask.request), **PHONE_PLACE))
        except (ValidationError, binascii.Error, SealBroken):
            return problem(400, "the look-up is not one of ours", key="error.mis_lookup")
        if number is None:
            return problem(400, "that is not a phone number", key="error.mis_number")
        found = await self.mis.find_by_phone(number.e164)
        state, people = ("ready", found) if isinstance(found, list) else (found, [])
        await self.audit.append(
            ask.actor, "mis.candidates", None, ask.purpose, ask.request, {"state": state, "found": len(people)}
        )
        listed = [Candidate(id=p.id, name=p.name, birth_year=p.birth_year, relation=p.relation) for p in people]
        return _json(Lookup(state=state, candidates=listed))


def _json(model: BaseModel) -> web.Response:
    return web.Response(text=model.model_dump_json(), content_type="application/json")
