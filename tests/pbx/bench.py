"""A real private Asterisk with a small clinic in it, SIPp phones and SIPp patients: what the tests call on.

    async def test_it(bench):
        patients = bench.patients([Call("+79990001801", bench.number("registry"), hold_s=4)])
        assert await patients.wait() == 0

A test that needs an Asterisk of its own: `with build(home, settings) as made:` (or `async with`) starts and ends it,
`made.phones()` gives it every phone.

`bench` is session scoped: Asterisk and the phones start once. `bench.settings` are the settings it was rendered from,
`bench.secrets` its AMI passwords, `bench.runtime` both as a Runtime, `bench.tap()` a recorded AMI events login.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from demo import sipp
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import Address, Sipp
from engine.asterisk.private import PrivateAsterisk, Running
from engine.asterisk.render import Secrets, render
from engine.asterisk.root import find
from okno.settings.model import (
    Ami,
    Clinic,
    EngineSettings,
    Hours,
    Line,
    OperatorSettings,
    PbxSettings,
    Prompts,
    QueueSettings,
    ServiceSettings,
    Settings,
    Trunk,
)

PBX = "bench"
# Who is behind each queue; a phone's behaviour is its extension's (PHONES).
MEMBERS = {
    "registry": ("1001", "1002", "1003", "1004"),
    "second": ("1011", "1012"),
    "busy": ("1021", "1022"),
    "declined": ("1031", "1032"),
    "silent": ("1041",),
    "full": ("1042",),
    "nobody": ("1051",),
    "hangs": ("1061",),
}
LINES = [*MEMBERS, "closed"]
PHONES = (
    Rule(Behaviour("silent"), called="(1011|1041|1042)"),
    Rule(Behaviour("busy", ring_s=0.2), called="1021"),
    Rule(Behaviour("refuse", ring_s=0.2), called="1031"),
    Rule(Behaviour("answer", ring_s=0.5, talk_s=2), called="1061"),
    Rule(Behaviour("answer", ring_s=0.5)),
)
# People outside, by the number an operator dials.
OUTSIDE = (
    Rule(Behaviour("busy", ring_s=0.2), called="79990007[0-9]*"),
    Rule(Behaviour("silent"), called="79990008[0-9]*"),
    Rule(Behaviour("answer", ring_s=0.5)),
)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port nobody uses now."""
    with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def bench_settings(name: str = PBX, *, ring_s: int = 3, max_wait_s: int = 7) -> Settings:
    """A small clinic on free ports, with short times: a queue for every way a call can end."""
    udp = socket.SOCK_DGRAM
    phones, outside = free_port(udp), free_port(udp, "127.0.0.2")
    media = 30000 + free_port(udp) % 300 * 100
    strategies = {"registry": "rrmemory"}
    return Settings.model_validate(
        Settings(
            clinic=Clinic(name="Окно", area_code="343"),
            engine=EngineSettings(port=free_port()), pbx_service=ServiceSettings(port=free_port()),
            hours={"never": Hours(week={})},
            pbxes=[PbxSettings(
                name=name, managed=True, ami=Ami(port=free_port()), sip_port=free_port(udp),
                rtp_ports=(media, media + 98),
                trunks=[Trunk(match=["127.0.0.2"], contact=f"sip:127.0.0.2:{outside}")],
                prompts=Prompts(consent="silence/1", closed="beep", nobody="beep"),
            )],
            queues=[QueueSettings(
                name=queue, title={"ru": queue, "en": queue}, ring_s=ring_s, max_wait_s=max_wait_s,
                strategy=strategies.get(queue, "linear"), max_callers=1 if queue == "full" else 0,
            ) for queue in MEMBERS],
            operators=[OperatorSettings(
                name=f"operator-{extension}", title={"ru": f"Оператор {extension}", "en": f"Operator {extension}"},
                extension=extension, queues=[queue],
                contact=None if queue == "nobody" else f"sip:{extension}@127.0.0.1:{phones}",
            ) for queue, extensions in MEMBERS.items() for extension in extensions],
            lines=[Line(
                number=f"+7343000{index:04d}", source={"ru": line, "en": line},
                queue="registry" if line == "closed" else line, hours="never" if line == "closed" else None,
            ) for index, line in enumerate(LINES, 1)],
        ).model_dump()
    )  # fmt: skip


