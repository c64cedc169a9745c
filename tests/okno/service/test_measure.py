"""Requests are counted by the route's pattern: what stands in a path never becomes a label."""

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry, generate_latest

from okno.service.measure import measuring


async def answer(request: web.Request) -> web.Response:
    if request.query:
        raise web.HTTPForbidden
    if request.match_info["number"] == "0":
        raise ValueError
    return web.Response()


async def test_by_pattern_method_and_status() -> None:
    registry = CollectorRegistry()
    app = web.Application(middlewares=[measuring(registry)])
    app.router.add_route("*", "/calls/{number}", answer)
    async with TestServer(app) as server, ClientSession() as session:
        for method, path in [
            ("GET", "/calls/79990001122"),
            ("GET", "/calls/1?x=1"),
            ("GET", "/calls/0"),
            ("GET", "/89990001122"),
            ("PROPFIND", "/calls/1"),
        ]:
            async with session.request(method, server.make_url(path)):
                pass
    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name.endswith("_count")
    }
    assert counted == {
        ("GET", "/calls/{number}", "200"): 1,
        ("GET", "/calls/{number}", "403"): 1,
        ("GET", "/calls/{number}", "500"): 1,
        ("GET", "unknown", "404"): 1,
        ("other", "/calls/{number}", "200"): 1,
    }
    assert b"9990001122" not in generate_latest(registry)
