"""From a phone's ring, as the PBX tells it, to the pop: does it matter what the MIS does?

Run by hand: `python -m bench.pop_with_mis [--rounds 3] [--seconds 20]`. The engine's loop writes to a real PostgreSQL
and asks a real `mis`, which asks a real FHIR server through a proxy that harms it. Ten calls a second come, wait up to
four seconds, ring and leave. Each round plays the same calls with no MIS connected, with one that answers, one that
takes 3 s for everything, one that breaks every connection, one that answers nonsense, one that never answers, and with
`mis` itself gone, in turn. «Ring» is from the ring's event to the bare pop for the operator's screens, «patch» to the
written, numbered patch behind it. Where the MIS answers, the operator's own question follows each ring, and `mis` says
how often a prefetch had the answer ready.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import random
import secrets
import statistics
import tempfile
from collections import defaultdict
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from bench.mis_lookup import CALLS_A_SECOND, PATIENTS, figures, fill, number, serving
from engine.effects import ForgetPatients, KnowPatients
from engine.events import AgentCalled
from engine.patients.prefetching import Prefetching
from engine.store.codec import Codec
from engine.store.saving import TurnStore
from engine.world import Call, Put
from mis.client import Asker, MisClient
from okno import clock
from okno.command.processes import embedded, ports
from okno.database import Database, ensure_databases, migrate
from okno.database.addresses import database_url
from okno.seal import Keyring
from okno.service import ServiceDown
from okno.settings import Runtime
from tests.engine import clinic as facts
from tests.engine.clinic import RULES, clinic
from tests.engine.plays import APART
from tests.engine.rig import Rig
from tests.engine.rig import running as engine
from tests.fixtures import PASSWORD, running
from tests.mis.fhir_server import FhirServer, program
from tests.mis.proxy import Proxy, faulty

MODES = ("none", "ready", "slow", "broken", "lying", "hanging", "gone")
HARM: dict[str, Any] = {"slow": "slow", "broken": "drop", "lying": "lie", "hanging": "stall"}
LONGEST_WAIT_S = 4.0


@dataclass
class Took:
    """Milliseconds of one way for the MIS to be, over all rounds; how its prefetches were found at the ring."""

    ring: list[float] = field(default_factory=list)
    patch: list[float] = field(default_factory=list)
    found: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class Round:
    """Ten calls a second, with one way for the MIS to be."""

    def __init__(self, rig: Rig, client: MisClient, took: Took, asks: bool) -> None:
        self._rig, self._client, self._took, self._asks = rig, client, took, asks
        self._rung: dict[str, float] = {}
        self._patched: dict[str, float] = {}

    def hear(self, text: str) -> None:
        """What the screens are told."""
        now, told = clock.monotonic(), json.loads(text)
        if told["type"] == "ring":
            if (at := self._rung.get(told["call"]["phone"])) is not None:
                self._took.ring.append((now - at) * 1000)
        elif told["type"] == "patch":
            for op in told["ops"]:
                if op[0] == "set" and op[1] == "calls" and op[3]["ringing"]:
                    phone = op[3]["phone"]
                    if (at := self._patched.pop(phone, None)) is not None:
                        self._took.patch.append((now - at) * 1000)

    async def play(self, seconds: float, seed: int) -> None:
        """Let the calls come."""
        dice, began = random.Random(seed), clock.monotonic()
        patients = dice.sample(range(PATIENTS), int(seconds * CALLS_A_SECOND))
        async with asyncio.TaskGroup() as group:
            for place, patient in enumerate(patients):
                await asyncio.sleep(max(0.0, began + place / CALLS_A_SECOND - clock.monotonic()))
                group.create_task(self._call(place, number(patient), dice.uniform(0.0, LONGEST_WAIT_S)))

    async def _call(self, place: int, phone: str, wait_s: float) -> None:
        take, serial = self._rig.loop.take, APART * (place + 1)
        take(facts.patient(0, serial, phone))
        take(facts.joins(1, serial))
        await asyncio.sleep(wait_s)
        for fact in facts.rings(2, serial + 1, caller=serial):
            if isinstance(fact, AgentCalled):
                self._rung[phone] = self._patched[phone] = clock.monotonic()
            take(fact)
        await asyncio.sleep(0.2)
        (call,) = self._rig.loop.world.by(Call, "phone", phone)
        if self._asks:
            asker = Asker(actor="bench", role="operator", purpose="bench", request=UUID(call.request or ""))
            await self._client.candidates(phone, asker, call=UUID(call.key))
        for fact in (facts.gone(9, serial + 1), facts.abandons(10, serial), facts.gone(10, serial)):
            take(fact)


async def one(mode: str, runtime: Runtime, took: Took, *, url: str, seconds: float, seed: int) -> None:
    """Play one round in a database of its own."""
    keyring = Keyring.load(runtime.keyring_path)
    bus = keyring.sealer("bus")
    database = await Database.open(url, name="bench")
    await migrate(database, "okno", "migrations")
    await migrate(database, "engine", "store/migrations")
    address = f"http://127.0.0.1:{ports.free()}" if mode == "gone" else runtime.settings.mis.url
    client = MisClient(address, runtime.secret("file:service.secret"), bus)
    world = clinic()
    world.apply([Put(replace(RULES, patients=mode != "none"))])
    known: list[Any] = []
    prefetching = Prefetching(client, known.append, CollectorRegistry())

    def perform(effect: Any) -> None:
        if isinstance(effect, KnowPatients | ForgetPatients):
            prefetching.perform(effect)

    saver = TurnStore(database, Codec(keyring.sealer("engine")), bus)
    async with engine(database, keyring, world=world, perform=perform, saver=saver) as rig:
        playing = Round(rig, client, took, asks=mode == "ready")
        before = await figures(runtime.settings.mis.port)
        with rig.screens.reading(playing.hear):
            await playing.play(seconds, seed)
        if mode == "ready":
            for name, count in (await figures(runtime.settings.mis.port)).items():
                took.found[name] += count - before.get(name, 0.0)
    await prefetching.close()
    await client.close()
    await database.close()


async def well_again(client: MisClient) -> None:
    """Wait until the MIS is asked again: its breakers stay open for a while after harm."""
    for _ in range(300):
        found = await client.prefetch(number(0), call=(who := uuid4()))
        await client.release(who)
        if found.state == "ready" and not found.error:
            return
        await asyncio.sleep(0.2)
    raise ServiceDown("mis did not come back")


async def measure(proxy: Proxy, runtime: Runtime, base: str, args: argparse.Namespace) -> dict[str, Took]:
    """Every way in turn, round by round."""
    took = {mode: Took() for mode in MODES if mode in {"none", *args.modes}}
    bus = Keyring.load(runtime.keyring_path).sealer("bus")
    async with AsyncExitStack() as stack:
        client = MisClient(runtime.settings.mis.url, runtime.secret("file:service.secret"), bus)
        stack.push_async_callback(client.close)
        for turn in range(args.rounds):
            for mode, each in took.items():
                proxy.calm()
                await well_again(client)
                if mode in HARM:
                    proxy.always(HARM[mode])
                name = f"bench_{turn}_{mode}"
                await ensure_databases(database_url(base, name), [name])
                await one(mode, runtime, each, url=database_url(base, name), seconds=args.seconds, seed=turn)
    return took


def show(took: dict[str, Took], rounds: int, seconds: float) -> None:
    """Print the figures, each beside those with no MIS."""
    none = took["none"]
    print(f"machine: {platform.machine()}, Python {platform.python_version()}")
    print(f"{CALLS_A_SECOND} calls/s, {rounds} rounds of {seconds:.0f} s each, in turn; ms, and × of none:")
    for mode, each in took.items():
        ring, patch = statistics.quantiles(each.ring, n=100), statistics.quantiles(each.patch, n=100)
        print(
            f"  {mode:<8} ring p50 {ring[49]:5.2f} ({ring[49] / statistics.median(none.ring):.2f}×) p99 {ring[98]:6.1f}"
            f"   patch p50 {patch[49]:5.1f} ({patch[49] / statistics.median(none.patch):.2f}×) p99 {patch[98]:6.1f}"
            f"   ({len(each.ring)})"
        )
    found = took["ready"].found if "ready" in took else {}
    total = sum(found.values()) or 1.0
    if found:
        shares = (f"{name} {one:.0f} ({one / total:.1%})" for name, one in sorted(found.items()))
        print("  at the ring: " + ", ".join(shares))


async def run(home: Path, numbers: list[int], server: FhirServer, args: argparse.Namespace) -> None:
    """Fill the server, put the proxy and `mis` before it, measure."""
    base = f"postgresql://okno:{PASSWORD}@127.0.0.1:{numbers[0]}"
    where = {"OKNO_DATABASE_URL": base, "OKNO_REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{numbers[1]}/0"}
    await ensure_databases(database_url(base, "okno_mis"), ["okno_mis"])
    await fill(server)
    async with faulty(server.base.removesuffix("/fhir")) as proxy:
        mis, runtime = serving(home, numbers[3], FhirServer(f"{proxy.url}/fhir", server.token), where)
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, running(mis))
            show(await measure(proxy, runtime, base, args), args.rounds, args.seconds)


def main() -> None:
    """Start what is needed, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES, help="of these `none` is always one")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        home, numbers = Path(folder), [ports.free() for _ in range(4)]
        home.chmod(0o711)
        server = FhirServer(f"http://127.0.0.1:{numbers[2]}/fhir", secrets.token_hex(16))
        with (
            running(embedded.postgres(home, numbers[0], PASSWORD, durable=True)),
            running(embedded.valkey(home, numbers[1], PASSWORD)),
            running(program(home / "fhir", numbers[2], {"types": ["bearer"], "tokens": [server.token]})),
        ):
            asyncio.run(run(home, numbers, server, args))


if __name__ == "__main__":
    main()
