"""The phone in an operator's page: what it registers with, told to himself alone, and made anew when he leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from engine.asking.cards import NotFound
from engine.asking.who import Asked, Who
from engine.asterisk.phones import helper_port
from engine.asterisk.render import WEB_PHONE
from engine.store.history import BadQuery
from engine.world import Operator, View
from okno.service import ServiceClient, ServiceRefused
from okno.settings import PbxSettings, Settings

Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]
# SIP needs a name on the right of the @; the digest realm of Asterisk is its own default.
DOMAIN, REALM = "okno", "asterisk"
# Asterisk's own control socket may take a while to answer during a reload.
PATIENCE_S = 20.0


class PhoneAsked(BaseModel):
    """`give`: his phone's name and password, audited. `door`: where its socket is. `rotate`: he left."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["give", "door", "rotate"]
    actor: Word
    role: Word
    operator: Word


class Phones:
    """Answers for the operators of the world, asking the helper beside their PBX for passwords.

    Args:
        world: who may use a page as his phone, and on which PBX.
        settings: where the helpers and the sockets are.
        secret: the service credential.
        asked: the engine's audit.
        connect: makes a client of a helper's address.
    """

    def __init__(
        self, world: View, settings: Settings, secret: str, asked: Asked,
        connect: Callable[..., ServiceClient] = ServiceClient,
    ) -> None:  # fmt: skip
        self._world, self._settings, self._secret, self._asked = world, settings, secret, asked
        self._connect = connect

    async def answer(self, body: object) -> dict[str, Any]:
        """Answer what web asks for an operator.

        Returns: {endpoint, socket} for `door`; with uri, password and realm for `give`; nothing for `rotate`.
        Raises: BadQuery; NotFound, he has no phone in the page; ServiceDown, the helper does not answer;
            DatabaseDown, it cannot be audited and is not told.
        """
        try:
            wish = PhoneAsked.model_validate(body)
        except ValidationError:
            raise BadQuery("the body is not about a phone") from None
        operator, pbx = self._phone(wish.operator)
        endpoint = WEB_PHONE.format(extension=operator.extension)
        door = {"endpoint": endpoint, "socket": f"ws://{_host(pbx)}:{pbx.websocket_port}/ws"}
        if wish.action == "door":
            return door
        who = Who(wish.actor, wish.role, "phone", wish.operator)
        await self._asked.about(who, f"phone.{wish.action}", operator.key, details={"endpoint": endpoint})
        path = f"/v1/phones/{operator.extension}"
        if wish.action == "rotate":
            await self._ask(pbx, lambda helper: helper.post(f"{path}/rotate"))
            return {}
        told = await self._ask(pbx, lambda helper: helper.post(path))
        return {**door, "uri": f"sip:{endpoint}@{DOMAIN}", "realm": REALM, "password": told["password"]}

    def _phone(self, name: str) -> tuple[Operator, PbxSettings]:
        operator = self._world.get(Operator, name)
        pbx = next((one for one in self._settings.pbxes if operator and one.name == operator.pbx), None)
        if operator is None or not operator.active or not operator.web_phone or pbx is None or not pbx.websocket_port:
            raise NotFound("this operator has no phone in the page")
        return operator, pbx

    async def _ask(self, pbx: PbxSettings, ask: Callable[[ServiceClient], Awaitable[Any]]) -> Any:
        host = self._settings.pbx_service.url.rpartition(":")[0]
        where = f"{host}:{helper_port(self._settings, pbx.name)}"
        async with self._connect(where, self._secret, timeout_s=PATIENCE_S) as helper:
            try:
                return await ask(helper)
            except ServiceRefused as refusal:
                raise NotFound("the PBX has no such phone yet") from refusal


def _host(pbx: PbxSettings) -> str:
    """Where Asterisk's web socket is: beside its AMI."""
    return "127.0.0.1" if pbx.ami.host in ("0.0.0.0", "::") else pbx.ami.host  # noqa: S104  # compared, not bound
