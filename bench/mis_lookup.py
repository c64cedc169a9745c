"""A look-up through `mis` against the same search straight on a real FHIR server, and how often a prefetch was in time.

Run by hand: `python -m bench.mis_lookup [--rounds 200] [--seconds 60]`. sekmet-fhir and `mis` are processes of their
own. Each round asks for another patient's number, once each way, in turn: the server's own search (one POST with the
same list of spellings), the connector alone (patients and their guardians), `mis` (the connector, judged, cached
sealed, audited), and `mis` once more for a call that was prefetched. Then calls come, ten a second, ring after up to
twenty seconds of waiting, and `mis`'s own figures say how often the prefetch was there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import aiohttp
import yaml

from mis.client import Asker, MisClient
from mis.finding import spellings
from mis.terms import PatientQuery
from okno.command import state
from okno.command.processes import embedded, ports
from okno.command.processes.program import Program
from okno.command.status import healthy
from okno.database import ensure_databases
from okno.database.addresses import database_url
from okno.seal import Keyring
from okno.settings import Runtime, load_settings
from tests.fixtures import PASSWORD, running
from tests.mis.fhir_server import FhirServer, context, program

PATIENTS = 2000
CALLS_A_SECOND = 10
LONGEST_WAIT_S = 20.0
ASKER = Asker(actor="bench", role="operator", purpose="bench", request=uuid4())


def number(patient: int) -> str:
    """Return a patient's number, as our callers have it."""
    return f"+7999001{patient:04d}"


async def fill(server: FhirServer) -> None:
    """Put patients on the server, numbers spelt in the ways that a MIS has them."""
    rng = random.Random(7)
    for first in range(0, PATIENTS, 200):
        await server.put_all([
            {
                "resourceType": "Patient", "id": f"bench-{one}", "birthDate": "1980-01-01",
                "name": [{"family": f"Family{one}", "given": ["Anna"]}],
                "telecom": [{"system": "phone", "value": rng.choice(spellings(number(one))[:10])}],
            }
            for one in range(first, first + 200)
        ])  # fmt: skip


def serving(home: Path, port: int, server: FhirServer, where: dict[str, str]) -> tuple[Program, Runtime]:
    """Return `mis` as a process of its own, and its settings."""
    config = home / "okno.yaml"
    config.write_text(yaml.safe_dump({"mis": {
        "port": port, "connector": "fhir_r4", "address": server.base, "secret": "file:mis.secret",
    }}))  # fmt: skip
    runtime = Runtime(load_settings(config), home / "state")
    state.prepare(runtime)
    secret = runtime.path(runtime.settings.paths.secrets) / "mis.secret"
    secret.write_text(server.token)
    secret.chmod(0o600)
    argv = (sys.executable, "-m", "okno.command.cli", "serve", "mis", "--config", str(config),
            "--state", str(runtime.state))  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    made = Program(name="mis", argv=argv, cwd=Path.cwd(), port=port, ready=lambda: healthy(url), ready_s=60.0,
                   env=where | {"PATH": os.environ.get("PATH", "")})  # fmt: skip
    return made, runtime


async def timed(ask: Callable[[], Awaitable[object]]) -> float:
    """Return how many milliseconds an answer took."""
    began = time.perf_counter()
    await ask()
    return (time.perf_counter() - began) * 1000


