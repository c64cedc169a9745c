"""PBXs that cannot be used, each in its own way, on real sockets in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self

from tests.engine.ami.fault_server import FaultServer
from tests.system.clinic import free_ports

SECRET = "right"


class Broken:
    """The servers, by name; `closed` listens only after `open_closed()`."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.servers = {
            "noisy": FaultServer(secret=SECRET),
            "wrong": FaultServer(secret="another"),
            "old": FaultServer(secret=SECRET, version="16.30.0"),
            "http": FaultServer(banner=b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            "rights": FaultServer(secret=SECRET, refuse={"CoreShowChannels": "Permission denied"}),
        }
        # Nothing is wrong with these two but what we are told of them; each PBX needs an address of its own.
        self.sound = {"tls": FaultServer(secret=SECRET), "nosecret": FaultServer(secret=SECRET)}
        self.closed = FaultServer(secret=SECRET, port=free_ports(1)[0])
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for server in (*self.servers.values(), *self.sound.values()):
            self.do(server.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        for server in [*self.servers.values(), *self.sound.values(), *([self.closed] if self.closed.connections else [])]:
            self.do(server.__aexit__())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something in the servers' loop and wait for it."""
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def open_closed(self) -> None:
        """Let the closed port be open from now on."""
        self.do(self.closed.__aenter__())

    def settings(self, secrets: Path) -> list[dict[str, Any]]:
        """The `pbxes` that are attached; their secret is written into the folder `secrets`."""
        secrets.mkdir(parents=True, mode=0o700)
        (secrets / "their.secret").write_text(SECRET + "\n")
        (secrets / "their.secret").chmod(0o600)
        ports = {name: server.port for name, server in self.servers.items()} | {"closed": self.closed.port}
        found = [_pbx(name, port) for name, port in ports.items()]
        tls, nosecret = self.sound["tls"].port, self.sound["nosecret"].port
        return [*found, _pbx("tls", tls, tls=True), _pbx("nosecret", nosecret, file="none.secret")]


def _pbx(name: str, port: int, file: str = "their.secret", **ami: Any) -> dict[str, Any]:
    users = dict.fromkeys(("events_secret", "actions_secret", "watch_secret"), f"file:{file}")
    return {"name": name, "ami": {"port": port, "ping_s": 1.0, "dead_after_s": 4.0, **users, **ami}}
