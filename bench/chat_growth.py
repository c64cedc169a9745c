"""What a message costs as conversations grow: kept, read, written, told; an answer sent; a conversation opened.

Run by hand: `python -m bench.chat_growth [--most 1000000] [--messages 1500]`. A PostgreSQL with fsync is filled with as
many persons, conversations, messages and events as said, then persons who were there before write: each message is kept
as a webhook's is and read by a worker, one after another; every third is answered, every ninth conversation opened.
CPU is our process's and PostgreSQL's together, by the kernel. Aim: nothing grows with the rows.
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
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from bench.share import family, spent
from chat.desk.asked import Sent
from okno.command.processes import embedded, ports
from okno.database import Database, migrate
from okno.database.addresses import database_url
from okno.seal import Keyring
from tests.chat.clinic import KEY, Place, raw, who
from tests.fixtures import PASSWORD, running

PERSONS = 300
AIM = 1.5
_WHOSE = "SELECT c.id FROM conversation c JOIN identity i ON i.id = c.identity WHERE i.peer_blind = $1 AND c.open"

FILL = (
    "INSERT INTO identity (id, account, peer_blind, person, first_at) SELECT gen_random_uuid(), 'echo:main',"
    " sha256(n::text::bytea), sha512(n::text::bytea) || sha512(n::text::bytea), now() - n * interval '1 second'"
    " FROM generate_series($1::bigint, $2::bigint) n",
    "INSERT INTO conversation (id, identity, account, kind, open, opened_at, closed_at, last_seq, said_seq, said_at,"
    " told_seq, answered_seq, touched_at) SELECT gen_random_uuid(), i.id, i.account, 'chat', random() < 0.01,"
    " i.first_at, i.first_at, 2, 1, i.first_at, 1, 2, i.first_at FROM identity i"
    " WHERE NOT EXISTS (SELECT 1 FROM conversation c WHERE c.identity = i.id)",
    "INSERT INTO message (id, conversation, seq, changed, side, at, shown_at, place, ext_blind, body)"
    " SELECT gen_random_uuid(), c.id, s, s, CASE s WHEN 1 THEN 'in' ELSE 'out' END, c.opened_at, c.opened_at, s,"
    " sha256((c.id::text || s)::bytea), sha512(c.id::text::bytea) FROM conversation c, generate_series(1, 2) s"
    " WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation = c.id)",
    "INSERT INTO raw_event (account, ext_blind, peer_blind, body, row, received_at, next_at, state, done_at)"
    " SELECT 'echo:main', sha256(('e' || n)::bytea), sha256(n::text::bytea), sha512(n::text::bytea) ||"
    " sha512(n::text::bytea), gen_random_uuid(), now(), now(), 'done', now()"
    " FROM generate_series($1::bigint, $2::bigint) n",
)


async def fill(database: Database, before: int, rows: int) -> None:
    """Let there be so many of each."""
    connection = await asyncpg.connect(database.url)
    try:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET session_replication_role = replica")  # our own rows fit: no checks
        await connection.execute("SET work_mem = '256MB'")
        for statement in FILL:
            await connection.execute(statement, *((before + 1, rows) if "$1" in statement else ()), timeout=1200)
        await connection.execute("VACUUM ANALYZE", timeout=1200)
        await connection.execute("CHECKPOINT", timeout=1200)
    finally:
        await connection.close()


def cpu(server: int) -> float:
    """CPU seconds of this process and of PostgreSQL, its ended children included."""
    total = spent(os.getpid())
    for pid in family(server):
        with suppress(FileNotFoundError):  # it ended just now: its parent has its time
            total += spent(pid)
    return total


async def timed(work: Callable[[], Awaitable[Any]], into: list[float]) -> Any:
    """Do it and note how many milliseconds it took."""
    began = time.perf_counter()
    done = await work()
    into.append((time.perf_counter() - began) * 1000)
    return done


async def write(place: Place, messages: int, server: int, seed: int) -> dict[str, list[float]]:
    """Let persons write, answer some, open some; return milliseconds, and CPU of a message in the list of `cpu`."""
    took: dict[str, list[float]] = {"message": [], "answer": [], "open": [], "cpu": []}
    chosen = random.Random(seed)
    before = cpu(server)
    for number in range(messages):
        peer = f"person-{chosen.randrange(PERSONS)}"
        said = raw({"id": f"{seed}-{number}", "peer": peer, "text": "Good day, may I come tomorrow?", "order": number})

        async def heard(event: Any = said) -> None:
            await place.raws.keep(KEY, [event])
            assert await place.workers.one()

        await timed(heard, took["message"])
        if number % 3 == 0:
            id = await place.database.fetchval(_WHOSE, place.kept.seals.peer(KEY, peer))
            wanted = Sent(who=who(), id=uuid4(), text="Yes, at ten.")
            await timed(lambda one=id, message=wanted: place.writing.send(one, message), took["answer"])  # type: ignore[misc]
        if number % 9 == 0:
            await timed(lambda one=id: place.seeing.open(one, who()), took["open"])  # type: ignore[misc]
    took["cpu"].append(1000 * (cpu(server) - before) / messages)
    return took


async def measure(most: int, messages: int) -> list[tuple[int, dict[str, list[float]]]]:
    """Measure at 10³, 10⁴ … rows."""
    found = []
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        home, port = Path(folder) / "data", ports.free()
        os.chmod(folder, 0o711)  # noqa: S103  # the server's own user passes through
        os.mkdir(home, 0o711)
        server = running(embedded.postgres(home, port, PASSWORD, durable=True))
        process = await asyncio.to_thread(server.__enter__)
        try:
            own = await asyncpg.connect(database_url(f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}", "postgres"))
            await own.execute("CREATE DATABASE growth")
            await own.close()
            url = database_url(f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}", "growth")
            database = await Database.open(url, name="bench")
            await migrate(database, "okno", "migrations")
            await migrate(database, "chat", "migrations")
            place = Place(database, Keyring.create(Path(folder) / "keyring.json"))
            for person in range(PERSONS):
                await place.says("hello", peer=f"person-{person}")
            await write(place, messages // 3, process.pid, 1)  # warm
            rows, before = 1000, 0
            while rows <= most:
                await fill(database, before, rows)
                found.append((rows, await write(place, messages, process.pid, rows)))
                print(f"  {rows:>9,} measured", file=sys.stderr, flush=True)
                rows, before = rows * 10, rows
            await database.close()
        finally:
            await asyncio.to_thread(server.__exit__)
    return found


def main() -> int:
    """Print the figures; exit 1 when a message costs more with more rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=1500)
    args = parser.parse_args()
    found = asyncio.run(measure(args.most, args.messages))
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("conversations  message p50/p99 ms  answer p50/p99  open p50/p99  CPU ms a message  of the first")
    first = found[0][1]["cpu"][0]
    for rows, took in found:
        cells = []
        for name in ("message", "answer", "open"):
            cut = statistics.quantiles(took[name], n=100)
            cells.append(f"{cut[49]:6.1f} /{cut[98]:6.1f}")
        cpu = took["cpu"][0]
        print(f"{rows:>13,}  {cells[0]:>18}  {cells[1]:>14}  {cells[2]:>12}  {cpu:16.2f}  {cpu / first:.2f}x")
    return 0 if found[-1][1]["cpu"][0] <= AIM * first else 1


if __name__ == "__main__":
    sys.exit(main())
