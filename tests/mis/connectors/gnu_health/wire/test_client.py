"""Tryton's JSON-RPC: a real GNU Health behind a faulty line, and a line that says what no Tryton should."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from mis.connectors.gnu_health.wire import Wire
from mis.terms import (
    Conflict,
    DeadlineExceeded,
    Forbidden,
    Invalid,
    Malformed,
    MisError,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from okno.command.processes import ports
from tests.mis.connectors.gnu_health.lying import Answer, tryton
from tests.mis.fhir_server import context
from tests.mis.gnu_health_server import USER, GnuHealthServer
from tests.mis.proxy import faulty


def error(*said: Any) -> Answer:
    return lambda body: web.json_response({"id": body["id"], "error": [*said]})


def status(code: int, **headers: str) -> Answer:
    return lambda body: web.Response(status=code, headers=headers)


READS: list[tuple[Answer, type[MisError]]] = [
    (status(401), Unauthenticated),
    (status(403), Forbidden),
    (status(404), Unavailable),
    (status(400), Invalid),
    (status(502), Unavailable),
    (status(302, Location="/"), Malformed),
    (status(429), RateLimited),
    (error("UserError", ["who may", "", None]), Forbidden),
    (error("'no.such.model'", ""), Unavailable),
    (error("LoginException", ["x", "y", "z"]), Unauthenticated),
    (lambda body: web.Response(text="<html>"), Malformed),
    (lambda body: web.json_response({}), Malformed),
    (lambda body: web.json_response([]), Malformed),
    (lambda body: web.json_response({"id": body["id"] + 1, "result": []}), Malformed),
    (lambda body: web.json_response({"id": body["id"], "result": {"a": 1}}), Malformed),
    (lambda body: web.json_response({"id": body["id"], "result": [1]}), Malformed),
    (lambda body: web.json_response({"id": body["id"], "result": [{"__class__": "date"}]}), Malformed),
]
WRITES: list[tuple[Answer, type[MisError]]] = [
    (status(401), Unauthenticated),
    (status(403), Forbidden),
    (status(502), OutcomeUnknown),
    (error("ConcurrencyException", "modified"), Conflict),
    (error("UserError", ["a name", "", None]), Invalid),
    (error("UserWarning", ["a", "b", "c"]), Invalid),
    (error("could not serialize", "trace"), OutcomeUnknown),
    (lambda body: web.Response(text="<html>"), OutcomeUnknown),
    (lambda body: web.json_response({}), OutcomeUnknown),
    (lambda body: web.json_response({"id": body["id"], "result": "yes"}), OutcomeUnknown),
]


@pytest.mark.parametrize(("answer", "means"), READS)
async def test_what_an_answer_to_a_read_means(answer: Answer, means: type[MisError]) -> None:
    async with tryton(answer) as (wire, _):
        with pytest.raises(means) as told:
            await wire.rows(context(), "gnuhealth.patient", [], ("id",))
        assert "a name" not in str(told.value) and "who may" not in str(told.value)


@pytest.mark.parametrize(("answer", "means"), WRITES)
async def test_what_an_answer_to_a_write_means(answer: Answer, means: type[MisError]) -> None:
    async with tryton(answer) as (wire, _):
        with pytest.raises(means) as told:
            await wire.create(context("key"), "party.party", {})
        assert "a name" not in str(told.value)
        assert not isinstance(told.value, OutcomeUnknown) or told.value.ours == "key"


async def test_it_tells_when_to_come_again() -> None:
    async with tryton(status(429, **{"Retry-After": "7"})) as (wire, _):
        with pytest.raises(RateLimited) as told:
            await wire.count(context(), "party.party")
        assert told.value.retry_after_s == 7.0


async def test_trap_11_a_session_that_ended_is_renewed_once_in_the_middle_of_a_write() -> None:
    def once(body: dict[str, Any]) -> web.Response:
        if asked.count("model.party.party.create") == 1:
            return web.Response(status=401)
        return web.json_response({"id": body["id"], "result": [5]})

    async with tryton(once) as (wire, asked):
        assert await wire.create(context(), "party.party", {}) == 5
        assert asked == ["common.db.login", "model.party.party.create"] * 2


async def test_those_who_come_at_once_log_in_once(gnu_health_server: GnuHealthServer) -> None:
    async with faulty(gnu_health_server.base.rpartition("/")[0]) as proxy:
        logins = []
        proxy.when(lambda how, where, body: logins.append(1) if b"common.db.login" in body else None)
        name = gnu_health_server.base.rpartition("/")[2]
        wire = Wire(f"{proxy.url}/{name}", USER, gnu_health_server.password, "en")
        counts = await asyncio.gather(*(wire.count(context(), "gnuhealth.institution") for _ in range(5)))
        assert len(set(counts)) == 1 and len(logins) == 1
        await wire.close()


async def test_a_real_session_that_was_ended_is_renewed(gnu_health_server: GnuHealthServer) -> None:
    wire = Wire(gnu_health_server.base, USER, gnu_health_server.password, "en")
    before = await wire.count(context(), "gnuhealth.specialty")
    wire._known = wire._known[:-8] + "AAAAAAA="
    assert await wire.count(context(), "gnuhealth.specialty") == before
    await wire.close()


async def test_a_wrong_password_is_told_without_it(gnu_health_server: GnuHealthServer) -> None:
    wire = Wire(gnu_health_server.base, USER, "not the password", "en")
    with pytest.raises(Unauthenticated) as told:
        await wire.count(context(), "party.party")
    assert "password" not in str(told.value)
    await wire.close()


async def test_nothing_of_a_person_stands_in_a_url(gnu_health_server: GnuHealthServer) -> None:
    async with faulty(gnu_health_server.base.rpartition("/")[0]) as proxy:
        name = gnu_health_server.base.rpartition("/")[2]
        wire = Wire(f"{proxy.url}/{name}", USER, gnu_health_server.password, "en")
        await wire.rows(context(), "party.party", [["lastname", "=", "Secretova"]], ("name",))
        assert {one.path for one in proxy.seen} == {f"/{name}/"}
        await wire.close()


async def test_a_write_that_never_left_is_not_unknown() -> None:
    wire = Wire(f"http://127.0.0.1:{ports.free()}/health", "okno", "word", "en")
    with pytest.raises(Unavailable):
        await wire.create(context(), "party.party", {})
    await wire.close()


async def test_a_deadline_is_kept_and_of_a_write_it_is_unknown(gnu_health_server: GnuHealthServer) -> None:
    async with faulty(gnu_health_server.base.rpartition("/")[0]) as proxy:
        name = gnu_health_server.base.rpartition("/")[2]
        wire = Wire(f"{proxy.url}/{name}", USER, gnu_health_server.password, "en")
        await wire.count(context(), "party.party")
        proxy.always("stall")
        with pytest.raises(DeadlineExceeded):
            await wire.count(context(seconds=0.5), "party.party")
        with pytest.raises(OutcomeUnknown):
            await wire.create(context("key", 0.5), "party.party", {"name": "Nobody"})
        await wire.close()


async def test_an_answer_without_end_is_given_up() -> None:
    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response({"id": body["id"], "result": "x" * (17 * 2**20)})

    app = web.Application()
    app.router.add_post("/health/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    wire = Wire(f"http://127.0.0.1:{runner.addresses[0][1]}/health", "okno", "word", "en")
    with pytest.raises(Unavailable):
        await wire.count(context(), "party.party")
    await wire.close()
    await runner.cleanup()
