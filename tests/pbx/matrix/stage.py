"""The Asterisk on which all scenarios play at once: rendered from what each of them needs."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo import sipp
from demo.sipp import Address, Sipp
from okno.settings.model import Settings
from tests.pbx.bench import Bench, build, free_port
from tests.pbx.matrix import play
from tests.pbx.matrix.play import Desk, Queue, Scenario
from tests.system.truth import Ring, rings

PBX = "matrix"
INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"


def _ports() -> Iterator[int]:
    """Ports below those the kernel gives away, so that none is taken between our look and a SIPp's start."""
    first = random.randrange(11000, 19000)
    return itertools.chain(range(first, 19900), range(10100, first))


@dataclass
class Stage:
    """The PBX of the matrix. `lines`: the number of each queue's line; `desks`: where each phone is."""

    bench: Bench
    scenarios: Sequence[Scenario]
    lines: dict[str, str]
    desks: dict[str, Address]
    outside: Address
    ports: Iterator[int]
    traced: list[Sipp] = field(default_factory=list)

    def free(self, host: str) -> Address:
        """An address nobody has."""
        return _free(self.ports, host)

    def phones(self) -> None:
        """Start every SIPp phone: those at the desks and those of the people outside."""
        desks, people = play.rules(self.scenarios)
        shared = {self.desks[desk.extension] for one in self.scenarios for desk in one.desks if desk.phone is not None}
        for at in shared:
            self.traced.append(sipp.phones(at, desks, traced=True))
        self.traced.append(sipp.phones(self.outside, people, traced=True))
        self.bench.started += self.traced

    def rings(self) -> list[Ring]:
        """What every SIPp phone has measured so far, in order of time."""
        found = [ring for one in self.traced for ring in rings(one.trace())]
        return sorted(found, key=lambda ring: ring.rang_at)


def _free(ports: Iterator[int], host: str) -> Address:
    for port in ports:
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
        return Address(host, port)
    raise AssertionError("no free port is left for a phone")


def stage(home: Path, scenarios: Sequence[Scenario]) -> Stage:
    """The stage for these scenarios, not yet started."""
    ports = _ports()
    shared, outside = _free(ports, INSIDE), _free(ports, OUTSIDE)
    desks = {
        desk.extension: shared if desk.phone is not None else _free(ports, INSIDE)
        for one in scenarios for desk in one.desks
    }  # fmt: skip
    lines = {queue.name: "+" + play.line(one.block, n) for one in scenarios for n, queue in enumerate(one.queues, 1)}
    settings = _settings(scenarios, lines, desks, outside)
    bench = build(home, settings, _more(scenarios))
    return Stage(bench, scenarios, lines, desks, outside, ports)


def _settings(
    scenarios: Sequence[Scenario], lines: dict[str, str], desks: dict[str, Address], outside: Address
) -> Settings:
    media = 40000 + free_port(socket.SOCK_DGRAM) % 12 * 1000
    return Settings.model_validate({
        "clinic": {"name": "Matrix", "area_code": "343"},
        "engine": {"port": free_port()}, "pbx_service": {"port": free_port()},
        "hours": {"never": {"week": {}}},
        "pbxes": [{
            "name": PBX, "managed": True, "ami": {"port": free_port()}, "sip_port": free_port(socket.SOCK_DGRAM),
            "rtp_ports": (media, media + 998),
            "trunks": [{"match": [OUTSIDE], "contact": f"sip:{OUTSIDE}:{outside.port}"}],
            "prompts": {"consent": "silence/1", "closed": "beep", "nobody": "beep"},
        }],
        "queues": [_queue(queue) for one in scenarios for queue in one.queues],
        "operators": [_operator(desk, desks[desk.extension]) for one in scenarios for desk in one.desks],
        "lines": [
            {
                "number": lines[queue.name], "source": _title(queue.name), "queue": queue.name,
                "hours": "never" if queue.closed else None,
            }
            for one in scenarios for queue in one.queues
        ],
    })  # fmt: skip


def _queue(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name, "title": _title(queue.name), "strategy": queue.strategy, "ring_s": queue.ring_s,
        "max_wait_s": queue.max_wait_s, "max_callers": queue.max_callers, "join_empty": queue.join_empty,
        "wrap_up_s": queue.wrap_up_s, "callbacks": {"quiet_from": "00:00", "quiet_to": "00:00"},
    }  # fmt: skip


def _operator(desk: Desk, at: Address) -> dict[str, Any]:
    return {
        "name": desk.name, "title": _title(f"Operator {desk.extension}"), "extension": desk.extension,
        "queues": list(desk.queues), "penalty": desk.penalty,
        "contact": f"sip:{desk.extension}@{at.host}:{at.port}" if desk.reachable else None,
    }  # fmt: skip


def _title(text: str) -> dict[str, str]:
    return {"ru": text, "en": text}


def _more(scenarios: Sequence[Scenario]) -> dict[str, str]:
    """What the scenarios add to the configuration files, each under its own name."""
    more: dict[str, str] = {"extensions.conf": "", "queues.conf": "", "modules.conf": ""}
    for one in scenarios:
        if one.dialplan:
            more["extensions.conf"] += f"\n; {one.name}\n{one.dialplan.strip()}\n"
        for queue in one.queues:
            if queue.extra:
                more["queues.conf"] += f"\n; {one.name}\n[{queue.name}](+)\n{queue.extra.strip()}\n"
        for name, text in one.files.items():
            more[name] = more.get(name, "") + f"\n; {one.name}\n{text.strip()}\n"
    loaded = dict.fromkeys(module for one in scenarios for module in one.modules)
    more["modules.conf"] += "".join(f"load = {module}\n" for module in loaded)
    return {name: text for name, text in more.items() if text}


@asynccontextmanager
async def standing(home: Path, scenarios: Sequence[Scenario]) -> AsyncIterator[Stage]:
    """A started stage, ended after the body."""
    made = stage(home, scenarios)
    async with made.bench:
        made.phones()
        await asyncio.sleep(0.5)
        yield made