async def rounds(server: FhirServer, client: MisClient, count: int) -> dict[str, list[float]]:
    """Ask each way in turn; return the milliseconds of each."""
    took: dict[str, list[float]] = {"straight": [], "connector": [], "mis": [], "prefetched": []}
    rng, connector = random.Random(11), server.connector()
    headers = {"Authorization": f"Bearer {server.token}", "Prefer": "handling=strict"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def straight(phone: str) -> None:
            form = {"phone": ",".join(spellings(phone)), "_count": "50"}
            async with session.post(f"{server.base}/Patient/_search", data=form) as answer:
                assert (await answer.json(content_type=None))["total"] == 1

        async def through(phone: str, call: object = None) -> None:
            found = await client.candidates(phone, ASKER, call=call)  # type: ignore[arg-type]
            assert len(found.people) == 1 and not found.error

        async def alone(phone: str) -> None:
            assert len((await connector.find_patients(context(), PatientQuery(phones=spellings(phone)))).people) == 1

        for one in rng.sample(range(PATIENTS), count):
            phone, call = number(one), uuid4()
            took["straight"].append(await timed(lambda p=phone: straight(p)))  # type: ignore[misc]
            took["connector"].append(await timed(lambda p=phone: alone(p)))  # type: ignore[misc]
            took["mis"].append(await timed(lambda p=phone: through(p)))  # type: ignore[misc]
            await client.prefetch(phone, call=call)
            took["prefetched"].append(await timed(lambda p=phone, c=call: through(p, c)))  # type: ignore[misc]
            await client.release(call)
    await connector.close()
    return took


async def busy(client: MisClient, seconds: float) -> list[float]:
    """Let calls come and ring; return the milliseconds from each ring to its candidates."""
    rng, took = random.Random(13), list[float]()

    async def call() -> None:
        who, phone, wait = uuid4(), number(rng.randrange(PATIENTS)), rng.uniform(0.0, LONGEST_WAIT_S)
        prefetch = asyncio.create_task(client.prefetch(phone, call=who))
        await asyncio.sleep(wait)
        took.append(await timed(lambda: client.candidates(phone, ASKER, call=who)))
        await prefetch
        await client.release(who)

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for one in range(int(seconds * CALLS_A_SECOND)):
            await asyncio.sleep(max(0.0, began + one / CALLS_A_SECOND - time.monotonic()))
            group.create_task(call())
    return took


async def figures(port: int) -> dict[str, float]:
    """Return what `mis` counted of prefetches."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return {
        line.partition('result="')[2].partition('"')[0]: float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith("okno_mis_prefetch_total{")
    }


def told(name: str, took: list[float]) -> str:
    """Return a line about how long something took."""
    cuts = statistics.quantiles(took, n=100)
    return f"  {name:<12} p50 {cuts[49]:7.1f} ms   p99 {cuts[98]:7.1f} ms   ({len(took)})"


async def measure(server: FhirServer, runtime: Runtime, count: int, seconds: float) -> None:
    """Ask, count and print."""
    await fill(server)
    bus = Keyring.load(runtime.keyring_path).sealer("bus")
    async with AsyncExitStack() as stack:
        client = MisClient(runtime.settings.mis.url, runtime.secret("file:service.secret"), bus)
        stack.push_async_callback(client.close)
        took = await rounds(server, client, count)
        print(f"{PATIENTS} patients, a number in {len(spellings(number(0)))} spellings, each way in turn:")
        print("\n".join(told(name, one) for name, one in took.items()))
        middle = {name: statistics.median(one) for name, one in took.items()}
        print(f"  mis / straight  {middle['mis'] / middle['straight']:.2f}×"
              f"   mis / connector {middle['mis'] / middle['connector']:.2f}×"
              f"   prefetched / straight {middle['prefetched'] / middle['straight']:.2f}×")  # fmt: skip
        before = await figures(runtime.settings.mis.port)
        rings = await busy(client, seconds)
        after = await figures(runtime.settings.mis.port)
        counted = {name: after[name] - before.get(name, 0.0) for name in after}
        total = sum(counted.values())
        print(f"{CALLS_A_SECOND} calls/s for {seconds:.0f} s, ringing after 0 to {LONGEST_WAIT_S:.0f} s:")
        print(told("at the ring", rings))
        print("  " + ", ".join(f"{name} {one:.0f} ({one / total:.1%})" for name, one in sorted(counted.items())))


def main() -> None:
    """Start what is needed, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        home, numbers = Path(folder), [ports.free() for _ in range(4)]
        home.chmod(0o711)
        server = FhirServer(f"http://127.0.0.1:{numbers[2]}/fhir", secrets.token_hex(16))
        base = f"postgresql://okno:{PASSWORD}@127.0.0.1:{numbers[0]}"
        where = {"OKNO_DATABASE_URL": base, "OKNO_REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{numbers[1]}/0"}
        mis, runtime = serving(home, numbers[3], server, where)
        with (
            running(embedded.postgres(home, numbers[0], PASSWORD, durable=True)),
            running(embedded.valkey(home, numbers[1], PASSWORD)),
            running(program(home / "fhir", numbers[2], {"types": ["bearer"], "tokens": [server.token]})),
        ):
            asyncio.run(ensure_databases(database_url(base, "okno_mis"), ["okno_mis"]))
            with running(mis):
                asyncio.run(measure(server, runtime, args.rounds, args.seconds))


if __name__ == "__main__":
    main()
