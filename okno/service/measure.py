"""How many requests, how long: by route pattern, never by path."""

from __future__ import annotations

import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Histogram

from okno.service.doors import route_of

# From a look-up in memory to a slow query; a page is felt as late above 0.1 s.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def measuring(registry: CollectorRegistry) -> Middleware:
    """Return the middleware that counts and times each request into `registry`."""
    seconds = Histogram(
        "okno_http_seconds",
        "Time to answer a request.",
        ["method", "route", "status"],
        buckets=_BUCKETS,
        registry=registry,
    )

    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            seconds.labels(_method(request), route_of(request), str(status)).observe(time.perf_counter() - started)

    return measure


def _method(request: web.Request) -> str:
    """Return the method if it is a known one: a stranger's would be a metric label of his choosing."""
    return request.method if request.method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} else "other"
