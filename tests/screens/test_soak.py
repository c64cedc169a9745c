"""Eight hours in little: 300 changes a second for a while; neither memory nor nodes grow. `--soak 120` runs two minutes."""

import asyncio
from typing import Any

import pytest

from tests.screens.conftest import Screen

pytestmark = pytest.mark.asyncio(loop_scope="module")

RATE = 300
STEP_S = 0.05
# Rows, toasts and clocks come and go; what grows by more than this from the first third on is a leak.
HEAP_MAY_GROW = 4_000_000
NODES_MAY_GROW = 300


async def measure(screen: Screen, session: Any) -> tuple[int, int]:
    """Bytes of heap and number of nodes after a collection."""
    await session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    return int(metrics["JSHeapUsedSize"]), int(metrics["Nodes"])


async def flood(screen: Screen, seconds: float) -> int:
    """Ordinary changes at 300 a second, in batches as the server coalesces them; returns how many were made."""
    clinic, made = screen.server.clinic, 0
    ends = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends:
        for _ in range(int(RATE * STEP_S)):
            screen.server.change(clinic.random_ops())
            made += 1
        await asyncio.sleep(STEP_S)
    return made


async def test_nothing_leaks(screen: Screen, request: pytest.FixtureRequest) -> None:
    seconds = float(request.config.getoption("--soak", default=12.0))
    page = await screen.open()
    await page.locator("#tab-all").click()
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    await flood(screen, seconds / 3)
    await screen.settled()
    heap, nodes = await measure(screen, session)
    made = await flood(screen, seconds * 2 / 3)
    await screen.settled()
    heap_after, nodes_after = await measure(screen, session)
    print(f"\n{made} changes: heap {heap / 1e6:.1f} -> {heap_after / 1e6:.1f} MB, nodes {nodes} -> {nodes_after}")
    assert made > 0.4 * RATE * seconds * 2 / 3
    assert heap_after - heap < HEAP_MAY_GROW
    assert nodes_after - nodes < NODES_MAY_GROW
    assert await page.evaluate("okno.worldNow()") == screen.server.clinic.tables
