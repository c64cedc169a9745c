"""Who may have the password of a phone in the page, and that nobody gets it unaudited."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self, cast

import pytest

from engine.asking.cards import NotFound
from engine.asking.phones import Phones
from engine.asking.who import Asked, Who
from engine.store.history import BadQuery
from engine.world import Operator, World
from okno.service import ServiceRefused
from okno.settings import Settings
from tests.pbx.bench import bench_settings

ORLOVA = Operator(
    key="orlova", title_ru="Орлова", title_en="Orlova", extension="1001", pbx="bench", interface="PJSIP/web-1001",
    web_phone=True, active=True,
)  # fmt: skip
BODY = {"action": "give", "actor": "o.orlova", "role": "operator", "operator": "orlova"}


class Audit:
    """Writes down what was asked before it was answered."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    async def about(self, who: Who, action: str, subject: str | None = None, **more: Any) -> None:
        """One line."""
        self._lines.append(f"{who.actor} {action} {subject} {more['details']}")


class Helper:
    """What stands for `okno serve pbx`; `lines` is what happened, in order."""

    def __init__(self, lines: list[str], knows: bool = True) -> None:
        self.lines, self.knows = lines, knows

    def __call__(self, where: str, secret: str, *, timeout_s: float) -> Self:
        """A client of it."""
        self.lines.append(where)
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def post(self, path: str) -> dict[str, str]:
        """Ask it."""
        self.lines.append(path)
        if not self.knows:
            raise ServiceRefused(404, {})
        return {} if path.endswith("rotate") else {"password": "a-secret"}


def phones(operator: Operator = ORLOVA, *, socket: bool = True, knows: bool = True) -> tuple[Phones, list[str], Settings]:
    """The answers of a small world."""
    plain = bench_settings().model_dump()
    plain["pbxes"][0]["websocket_port"] = 18088 if socket else None
    settings, lines = Settings.model_validate(plain), list[str]()
    audit, helper = cast(Asked, Audit(lines)), cast(Any, Helper(lines, knows))
    return Phones(World([operator]), settings, "credential", audit, helper), lines, settings


async def test_a_password_is_audited_before_it_is_fetched_and_the_audit_holds_none() -> None:
    asked, lines, settings = phones()
    told = await asked.answer(BODY)
    assert told == {
        "endpoint": "web-1001", "socket": "ws://127.0.0.1:18088/ws", "uri": "sip:web-1001@okno", "realm": "asterisk",
        "password": "a-secret",
    }  # fmt: skip
    assert lines == [
        "o.orlova phone.give orlova {'endpoint': 'web-1001'}", f"http://127.0.0.1:{settings.pbx_service.port}", "/v1/phones/1001",
    ]  # fmt: skip


async def test_leaving_makes_a_new_one_and_the_door_needs_none() -> None:
    asked, lines, _ = phones()
    assert await asked.answer(BODY | {"action": "rotate"}) == {}
    assert lines[-1] == "/v1/phones/1001/rotate"
    lines.clear()
    assert await asked.answer(BODY | {"action": "door"}) == {"endpoint": "web-1001", "socket": "ws://127.0.0.1:18088/ws"}
    assert lines == []


@pytest.mark.parametrize("operator", [replace(ORLOVA, web_phone=False), replace(ORLOVA, active=False), replace(ORLOVA, key="klimov")])
async def test_who_has_no_phone_in_the_page_gets_nothing(operator: Operator) -> None:
    asked, lines, _ = phones(operator)
    with pytest.raises(NotFound):
        await asked.answer(BODY)
    assert lines == []


async def test_a_pbx_without_a_socket_or_without_the_phone_is_not_found() -> None:
    with pytest.raises(NotFound):
        await phones(socket=False)[0].answer(BODY)
    with pytest.raises(NotFound):
        await phones(knows=False)[0].answer(BODY)


@pytest.mark.parametrize("body", [{}, None, BODY | {"action": "steal"}, BODY | {"more": 1}, BODY | {"operator": ""}])
async def test_what_is_not_about_a_phone_is_refused(body: object) -> None:
    with pytest.raises(BadQuery):
        await phones()[0].answer(body)
