"""A clinic for the system tests: its settings, `okno up` as a child, and a REST client on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import yaml

from okno.command.processes.embedded import moved

PHONES = 91
GIVEN: set[int] = set()
PATIENCE = aiohttp.ClientTimeout(total=2)
BUSY_QUEUE, DEAF_QUEUE, MAIN_QUEUE, EMPTY_QUEUE = "busy", "deaf", "main", "empty"
LINES = {
    MAIN_QUEUE: "+73430000001", BUSY_QUEUE: "+73430000002", DEAF_QUEUE: "+73430000003", EMPTY_QUEUE: "+73430000004",
    "closed": "+73430000005",
}  # fmt: skip


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on just now, for TCP and UDP alike, and none that was given before: it may be used late."""
    sockets, ports = [], []
    while len(ports) < count:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.bind(("127.0.0.1", 0))
        sockets.append(tcp)
        if tcp.getsockname()[1] in GIVEN:
            continue
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):
            udp.bind(("127.0.0.1", tcp.getsockname()[1]))
            ports.append(tcp.getsockname()[1])
        sockets.append(udp)
    for each in sockets:
        each.close()
    GIVEN.update(ports)
    return ports


def operator(extension: int, queues: list[str], port: int, penalty: int = 0) -> dict[str, Any]:
    """An operator whose phone is SIPp at `port`."""
    return {
        "name": f"op{extension}", "title": {"ru": f"Operator {extension}", "en": f"Operator {extension}"},
        "extension": str(extension), "queues": queues, "penalty": penalty, "contact": f"sip:{extension}@127.0.0.1:{port}",
    }  # fmt: skip


# A run at night is like one by day: nobody's quiet hours put a missed call aside.
ANY_HOUR = {"quiet_from": "00:00", "quiet_to": "00:00"}


def settings(ports: list[int], phones_port: int) -> dict[str, Any]:
    """The settings of the test clinic: queues whose phones answer, are busy, never answer, or do not exist."""
    titles = {name: {"ru": name, "en": name} for name in (MAIN_QUEUE, BUSY_QUEUE, DEAF_QUEUE, EMPTY_QUEUE)}
    main = [operator(1000 + n, [MAIN_QUEUE], phones_port) for n in range(1, PHONES)]
    busy = [operator(2001, [BUSY_QUEUE], phones_port), operator(2002, [BUSY_QUEUE], phones_port)]
    busy += [operator(2100 + n, [BUSY_QUEUE], phones_port) for n in range(1, 21)]
    deaf = [operator(3000 + n, [DEAF_QUEUE], phones_port) for n in range(1, 4)]
    service = dict(zip(("engine", "chat", "mis", "pbx_service", "chat_public"), ports[:5], strict=True))
    return {
        "clinic": {"name": "Test", "timezone": "Asia/Yekaterinburg"},
        **{name: {"port": port} for name, port in service.items()},
        "web": {"port": ports[5], "public_url": f"http://localhost:{ports[5]}"},
        "database_port": ports[6], "redis_port": ports[7], "log_level": "debug",
        "pbxes": [{
            "name": "main", "managed": True, "sip_port": ports[8], "ami": {"port": ports[9]},
            "trunks": [{"name": "trunk", "match": ["127.0.0.2"], "contact": f"sip:127.0.0.2:{ports[10]}"}],
            # Our own notice takes nine seconds, and the callers of these tests hang up by the clock.
            "prompts": {"consent": "hello", "closed": "vm-nobodyavail", "nobody": "tt-allbusy"},
        }],
        "hours": {"never": {"week": {}}},
        "queues": [
            {"name": MAIN_QUEUE, "title": titles[MAIN_QUEUE], "wrap_up_s": 0, "callbacks": ANY_HOUR, "ring_s": 15},
            {"name": BUSY_QUEUE, "title": titles[BUSY_QUEUE], "wrap_up_s": 0, "ring_s": 3, "callbacks": ANY_HOUR,
             "strategy": "linear"},
            {"name": DEAF_QUEUE, "title": titles[DEAF_QUEUE], "wrap_up_s": 0, "ring_s": 60, "callbacks": ANY_HOUR,
             "max_wait_s": 8},
            {"name": EMPTY_QUEUE, "title": titles[EMPTY_QUEUE], "wrap_up_s": 0, "callbacks": ANY_HOUR},
        ],
        "operators": main + busy + deaf,
        "lines": [
            {"number": number, "source": {"ru": name, "en": name}, "queue": MAIN_QUEUE if name == "closed" else name,
             **({"hours": "never"} if name == "closed" else {})}
            for name, number in LINES.items()
        ],
        "outcomes": {"informed": {"ru": "informed", "en": "informed"}},
        "pause_reasons": {"lunch": {"ru": "lunch", "en": "lunch"}},
    }  # fmt: skip


