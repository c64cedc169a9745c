"""The longest frame of the desk while 2,000 requests are scrolled and filtered, in a real Chromium.

The page is the real one behind the gateway of tests/screens; twenty changes a second keep coming meanwhile. The
figure is the longest task of the page's main thread in processor time, which other work on the machine cannot lengthen;
beside it, the same on the wall and the longest time between two animation frames, which it can.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os

from playwright.async_api import Page, async_playwright

from tests.screens.conftest import ARGUMENTS, CHROMIUM, Screen
from tests.screens.dev_server import DevServer
from tests.screens.synthetic import Clinic

CHANGES_EVERY_S = 0.05
WATCH = """() => {
  window.frames = { gap: 0, count: 0 };
  let last = performance.now();
  const frame = (now) => {
    window.frames.gap = Math.max(window.frames.gap, now - last);
    window.frames.count += 1;
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"]


def longest(trace: bytes) -> tuple[float, float, int]:
    """The longest task of the page's main thread: on the wall, in processor time; how many there were."""
    events = json.loads(trace)["traceEvents"]
    mains = {(one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [one for one in events if one["name"] == "RunTask" and (one["pid"], one["tid"]) in mains]
    return (
        max(one.get("dur", 0) for one in tasks) / 1000, max(one.get("tdur", 0) for one in tasks) / 1000, len(tasks)
    )


async def changes(server: DevServer) -> None:
    """Ordinary changes, for as long as it is let."""
    while True:
        server.change(server.clinic.random_ops())
        await asyncio.sleep(CHANGES_EVERY_S)


async def scroll(page: Page) -> None:
    """The whole list down and up with the wheel, then by the keyboard."""
    await page.mouse.move(150, 500)
    for step in (700, -700):
        for _ in range(120):
            await page.mouse.wheel(0, step * 1.4)
            await asyncio.sleep(0.008)
    await page.locator("#list").focus()
    for _ in range(80):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("End")
    await page.keyboard.press("Home")


async def sieve(page: Page) -> None:
    """Words, kinds and queues, set and taken away, a letter at a time."""
    for word in ("999", "регистратура", "htubcnhfnehf", "2026-0009"):
        await page.locator("#filter-text").press_sequentially(word, delay=30)
        await page.locator("#filter-text").fill("")
    for at, values in enumerate((("missed_call", "call", ""), ("dental", "registry", ""))):
        for value in values:
            await page.locator(".filter-choice").nth(at).select_option(value)
            await asyncio.sleep(0.1)


async def measure(rows: int) -> None:
    """Print one table."""
    server = DevServer(Clinic(requests=rows))
    await server.up()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {rows} rows, 20 changes/s")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        screen = Screen(await context.new_page(), server)
        page = await screen.open()
        await page.locator("#tab-all").click()
        busy = asyncio.create_task(changes(server))
        for name, act in (("still", lambda _: asyncio.sleep(5)), ("scrolling", scroll), ("filtering", sieve)):
            await page.reload()
            await screen.live()
            await page.locator("#tab-all").click()
            await asyncio.sleep(1)
            await page.evaluate(WATCH)
            await browser.start_tracing(page=page, categories=CATEGORIES)
            await act(page)
            wall, processor, tasks = longest(await browser.stop_tracing())
            seen = await page.evaluate("window.frames")
            print(
                f"{name}: longest task {processor:.0f} ms of processor ({wall:.0f} ms on the wall), "
                f"longest frame {seen['gap']:.0f} ms; {tasks} tasks, {seen['count']} frames"
            )
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        await browser.close()
    await server.down()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    asyncio.run(measure(parser.parse_args().rows))
