"""The wire against a real server behind a faulty line: what is not known is told as that, and nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from mis.connectors.fhir_r4.wire import Auth, Wire
from mis.terms import (
    Conflict,
    DeadlineExceeded,
    Invalid,
    Malformed,
    MisError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from okno.command.processes import ports
from tests.mis.fhir_server import FhirServer, context
from tests.mis.proxy import Fault, Proxy, answering, faulty

Json = dict[str, Any]


@pytest_asyncio.fixture
async def proxy(fhir_server: FhirServer) -> AsyncIterator[Proxy]:
    async with faulty(fhir_server.base) as one:
        yield one


@pytest_asyncio.fixture
async def wire(fhir_server: FhirServer, proxy: Proxy) -> AsyncIterator[Wire]:
    one = Wire(proxy.url, Auth(f"Bearer {fhir_server.token}"), page=10)
    yield one
    await one.close()


def _organization(name: str = "Payer") -> Json:
    return {"resourceType": "Organization", "name": name, "identifier": [{"system": "urn:test", "value": name}]}


@pytest.mark.parametrize(("fault", "error"), [
    ("unavailable", Unavailable), ("html", Malformed), ("drop", Unavailable), ("lie", Malformed), ("rate", RateLimited),
    ("stall", DeadlineExceeded),
])  # fmt: skip
async def test_a_read_that_fails_says_how(wire: Wire, proxy: Proxy, fault: Fault, error: type[MisError]) -> None:
    proxy.always(fault)
    with pytest.raises(error):
        await wire.search(context(seconds=1), "Organization", [("name", "x")], limit=5)


@pytest.mark.parametrize("fault", ["unavailable", "html", "cut", "drop", "lie", "stall"])
async def test_a_write_without_an_answer_is_of_unknown_outcome(wire: Wire, proxy: Proxy, fault: Fault) -> None:
    proxy.always(fault)
    with pytest.raises(OutcomeUnknown) as raised:
        await wire.write(context("our-key", seconds=1), "POST", "Organization", _organization())
    assert (raised.value.ours, len(proxy.seen)) == ("our-key", 1)


async def test_a_write_that_could_not_begin_is_not_unknown() -> None:
    wire = Wire(f"http://127.0.0.1:{ports.free()}/fhir", Auth())
    try:
        with pytest.raises(Unavailable):
            await wire.write(context("k"), "POST", "Organization", _organization())
    finally:
        await wire.close()


async def test_a_put_whose_line_breaks_is_not_sent_again(wire: Wire, proxy: Proxy, fhir_server: FhirServer) -> None:
    await fhir_server.put({**_organization(), "id": "put-once"})
    proxy.next("cut", method="PUT")
    with pytest.raises(OutcomeUnknown):
        await wire.write(context("k"), "PUT", "Organization/put-once", {**_organization("New"), "id": "put-once"}, if_match="1")
    assert (await fhir_server.get("Organization/put-once"))["meta"]["versionId"] == "2"
    assert len(proxy.seen) == 1  # aiohttp by itself repeats a PUT whose line breaks


async def test_a_search_goes_page_after_page_as_a_form(wire: Wire, proxy: Proxy, fhir_server: FhirServer) -> None:
    await fhir_server.put_all([{**_organization("Paged"), "id": f"paged-{number:02d}"} for number in range(35)])
    found = await wire.search(context(), "Organization", [("name", "Paged")], limit=100)
    assert (len(found.matches), found.complete) == (35, True)
    assert {(one.method, one.path.rpartition("/")[2]) for one in proxy.seen} == {("POST", "_search")}
    cut = await wire.search(context(), "Organization", [("name", "Paged")], limit=20)
    assert (len(cut.matches), cut.complete) == (20, False)


async def test_an_unknown_parameter_is_refused_and_never_lists_everybody(wire: Wire) -> None:
    """The MIS sheet, 2.5: `Patient?bogus=1` returned all patients where handling is lenient."""
    with pytest.raises(Invalid):
        await wire.search(context(), "Patient", [("bogus", "1")], limit=10)


async def test_conditions_are_kept_alone_and_in_a_transaction(wire: Wire, fhir_server: FhirServer) -> None:
    made = await wire.write(context("k"), "POST", "Organization", _organization("Once"), if_none_exist="identifier=urn:test|Once")
    again = await wire.write(context("k"), "POST", "Organization", _organization("Once"), if_none_exist="identifier=urn:test|Once")
    assert made["id"] == again["id"]
    with pytest.raises(Conflict, match="version"):
        await wire.write(context("k"), "PUT", f"Organization/{made['id']}", made, if_match="7")
    with pytest.raises(NotFound):
        await wire.read(context(), "Organization/nowhere")


async def test_without_the_word_we_are_not_known(fhir_server: FhirServer) -> None:
    wire = Wire(fhir_server.base, Auth("Bearer wrong"))
    try:
        with pytest.raises(Unauthenticated):
            await wire.search(context(), "Organization", [], limit=1)
    finally:
        await wire.close()


class _Server:
    """A server that says what it is told, for answers no real one of ours gives."""

    def __init__(self) -> None:
        self.answers: list[Json] = []
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path_qs}")
        return web.json_response(self.answers.pop(0), content_type="application/fhir+json")


@pytest_asyncio.fixture
async def told() -> AsyncIterator[tuple[_Server, Wire]]:
    server = _Server()
    async with answering(server.answer) as url:
        wire = Wire(f"{url}/fhir", Auth())
        yield server, wire
        await wire.close()


def _bundle(*entries: Any, **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in entries], **more}


async def test_a_filter_the_server_left_out_is_no_answer(told: tuple[_Server, Wire]) -> None:
    server, wire = told
    link = [{"relation": "self", "url": "http://x/fhir/Patient?_count=10"}]
    server.answers = [_bundle({"resourceType": "Patient", "id": "1"}, link=link)]
    with pytest.raises(Malformed):
        await wire.search(context(), "Patient", [("phone", "1")], limit=10)


async def test_an_outcome_among_the_matches_is_no_match(told: tuple[_Server, Wire]) -> None:
    server, wire = told
    server.answers = [_bundle({"resourceType": "OperationOutcome"}, {"resourceType": "Patient", "id": "1"}, None, 5)]
    assert [one["id"] for one in (await wire.search(context(), "Patient", [("phone", "1")], limit=10)).matches] == ["1"]


async def test_an_opaque_next_page_is_asked_for_by_its_link_on_the_same_server_only(told: tuple[_Server, Wire]) -> None:
    server, wire = told
    base = wire.base
    first = _bundle({"resourceType": "Patient", "id": "1"}, link=[{"relation": "next", "url": f"{base}?_getpages=abc"}])
    server.answers = [first, _bundle({"resourceType": "Patient", "id": "2"})]
    found = await wire.search(context(), "Patient", [("phone", "1")], limit=10)
    assert ([one["id"] for one in found.matches], server.asked[1]) == (["1", "2"], "GET /fhir?_getpages=abc")
    away = [{"relation": "next", "url": "http://evil.example/fhir?_getpages=abc"}]
    server.answers = [_bundle({"resourceType": "Patient", "id": "1"}, link=away)]
    with pytest.raises(Malformed):
        await wire.search(context(), "Patient", [("phone", "1")], limit=10)


@pytest.mark.parametrize("answer", [[], {"resourceType": 5}, {"resourceType": "Bundle", "entry": {}}, {"data": 1}])
async def test_another_shape_than_promised_is_no_answer(told: tuple[_Server, Wire], answer: Any) -> None:
    """Trap 9: polymorphic answers."""
    server, wire = told
    server.answers = [answer]
    with pytest.raises(Malformed):
        await wire.search(context(), "Patient", [("phone", "1")], limit=10)


async def test_a_page_that_repeats_itself_ends(told: tuple[_Server, Wire]) -> None:
    server, wire = told
    link = [{"relation": "next", "url": f"{wire.base}/Patient?page=2"}]
    server.answers = [_bundle({"resourceType": "Patient", "id": "1"}, link=link, total=9) for _ in range(3)]
    found = await wire.search(context(), "Patient", [("phone", "1")], limit=10)
    assert (len(found.matches), found.complete, len(server.asked)) == (1, False, 2)


async def test_no_number_stands_in_a_url(told: tuple[_Server, Wire]) -> None:
    server, wire = told
    link = [{"relation": "next", "url": f"{wire.base}/Patient?phone=%2B79990000001&page=2"}]
    server.answers = [_bundle({"resourceType": "Patient", "id": "1"}, link=link), _bundle()]
    await wire.search(context(), "Patient", [("phone", "+79990000001")], limit=10)
    assert server.asked == ["POST /fhir/Patient/_search"] * 2


async def test_the_proxy_itself_is_a_proxy(proxy: Proxy) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{proxy.url}/metadata") as answer:
        assert answer.status == 200
