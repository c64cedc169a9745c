"""From the AMI event's timestamp to the painted pop, in a real Chromium, at 5 calls a second with 19 more clients.

One `okno up` with a private Asterisk, SIPp patients and phones. The watched operator stands first in a linear queue and
refuses each ring after 0.4 s, so that he gets a pop for nearly every call. `rang_at` is AMI's own Timestamp of the ring
on the same clock; «painted» is the second animation frame after the call bar is in the document. Prints median and p99.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import socketio
from playwright.async_api import Page, async_playwright

from demo import sipp
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import Address
from tests.system import clinic as clinics
from tests.system.screen import LAUNCH, logged_in

WATCH = """() => {
  window.pops = [];
  let last = null;
  window.okno.socket.on("ring", ({ call }) => {
    last = call.id;
  });
  const seen = new Set();
  new MutationObserver(() => {
    const bar = document.querySelector(".call-bar[data-part=ringing]");
    if (!bar || !last || seen.has(last)) return;
    const call = last;
    seen.add(call);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.pops.push([call, performance.timeOrigin + performance.now()]);
    }));
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


async def client(clinic: clinics.Clinic, cookie: str) -> socketio.AsyncClient:
    """One more screen: a socket that syncs and takes every patch."""
    screen = socketio.AsyncClient()
    await screen.connect(clinic.url, headers={"Cookie": cookie, "Origin": clinic.url}, transports=["websocket"])
    await screen.call("sync", {"epoch": None, "seq": 0})
    return screen


async def cookie_of(page: Page) -> str:
    """The session cookie a page has."""
    return "; ".join(f"{each['name']}={each['value']}" for each in await page.context.cookies())


async def measure(calls: int, rate: float) -> list[float]:
    """Run the whole and return the milliseconds of every pop."""
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        clinic = clinics.start(Path(folder), **_queues())
        try:
            await clinic.ready()
            return await _pops(clinic, calls, rate)
        finally:
            clinic.stop()


def _queues() -> dict[str, Any]:
    queues = clinics.settings([1] * 11, 1)["queues"]
    main = next(queue for queue in queues if queue["name"] == clinics.MAIN_QUEUE)
    return {"queues": [main | {"strategy": "linear"}, *(q for q in queues if q is not main)], "log_level": "info"}


async def _pops(clinic: clinics.Clinic, calls: int, rate: float) -> list[float]:
    rules = [Rule(Behaviour("refuse", ring_s=0.4), called="1001"), Rule(Behaviour("answer", ring_s=0.5))]
    phones = sipp.phones(Address("127.0.0.1", clinic.phones_port), rules)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**LAUNCH)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await logged_in(page, clinic, "watched", "operator", "op1001")
        cookie = await cookie_of(page)
        others = [await client(clinic, cookie) for _ in range(19)]
        await page.evaluate(WATCH)
        dice = random.Random(1)
        placed = [
            Call(f"+7999002{i:04d}", clinics.LINES[clinics.MAIN_QUEUE].lstrip("+"), float(dice.randint(3, 6)))
            for i in range(calls)
        ]
        trunk = int(clinic.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
        patients = sipp.calls(Address("127.0.0.2", trunk), Address("127.0.0.1", clinic.sip_port), placed, rate=rate)
        await patients.wait()
        pops: list[tuple[str, float]] = await page.evaluate("window.pops")
        for other in others:
            await other.disconnect()
        await browser.close()
    phones.stop()
    clinic.token = clinic.run("token", "create", "--role", "supervisor").strip().splitlines()[-1]
    rang = {call["id"]: leg["rang_at"] for call in await clinic.every("/calls") for leg in call["legs"][:1]}
    return [painted - datetime.fromisoformat(rang[call]).timestamp() * 1000 for call, painted in pops]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--rate", type=float, default=5.0)
    args = parser.parse_args()
    pops = sorted(asyncio.run(measure(args.calls, args.rate)))
    cut = statistics.quantiles(pops, n=100)
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{args.calls} calls at {args.rate}/s, 1 Chromium and 19 more clients, {len(pops)} pops")
    print(f"AMI event to painted pop, ms: median {statistics.median(pops):.0f}, p90 {cut[89]:.0f}, p99 {cut[98]:.0f},"
          f" max {pops[-1]:.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
