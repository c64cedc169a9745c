"""What comes in: opened for its request only, refused without a word of what stood there."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from mis.asking import Door
from mis.asking.opening import Body, Id
from mis.booking import NoSuchBooking
from mis.client import BODY_PLACE, Asker, Lookup
from mis.finding import BadAsk
from mis.terms import NotConnected, NotOffered, Slot, Unavailable
from okno.seal import Keyring
from okno.service.doors import telling_errors

REQUEST = uuid4()
FAULTS: dict[str, Exception] = {
    "bad": BadAsk("no"), "none": NoSuchBooking(), "cannot": NotOffered("no"), "nobody": NotConnected(),
    "away": Unavailable(),
}  # fmt: skip


class Asked(Body):
    """A question of this test's."""

    patient: Id
    slot: Slot | None = None


async def _answer(body: Asked, asker: Asker) -> object:
    assert asker == Asker(actor="orlova", role="operator", purpose="call", request=REQUEST)
    if body.patient in FAULTS:
        raise FAULTS[body.patient]
    return None if body.patient == "nothing" else Lookup(state="ready", error=body.patient)


@pytest_asyncio.fixture
async def url(keyring: Keyring) -> AsyncIterator[str]:
    app = web.Application(middlewares=[telling_errors()])
    app.add_routes([Door(keyring.sealer("bus")).post("/ask", Asked, _answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/ask"
    await runner.cleanup()


def _sent(keyring: Keyring, said: object, /, **change: object) -> dict[str, object]:
    text = said if isinstance(said, str) else json.dumps(said)
    blob = keyring.sealer("bus").seal(text, row=str(REQUEST), **BODY_PLACE)
    whole = {"actor": "orlova", "role": "operator", "purpose": "call", "request": str(REQUEST)}
    return whole | {"body": base64.b64encode(blob).decode()} | change


async def _post(url: str, sent: Any) -> tuple[int, dict[str, Any], str]:
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    async with aiohttp.ClientSession() as session, session.post(url, data=data) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers.get("Cache-Control", "")


async def test_what_is_asked_is_answered_and_kept_by_nobody(url: str, keyring: Keyring) -> None:
    status, told, cache = await _post(url, _sent(keyring, {"patient": "p1"}))
    assert (status, told["error"], cache) == (200, "p1", "no-store")
    assert (await _post(url, _sent(keyring, {"patient": "nothing"})))[:2] == (200, {})


@pytest.mark.parametrize("change", [
    {"request": str(uuid4())}, {"body": "!!!"}, {"body": "AAAA"}, {"actor": ""}, {"more": 1}, {"request": "x"},
])  # fmt: skip
async def test_a_body_for_another_request_or_of_nobody_is_refused(
    url: str, keyring: Keyring, change: dict[str, object]
) -> None:
    status, told, _ = await _post(url, _sent(keyring, {"patient": "p1"}, **change))
    assert (status, told["key"]) == (400, "error.bad_ask")


@pytest.mark.parametrize("body", [
    "[]", "{", "", {}, {"patient": ""}, {"patient": 7}, {"patient": "p", "secret-word": 1},
    {"patient": "p", "slot": {"id": "secret-word"}},
    {"patient": "p", "slot": {
        "id": "s", "start": "2026-11-21T10:00:00", "end": "2026-11-21T10:30:00Z", "doctor": {"id": "d", "name": "D"},
    }},
])  # fmt: skip
async def test_nonsense_is_refused_without_repeating_it(url: str, keyring: Keyring, body: object) -> None:
    status, told, _ = await _post(url, _sent(keyring, body))
    assert status == 400 and "secret-word" not in told["title"].replace("secret-word: Extra", "")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"null"])
async def test_what_is_no_question_at_all(url: str, data: bytes) -> None:
    assert (await _post(url, data))[0] == 400


@pytest.mark.parametrize(("patient", "status", "key"), [
    ("bad", 400, "error.bad_ask"), ("none", 404, "error.no_such_booking"), ("cannot", 409, "mis.error.not_offered"),
    ("nobody", 409, "mis.error.not_offered"), ("away", 409, "mis.error.unavailable"),
])  # fmt: skip
async def test_refusals_have_their_status(url: str, keyring: Keyring, patient: str, status: int, key: str) -> None:
    got, told, _ = await _post(url, _sent(keyring, {"patient": patient}))
    assert (got, told["key"]) == (status, key)
