"""The longest frame of the desk while 2,000 requests are scrolled and filtered, in a real Chromium.

The page is the real one behind the gateway of tests/screens; a hundred changes a second keep coming meanwhile. Two
figures: the longest task of the main thread (what the page itself did), and the longest time between two animation
frames (which also holds whatever else ran on this machine).
"""

from __future__ import annotations

import argparse
import asyncio
import os

from playwright.async_api import Page, async_playwright

from tests.screens.conftest import ARGUMENTS, CHROMIUM, Screen
from tests.screens.dev_server import DevServer
from tests.screens.synthetic import Clinic

CHANGES_EVERY_S = 0.05
AIM_MS = 50
WATCH = """() => {
  window.frames = { gap: 0, task: 0, count: 0 };
  let last = performance.now();
  const frame = (now) => {
    window.frames.gap = Math.max(window.frames.gap, now - last);
    window.frames.count += 1;
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  // Chromium reports tasks of 50 ms and more only: none is what is wanted.
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.frames.task = Math.max(window.frames.task, entry.duration);
  }).observe({ type: "longtask" });
}"""
# Each drawn row's own cost, by the browser's own account.
SPENT = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


async def changes(server: DevServer) -> None:
    """Ordinary changes, for as long as it is let."""
    while True:
        for _ in range(5):
            server.change(server.clinic.random_ops())
        await asyncio.sleep(CHANGES_EVERY_S)


async def scroll(page: Page) -> None:
    """The whole list down and up with the wheel, then by the keyboard."""
    await page.mouse.move(150, 500)
    for step in (700, -700):
        for _ in range(170):
            await page.mouse.wheel(0, step)
            await asyncio.sleep(0.008)
    await page.locator("#list").focus()
    for _ in range(200):
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
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {rows} rows, 100 changes/s")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        screen = Screen(await context.new_page(), server)
        page = await screen.open()
        await page.locator("#tab-all").click()
        session = await context.new_cdp_session(page)
        await session.send("Performance.enable")
        busy = asyncio.create_task(changes(server))
        for name, act in (("still", lambda _: asyncio.sleep(5)), ("scrolling", scroll), ("filtering", sieve)):
            await page.reload()
            await screen.live()
            await page.locator("#tab-all").click()
            await asyncio.sleep(1)
            await page.evaluate(WATCH)
            before = await spent(session)
            await act(page)
            after = await spent(session)
            seen = await page.evaluate("window.frames")
            task = f"{seen['task']:.0f} ms" if seen["task"] else "under 50 ms"
            per = 1000 / max(1, seen["count"])
            each = " ".join(f"{key[:-8].lower()} {per * (after[key] - before[key]):.1f}" for key in SPENT)
            print(f"{name}: task {task}, frame {seen['gap']:.0f} ms; ms per frame of {seen['count']}: {each}")
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        await browser.close()
    await server.down()


async def spent(session: object) -> dict[str, float]:
    """What the main thread has done so far, in seconds."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]  # type: ignore[attr-defined]
    return {one["name"]: one["value"] for one in metrics}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    asyncio.run(measure(parser.parse_args().rows))
