"""Webhooks a second, and how late what a patient writes is on his operator's page.

Run by hand: `python -m bench.chat_webhooks [--burst 3000] [--seconds 30] [--rate 20]`. A PostgreSQL with fsync, a
Valkey and `okno serve chat` are processes of their own; MAX is a cloud on a real socket that posts to its webhook.
First a burst is posted as fast as it is confirmed, by 24 at once, and read out. Then people write at a steady rate
while a Chromium has one of their conversations open, beside a gateway with the real chat handlers: «page» is from the
moment before the post to the second animation frame after the bubble stands there, on the same clock; «gateway» to its
being read for a page, as `web` reads it. Every message must be there, once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path

import aiohttp
import yaml

from chat.client import ChatClient
from demo.clouds.max import MaxCloud, Person
from okno.command import state
from okno.command.processes import embedded, ports
from okno.command.processes.program import Program
from okno.command.status import healthy
from okno.database import Database, ensure_databases
from okno.database.addresses import database_url
from okno.files import write_private
from okno.settings import Runtime, load_settings
from tests.fixtures import PASSWORD, running
from tests.screens.chats import ChatServer
from tests.screens.conftest import Place, chromium, placed
from tests.screens.people import PeopleServer
from tests.web.scripted_chat import Talk

PEOPLE, AT_ONCE = 50, 24
TOKEN, SECRET = "max-token-of-the-bench", "max-secret-of-the-bench"
WHO = {"actor": "bench", "role": "operator", "operator": "bench", "purpose": "bench"}
WATCH = """() => {
  window.painted = {};
  const seen = new Set();
  new MutationObserver(() => {
    for (const one of document.querySelectorAll(".thread .bubble-text")) {
      const text = one.textContent;
      if (!text.startsWith("bench ") || seen.has(text)) continue;
      seen.add(text);
      requestAnimationFrame(() => requestAnimationFrame(() => {
        window.painted[text] = performance.timeOrigin + performance.now();
      }));
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


class Gateway(ChatServer):
    """The gateway of the screens' tests, beside a real chat."""

    def __init__(self, client: ChatClient) -> None:
        super().__init__()
        self.client = client

    async def up(self) -> None:
        """Listen."""
        await PeopleServer.up(self)


def program(home: Path, port: int, public: int, cloud: str, where: dict[str, str]) -> tuple[Program, Runtime]:
    """Return `chat` as a process of its own, and its settings."""
    config = home / "okno.yaml"
    config.write_text(yaml.safe_dump({
        "chat": {"port": port, "public_url": f"http://127.0.0.1:{public}", "accounts": [{
            "channel": "max", "address": cloud, "secrets": {"token": "file:max.token", "secret": "file:max.secret"},
        }]},
        "chat_public": {"port": public},
    }))  # fmt: skip
    runtime = Runtime(load_settings(config), home / "state")
    state.prepare(runtime)
    folder = runtime.path(runtime.settings.paths.secrets)
    write_private(folder / "max.token", TOKEN)
    write_private(folder / "max.secret", SECRET)
    argv = (sys.executable, "-m", "okno.command.cli", "serve", "chat", "--config", str(config),
            "--state", str(runtime.state))  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    made = Program(name="chat", argv=argv, cwd=Path.cwd(), port=port, ready=lambda: healthy(url), ready_s=60.0,
                   env=where | {"PATH": os.environ.get("PATH", "")})  # fmt: skip
    return made, runtime


class Internet:
    """MAX and the people there."""

    def __init__(self, cloud: MaxCloud, hook: str, http: aiohttp.ClientSession) -> None:
        self.cloud, self.hook, self.http = cloud, hook, http
        self.people = [cloud.person(6000 + number) for number in range(PEOPLE)]

    async def writes(self, who: Person, text: str) -> float:
        """Let a person write; return how many milliseconds the confirmation took."""
        letter = self.cloud.letter(self.cloud.says(who, text), SECRET)
        began = time.perf_counter()
        async with self.http.post(self.hook, data=letter.body, headers=letter.headers) as answer:
            assert answer.status == 200
        return (time.perf_counter() - began) * 1000


async def read_out(database: Database) -> None:
    """Wait until nothing waits to be read."""
    while await database.fetchval("SELECT count(*) FROM raw_event WHERE state = 'waiting'"):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def burst(internet: Internet, database: Database, number: int) -> tuple[float, float, list[float]]:
    """Post as fast as it is confirmed; return posts a second, messages read a second, milliseconds of each post."""
    await read_out(database)
    before = await database.fetchval("SELECT count(*) FROM message")
    turns = iter(range(number))
    took: list[float] = []

    async def posts() -> None:
        for turn in turns:
            took.append(await internet.writes(internet.people[turn % PEOPLE], f"burst {turn}"))

    began = time.perf_counter()
    await asyncio.gather(*(posts() for _ in range(AT_ONCE)))
    confirmed = time.perf_counter() - began
    await read_out(database)
    read = time.perf_counter() - began
    assert await database.fetchval("SELECT count(*) FROM message") - before == number
    return number / confirmed, number / read, took


async def steady(  # noqa: PLR0917  who writes, how often, what is watched
    internet: Internet, client: ChatClient, place: Place, shown: str, rate: float, seconds: float
) -> tuple[list[float], list[float]]:
    """Let people write at a steady rate; return milliseconds to the page, and to the gateway."""
    sent: dict[str, float] = {}
    read: dict[str, float] = {}

    async def gateway() -> None:
        last = (await client.open(shown, WHO)).last_seq
        async with aclosing(client.live()) as told:
            async for said in told:
                if said["what"] == "message" and said["conversation"] == shown:
                    for row in await client.messages(shown, WHO, since=last):
                        read.setdefault(row.text, time.time() * 1000)
                        last = max(last, row.changed)

    async with place.serve(Gateway(client)) as server, place.screen(server) as screen:
        talk = Talk(1, "max", "Anna P.")
        talk.id = shown
        talk.head["id"] = shown
        server.give(talk)
        await screen.open()
        await screen.settled()
        await screen.page.locator("#tab-mine").click()
        await screen.page.locator(f"#row-{talk.head['request']}").click()
        await screen.page.locator(".thread .bubble").first.wait_for()
        await screen.page.evaluate(WATCH)
        reading = asyncio.create_task(gateway())
        await asyncio.sleep(0.5)
        chosen, writing = random.Random(7), []
        for turn in range(int(rate * seconds)):
            mine = turn % 4 == 0  # a quarter of all is written in the conversation that is open
            text = f"bench {turn}."
            if mine:
                sent[text] = time.time() * 1000
            who = internet.people[0 if mine else chosen.randrange(1, PEOPLE)]
            writing.append(asyncio.create_task(internet.writes(who, text)))
            await asyncio.sleep(1 / rate)
        await asyncio.gather(*writing)
        async with asyncio.timeout(60):
            while (  # noqa: ASYNC110
                len(painted := await screen.page.evaluate("window.painted")) < len(sent)
                or len(read) < len(sent)
            ):
                await asyncio.sleep(0.1)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
    return [painted[text] - at for text, at in sent.items()], [read[text] - at for text, at in sent.items()]


def line(name: str, took: list[float]) -> str:
    """Return a line about how long something took."""
    cut = statistics.quantiles(took, n=100)
    return f"  {name:<24} p50 {cut[49]:7.1f} ms   p90 {cut[89]:7.1f} ms   p99 {cut[98]:7.1f} ms   ({len(took)})"


async def measure(args: argparse.Namespace, home: Path, numbers: list[int]) -> None:
    """Start what is needed, measure, print, stop it."""
    base = f"postgresql://okno:{PASSWORD}@127.0.0.1:{numbers[0]}"
    where = {"OKNO_DATABASE_URL": base, "OKNO_REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{numbers[1]}/0"}
    await ensure_databases(database_url(base, "okno_chat"), ["okno_chat"])
    async with AsyncExitStack() as stack:
        cloud = await stack.enter_async_context(MaxCloud(TOKEN))
        chat, runtime = program(home, numbers[2], numbers[3], cloud.url, where)
        process = running(chat)
        await asyncio.to_thread(process.__enter__)
        stack.push_async_callback(asyncio.to_thread, process.__exit__)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        client = ChatClient(runtime.settings.chat.url, runtime.secret("file:service.secret"))
        stack.push_async_callback(client.close)
        database = await Database.open(database_url(base, "okno_chat"), name="bench")
        stack.push_async_callback(database.close)
        internet = Internet(cloud, f"http://127.0.0.1:{numbers[3]}/hook/max/main", http)
        for who in internet.people:
            await internet.writes(who, "hello")
        posted, read, took = await burst(internet, database, args.burst)
        print(f"{args.burst} webhooks of {PEOPLE} people, {AT_ONCE} at once: {posted:.0f} kept/s, {read:.0f} read/s")
        print(line("confirmation", took))
        shown = str(await database.fetchval("SELECT id FROM conversation ORDER BY opened_at LIMIT 1"))
        browser = await stack.enter_async_context(chromium())
        place = await stack.enter_async_context(placed(browser))
        page, gateway = await steady(internet, client, place, shown, args.rate, args.seconds)
        print(f"{args.rate:g} webhooks/s for {args.seconds:g} s, a quarter in the conversation that is open:")
        print(line("post to gateway", gateway))
        print(line("post to painted", page))


def main() -> None:
    """Start what is needed, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--burst", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    args = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}")
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        home, numbers = Path(folder), [ports.free() for _ in range(4)]
        home.chmod(0o711)
        with (
            running(embedded.postgres(home, numbers[0], PASSWORD, durable=True)),
            running(embedded.valkey(home, numbers[1], PASSWORD)),
        ):
            asyncio.run(measure(args, home, numbers))


if __name__ == "__main__":
    main()