@dataclass
class Tap:
    """Everything an AMI login was sent, byte for byte, after its own Login's answer."""

    data: bytearray = field(default_factory=bytearray)

    def names(self) -> list[str]:
        """The events in order, by name."""
        return [block.get("Event", "") for block in self.events()]

    def events(self) -> list[dict[str, str]]:
        """The events in order, as plain dictionaries (a repeated header keeps its last value)."""
        blocks = bytes(self.data).split(b"\r\n\r\n")[:-1]
        parsed = [dict(line.partition(": ")[::2] for line in block.decode().split("\r\n")) for block in blocks]
        return [block for block in parsed if "Event" in block]

    async def until(self, name: str, count: int = 1, timeout_s: float = 20, **fields: str) -> dict[str, str]:
        """Wait for the `count`-th event of that name whose fields are so, and return it. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                hits = [e for e in self.events() if e["Event"] == name and fields.items() <= e.items()]
                if len(hits) >= count:
                    return hits[count - 1]
                await asyncio.sleep(0.05)


@dataclass
class Bench:
    """An Asterisk with its SIPp; runs while its context, `with` or `async with`, is open. Everything it starts it ends."""

    settings: Settings
    secrets: Secrets
    asterisk: PrivateAsterisk
    running: Running
    started: list[Sipp] = field(default_factory=list)

    @property
    def pbx(self) -> PbxSettings:
        """The one PBX of the settings."""
        return self.settings.pbxes[0]

    @property
    def sip(self) -> Address:
        """Where this Asterisk takes calls."""
        return Address(self.pbx.sip_host, self.pbx.sip_port)

    def number(self, line: str) -> str:
        """The digits patients dial for a line of the bench: a queue's name or `closed`."""
        return f"7343000{LINES.index(line) + 1:04d}"

    def phones(self) -> None:
        """Start every operator's phone, and the people outside."""
        contact = next(o.contact for o in self.settings.operators if o.contact)
        port = int(contact.rpartition(":")[2])
        outside = int(self.pbx.trunks[0].contact.rpartition(":")[2])
        self.started.append(sipp.phones(Address("127.0.0.1", port), PHONES))
        self.started.append(sipp.phones(Address("127.0.0.2", outside), OUTSIDE))

    def patients(self, calls: Sequence[Call], *, rate: float = 10) -> Sipp:
        """Calls from outside, through the trunk."""
        return self._place("127.0.0.2", calls, rate)

    def operators(self, calls: Sequence[Call], *, rate: float = 10, patience_s: float = 60) -> Sipp:
        """Calls from the operators' phones: `number` is the extension that calls."""
        return self._place("127.0.0.1", calls, rate, patience_s)

    @asynccontextmanager
    async def tap(self, user: str | None = None, secret: str | None = None) -> AsyncIterator[Tap]:
        """An AMI login (the events login unless named) whose bytes are kept."""
        ami = self.pbx.ami
        reader, writer = await asyncio.open_connection(ami.host, ami.port)
        tap = Tap()
        await reader.readline()
        user, secret = user or ami.events_user, secret or self.secrets.events
        writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\n\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b"Success" in answer, "the AMI login was refused"

        async def listen() -> None:
            while data := await reader.read(65536):
                tap.data += data

        listening = asyncio.create_task(listen())
        try:
            yield tap
        finally:
            writer.close()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await listening

    def __enter__(self) -> Self:
        """Start Asterisk, and no phone. Raises AsteriskDied."""
        asyncio.run(self.running.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        """The same inside a coroutine."""
        await self.running.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    def stop(self) -> None:
        """End SIPp and Asterisk, by pid."""
        asyncio.run(self._end())

    async def _end(self) -> None:
        for process in self.started:
            process.stop()
        await self.running.stop()

    def _place(self, host: str, calls: Sequence[Call], rate: float, patience_s: float = 60) -> Sipp:
        at = Address(host, free_port(socket.SOCK_DGRAM, host))
        process = sipp.calls(at, self.sip, calls, rate=rate, patience_s=patience_s)
        self.started.append(process)
        return process


def build(home: Path, settings: Settings | None = None, more: Mapping[str, str] | None = None) -> Bench:
    """A bench that has not started yet: directories made, configuration written.

    `more`: text added to the end of a configuration file, or a file of its own, by the file's name.
    """
    settings = settings or bench_settings()
    phones = {o.extension: f"phone-{o.extension}" for o in settings.operators if o.contact is None}
    secrets = Secrets("events-of-the-bench", "actions-of-the-bench", "watch-of-the-bench", phones)
    asterisk = PrivateAsterisk(home, find(settings.pbxes[0].asterisk))
    asterisk.prepare()
    files = render(settings, settings.pbxes[0], asterisk.layout, secrets)
    for name, text in {**files, **{name: files.get(name, "") + text for name, text in (more or {}).items()}}.items():
        (asterisk.etc / name).write_text(text, "utf-8")
    return Bench(settings, secrets, asterisk, Running(asterisk))


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The running bench, with every phone."""
    with build(tmp_path_factory.mktemp("asterisk")) as made:
        made.phones()
        yield made


@pytest.fixture(scope="session")
def asterisk(bench: Bench) -> Bench:
    """The same under the name of what it is."""
    return bench