@dataclass
class Clinic:
    """A running `okno up`; `with` waits until it is ready and ends it.

    `state` is its directory, `config` its settings, `accounts` the log-ins that were made.
    """

    process: subprocess.Popen[bytes]
    state: Path
    config: dict[str, Any]
    phones_port: int
    output: Path
    token: str = ""
    accounts: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        """Wait until it is ready and give tests a supervisor's token. Raises AssertionError."""
        try:
            asyncio.run(self.ready())
            self.token = self.new_token("supervisor")
            asyncio.run(self.ready())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The staff's address."""
        return str(self.config["web"]["public_url"])

    @property
    def sip_port(self) -> int:
        """Where Asterisk listens for SIP."""
        return int(self.config["pbxes"][0]["sip_port"])

    def up(self) -> dict[str, Any]:
        """What `okno up` says of its children (`up.json`)."""
        return dict(json.loads((self.state / "up.json").read_text()))

    def pid(self, service: str) -> int:
        """The process id of one child. Raises KeyError while it has none."""
        for row in self.up()["services"]:
            if row["name"] == service and row["pid"] is not None:
                return int(row["pid"])
        raise KeyError(service)

    def beside(self, *args: str) -> subprocess.Popen[bytes]:
        """Start `okno serve …` of its own on this clinic's state, as beside a PBX elsewhere; whoever starts it ends it."""
        with (self.state / f"{'-'.join(args)}.out").open("wb") as sink:
            return subprocess.Popen(
                [sys.executable, "-m", "okno.command.cli", "serve", args[0], "--pbx", *args[1:]], stdout=sink,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=os.environ | {"OKNO_STATE": str(self.state), "OKNO_CONFIG": str(self.state / "okno.yaml")},
            )  # fmt: skip

    def run(self, *args: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run an `okno` command on this clinic's state; returns what it printed. `codes`: how it may end."""
        done = subprocess.run(
            [sys.executable, "-m", "okno.command.cli", *args], capture_output=True, text=True, timeout=60, check=False,
            env=os.environ | {"OKNO_STATE": str(self.state), "OKNO_CONFIG": str(self.state / "okno.yaml")},
        )  # fmt: skip
        assert done.returncode in codes, done.stderr
        return done.stdout

    def new_token(self, role: str) -> str:
        """A service token of this role."""
        return self.run("token", "create", "--role", role).strip().splitlines()[-1]

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """GET a REST path below /api/v1 with the service token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{self.url}/api/v1{path}", params=params) as answer,
        ):
            assert answer.status == 200, (path, answer.status)
            return dict(await answer.json())

    async def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every item of a list route, page by page."""
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = await self.get(path, limit=500, **params, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page.get("cursor")
            if not cursor:
                return items

    async def ready(self, within_s: float = 90, attached: bool = False) -> None:
        """Wait until web and engine are ready and the links of every managed PBX are live, of attached ones if asked."""
        awaited = {pbx["name"] for pbx in self.config["pbxes"] if attached or pbx.get("managed")}
        end = time.monotonic() + within_s
        last: object = None
        while time.monotonic() < end:
            assert self.process.poll() is None, self.output.read_text("utf-8", "replace")[-3000:]
            try:
                last = status = await self._engine()
                links = [link for link in status["pbxes"] if link["id"] in awaited]
                if status["leader"] and links and all(link["link"] == "live" for link in links) and await self._web(status):
                    return
            except (KeyError, ValueError, OSError, aiohttp.ClientError) as problem:
                last = problem
            await asyncio.sleep(0.2)
        raise AssertionError(f"not ready: {last}\n{self.output.read_text('utf-8', 'replace')[-3000:]}")

    async def _engine(self) -> dict[str, Any]:
        """What the engine tells of itself. Asked here: a whole `okno status` a look would slow what is waited for."""
        secret = (self.state / "secrets/service.secret").read_text().strip()
        url = f"http://127.0.0.1:{self.config['engine']['port']}/v1/status"
        async with (
            aiohttp.ClientSession(headers={"Okno-Service": secret}, timeout=PATIENCE) as session,
            session.get(url) as answer,
        ):
            return dict(await answer.json())

    async def _web(self, engine: dict[str, Any]) -> bool:
        """Whether web is ready and, once there is a token to ask with, has the tables of the engine that leads now.

        For three seconds it goes on with those of one that died.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            async with session.get(f"{self.url}/ready") as answer:
                ready = answer.status == 200
            if ready and self.token:
                async with session.get(f"{self.url}/api/v1/live", headers=headers) as answer:
                    ready = answer.status == 200 and (await answer.json())["epoch"].startswith(f"{engine['epoch']}-")
            return ready

    def stop(self) -> None:
        """Ctrl-C, as a person would, even if it is frozen; kills what is left after 30 s, takes its databases away."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(moved(self.state), ignore_errors=True)


def start(
    state: Path, *, attached: Iterable[dict[str, Any]] = (), managed: Mapping[str, Any] | None = None, **more: Any
) -> Clinic:
    """Start a test clinic in `state`, with PBXs `attached` beside its own; `more` replaces top-level settings.

    `managed` adds to the settings of its own PBX.
    """
    ports = free_ports(12)
    config = settings(ports, ports[11]) | more
    config["pbxes"][0] |= managed or {}
    config["pbxes"] += attached
    state.mkdir(parents=True, exist_ok=True)
    file = state / "okno.yaml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True))
    output = state / "up.out"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "okno.command.cli", "up", "--config", str(file), "--state", str(state)],
            stdout=sink, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    return Clinic(process, state, config, ports[11], output)
