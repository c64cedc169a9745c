"""Deadlines, retries, breakers: around a connector over a real socket, behind the faulty proxy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from prometheus_client import CollectorRegistry

from mis.connectors.none import NoMis
from mis.guard import Figures, Guarded
from mis.guard.breaker import FAILURES
from mis.terms import (
    Appointment,
    Booked,
    BookingOrder,
    Candidate,
    Candidates,
    Connector,
    ContactReport,
    Context,
    DeadlineExceeded,
    Malformed,
    Named,
    NotConnected,
    NotOffered,
    OutcomeUnknown,
    PatientQuery,
    Slot,
    Unavailable,
)
from okno import clock
from okno.settings import MisSettings
from tests.mis.proxy import Proxy, answering, faulty

SOON = datetime(2030, 1, 1, 9, tzinfo=UTC)
SLOT = Slot(id="s", start=SOON, end=SOON + timedelta(minutes=30), doctor=Named(id="d", name="D"))
ORDER = BookingOrder(key="k", slot=SLOT, patient="p")
WHO = PatientQuery(phones=("+79990000001",))


class Wire(Connector):
    """A connector over HTTP that knows nothing of deadlines."""

    capabilities = frozenset(("search_phone", "book"))

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = aiohttp.ClientSession()

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        body = await self._post("/find", {"phones": query.phones})
        return Candidates(people=tuple(Candidate(id=one, name="X") for one in body["found"]))

    async def book(self, ctx: Context, order: BookingOrder) -> Booked:
        body = await self._post("/book", {"key": order.key})
        return Booked(appointment=Appointment(
            id=body["id"], status="booked", patient=order.patient, start=SLOT.start, end=SLOT.end, doctor=SLOT.doctor,
        ))  # fmt: skip

    async def report_contact(self, ctx: Context, report: ContactReport) -> None:
        await self._post("/report", {"key": report.key})

    async def close(self) -> None:
        await self.session.close()

    async def _post(self, path: str, body: object) -> dict[str, list[str]]:
        try:
            async with self.session.post(self.url + path, json=body) as answer:
                if answer.status != 200:
                    raise Unavailable
                got: dict[str, list[str]] = json.loads(await answer.read())
                return got
        except aiohttp.ClientError:
            raise (OutcomeUnknown("k") if path == "/book" else Unavailable) from None


@pytest_asyncio.fixture
async def done() -> list[str]:
    return []


@pytest_asyncio.fixture
async def proxy(done: list[str]) -> AsyncIterator[Proxy]:
    async def do(request: web.Request) -> web.Response:
        done.append(request.path)
        return web.json_response({"found": ["1"], "id": "a"})

    async with answering(do) as url, faulty(url) as one:
        one.slow_s = 0.2
        yield one


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest_asyncio.fixture
async def mis(proxy: Proxy, registry: CollectorRegistry) -> AsyncIterator[Guarded]:
    settings = MisSettings(read_s=2.0, write_s=2.0, at_once=4)
    one = Guarded(Wire(proxy.url), settings, Figures(registry))
    yield one
    await one.close()


def _ctx(seconds: float = 60.0) -> Context:
    return Context(actor="a", purpose="test", deadline=clock.monotonic() + seconds, key="k")


async def test_a_read_is_asked_again_and_a_figure_says_so(
    mis: Guarded, proxy: Proxy, registry: CollectorRegistry
) -> None:
    proxy.next("unavailable", times=2)
    assert [one.id for one in (await mis.find_patients(_ctx(), WHO)).people] == ["1"]
    assert registry.get_sample_value("okno_mis_retries_total", {"operation": "find_patients"}) == 2


async def test_the_same_question_of_many_is_one(mis: Guarded, proxy: Proxy, done: list[str]) -> None:
    proxy.always("slow")
    await asyncio.gather(*(mis.find_patients(_ctx(), WHO) for _ in range(10)))
    assert done == ["/find"]


async def test_a_read_ends_at_its_deadline(mis: Guarded, proxy: Proxy) -> None:
    proxy.always("stall")
    with pytest.raises(DeadlineExceeded):
        await mis.find_patients(_ctx(0.1), WHO)


async def test_a_page_of_html_is_nonsense_and_is_not_asked_again(mis: Guarded, proxy: Proxy) -> None:
    proxy.always("html")
    with pytest.raises(Malformed):
        await mis.find_patients(_ctx(), WHO)
    assert len(proxy.seen) == 1


async def test_a_write_is_sent_once_whatever_comes(mis: Guarded, proxy: Proxy, done: list[str]) -> None:
    """P2: no write is repeated; what did not end is unknown, what never left is not."""
    for fault in ("cut", "stall", "html"):
        proxy.next(fault)  # type: ignore[arg-type]
        with pytest.raises(OutcomeUnknown) as told:
            await mis.book(_ctx(), ORDER)
        assert told.value.ours == "k"
    proxy.next("unavailable")
    with pytest.raises(Unavailable):
        await mis.book(_ctx(), ORDER)
    assert len(proxy.seen) == 4 and done == ["/book"]
    with pytest.raises(Unavailable):
        await mis.book(_ctx(0.0), ORDER)
    assert len(proxy.seen) == 4


async def test_a_dead_mis_is_left_in_peace_for_reads_and_not_for_writes(
    mis: Guarded, proxy: Proxy, registry: CollectorRegistry
) -> None:
    proxy.always("unavailable", path="/find")
    for number in range(FAILURES):
        with pytest.raises(Unavailable):
            await mis.find_patients(_ctx(), PatientQuery(phones=(str(number),)))
    seen = len(proxy.seen)
    with pytest.raises(Unavailable):
        await mis.find_patients(_ctx(), WHO)
    assert len(proxy.seen) == seen
    assert registry.get_sample_value("okno_mis_breaker_open", {"kind": "people"}) == 1
    assert isinstance(await mis.book(_ctx(), ORDER), Booked)


async def test_a_mis_that_takes_no_reports_is_still_booked_in(mis: Guarded, proxy: Proxy) -> None:
    report = ContactReport(key="k", patient="p", at=SOON, kind="call", outcome="done", operator="orlova")
    proxy.always("unavailable", path="/report")
    for _ in range(FAILURES + 1):
        with pytest.raises(Unavailable):
            await mis.report_contact(_ctx(), report)
    assert sum(one.path == "/report" for one in proxy.seen) == FAILURES
    assert isinstance(await mis.book(_ctx(), ORDER), Booked)


async def test_slow_reads_leave_room_for_a_booking(mis: Guarded, proxy: Proxy) -> None:
    proxy.always("stall", path="/find")
    asking = [
        asyncio.create_task(mis.find_patients(_ctx(), PatientQuery(phones=(str(number),)))) for number in range(20)
    ]
    await asyncio.sleep(0.05)
    assert isinstance(await mis.book(_ctx(), ORDER), Booked)
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(one) for one in ends} <= {DeadlineExceeded, Unavailable}


async def test_what_the_connector_does_not_offer_is_no_outage(mis: Guarded, registry: CollectorRegistry) -> None:
    for _ in range(FAILURES + 1):
        with pytest.raises(NotOffered):
            await mis.card(_ctx(), "1")
    assert registry.get_sample_value("okno_mis_breaker_open", {"kind": "people"}) == 0
    none = Guarded(NoMis(), MisSettings(), Figures(CollectorRegistry()))
    with pytest.raises(NotConnected):
        await none.state(_ctx())
    assert mis.capabilities == {"search_phone", "book"} and none.capabilities == frozenset()


async def test_a_mistake_of_a_connector_says_where_and_nothing_else(
    mis: Guarded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def slip(*_: object) -> Candidates:
        raise ValueError("+79990000001")

    monkeypatch.setattr(Wire, "find_patients", slip)
    with pytest.raises(Malformed):
        await mis.find_patients(_ctx(), WHO)
    assert "ValueError" in str([vars(record) for record in caplog.records])
    assert "9990000001" not in str([vars(record) for record in caplog.records])
