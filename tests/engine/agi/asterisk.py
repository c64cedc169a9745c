"""Asterisk's side of FastAGI, played by a script over a real socket: what was ordered is kept, answers are as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from engine.agi.server import Serve, Server

UNIQUEID = "1760000000.1"


class Asterisk:
    """One call. `variables` are the channel's; `keys` are pressed at each Read in turn; `hangs_up` at this application."""

    def __init__(self, *keys: str, number: str = "+79990000001", hangs_up: str = "") -> None:
        self.variables: dict[str, str] = {"ASTSPOOLDIR": "/spool"}
        self.commands: list[str] = []
        self.heard: list[str] = []
        self.waits: list[str] = []
        self._keys = list(keys)
        self._number, self._hangs_up = number, hangs_up

    async def call(self, port: int, script: str = "flow/main", *args: str) -> None:
        """Connect and answer until the other side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = {"network": "yes", "network_script": script, "request": f"agi://127.0.0.1/{script}",
                 "uniqueid": UNIQUEID, "callerid": self._number}  # fmt: skip
        lines |= {f"arg_{number}": text for number, text in enumerate(args, 1)}
        writer.write("".join(f"agi_{name}: {text}\n" for name, text in lines.items()).encode() + b"\n")
        while line := await reader.readline():
            command = line.decode().strip()
            self.commands.append(command)
            said = self._answer(command)
            writer.write(said.encode() + b"\n")
            if said.startswith("HANGUP"):
                break
        writer.close()

    def _answer(self, command: str) -> str:
        verb, _, rest = command.partition(" ")
        if verb == "SET":
            name, _, value = rest.removeprefix("VARIABLE ").partition(" ")
            self.variables[name] = value.strip('"')
            return "200 result=1"
        if verb == "GET":
            value = self.variables.get(rest.removeprefix("VARIABLE "), "")
            return f"200 result=1 ({value})" if value else "200 result=0"
        if verb == "STREAM":
            self.heard.append(rest.split()[1])
            keys = rest.partition('"')[2]
            pressed = self._keys.pop(0) if len(keys) > 1 and self._keys else ""
            return f"200 result={ord(pressed) if pressed else 0} endpos=160"
        application, _, words = rest.partition(" ")
        if application == self._hangs_up:
            return "HANGUP"
        return self._run(application, words.strip('"').split(","))

    def _run(self, application: str, words: list[str]) -> str:
        if application == "Playback":
            self.heard += words[0].split("&")
        elif application == "Read":
            self.heard += [sound for sound in words[1].split("&") if sound]
            self.waits.append(words[5])
            keys = self._keys.pop(0) if self._keys else ""
            self.variables["OKNO_KEYS"] = keys
            self.variables["READSTATUS"] = "OK" if len(keys) >= int(words[2]) else "TIMEOUT"
        elif application == "Record":
            self.heard.append(words[0])
        else:
            return "510 Invalid or unknown command"
        return "200 result=0"


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """A listener on a free port."""
    server = Server(serve, CollectorRegistry())
    port = await server.listen("127.0.0.1", 0)
    try:
        yield port
        async with asyncio.timeout(5):
            while server.inside:
                await asyncio.sleep(0.005)
    finally:
        await server.close()


