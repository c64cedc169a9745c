"""An AMI server on a real socket that misbehaves as told: for faults only, real Asterisk is for the rest."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Self

from okno.settings.model import Ami, PbxSettings

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def block(**headers: object) -> bytes:
    """One AMI message; `CID_CallingPres` stands for `CID-CallingPres`."""
    text = "".join(f"{key.replace('_', '-')}: {value}\r\n" for key, value in headers.items())
    return text.encode("utf-8", "surrogateescape") + b"\r\n"


def newchannel(serial: int, name: str = "", at: float = 1760000000.5) -> bytes:
    """A Newchannel event of a synthetic call."""
    return block(
        Event="Newchannel", Privilege="call,all", Timestamp=f"{at:.6f}", Channel=f"PJSIP/trunk-{serial:08x}",
        ChannelState=4, ChannelStateDesc="Ring", CallerIDNum="+79990000001", CallerIDName=name or "<unknown>",
        ConnectedLineNum="<unknown>", ConnectedLineName="<unknown>", Language="ru", AccountCode="",
        Context="okno-inbound", Exten="73430000001", Priority=1, Uniqueid=f"1760000000.{serial}",
        Linkedid=f"1760000000.{serial}",
    )  # fmt: skip


@dataclass
class FaultServer:
    """What it does; change a field at any time. `actions` is everything it was asked, as header dicts."""

    secret: str = "right"
    banner: bytes = BANNER
    close_on_accept: bool = False
    mute: bool = False
    mute_actions: tuple[str, ...] = ()
    refuse: dict[str, str] = field(default_factory=dict)
    short_lists: int = 0
    version: str = "22.10.1"
    started: str = "10:00:00"
    uptime: int = 100_000
    processed: int = 7
    boot: bool = True
    before_list: bytes = b""
    commands: tuple[str, ...] = ()
    channels: tuple[bytes, ...] = ()
    bridges: tuple[bytes, ...] = ()
    clock_ahead_s: float = 0.0
    ssl: object = None
    actions: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _writers: dict[asyncio.StreamWriter, str] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.ssl)  # type: ignore[arg-type]
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.drop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def settings(self, **ami: object) -> PbxSettings:
        """Settings of a PBX at this server, with a short patience."""
        patience = {"ping_s": 0.2, "dead_after_s": 1.5}
        return PbxSettings(name="here", ami=Ami(port=self.port, **(patience | ami)))  # type: ignore[arg-type]

    def emit(self, data: bytes) -> None:
        """Bytes to every session with events on."""
        for writer, events in self._writers.items():
            if events == "on":
                writer.write(data)

    def drop(self) -> None:
        """Cut every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    def asked(self, action: str) -> list[dict[str, str]]:
        """The orders of one kind that came."""
        return [headers for headers in self.actions if headers["Action"] == action]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.close_on_accept:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers[writer] = ""
        try:
            writer.write(self.banner)
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                lines = raw.decode().split("\r\n")
                headers = dict(line.split(": ", 1) for line in lines if line)
                self.actions.append(headers)
                if not self.mute and headers["Action"] not in self.mute_actions:
                    writer.write(self._answer(writer, headers))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.pop(writer, None)
            self._tasks.discard(task)
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, headers: dict[str, str]) -> bytes:
        action, tag = headers["Action"], headers["ActionID"]
        if action in self.refuse:
            return block(Response="Error", ActionID=tag, Message=self.refuse[action])
        match action:
            case "Login":
                return self._login(writer, headers, tag)
            case "CoreSettings":
                return block(Response="Success", ActionID=tag, AMIversion="11.0.0", AsteriskVersion=self.version)
            case "CoreStatus":
                return block(
                    Response="Success", ActionID=tag, CoreStartupDate="2026-11-21", CoreStartupTime=self.started,
                    CoreCurrentCalls=0, CoreProcessedCalls=self.processed,
                )  # fmt: skip
            case "Ping":
                stamp = time.time() + self.clock_ahead_s
                return block(Response="Success", ActionID=tag, Ping="Pong", Timestamp=f"{stamp:.6f}")
            case "CoreShowChannels" | "BridgeList" | "QueueStatus" | "DeviceStateList":
                return self._list(action, tag)
            case "ListCommands":
                return block(Response="Success", ActionID=tag, **{name: "x (Priv: y)" for name in self.commands})
        return block(Response="Success", ActionID=tag, Message="done")

    def _login(self, writer: asyncio.StreamWriter, headers: dict[str, str], tag: str) -> bytes:
        if headers["Secret"] != self.secret:
            self._tasks.add(asyncio.ensure_future(self._part(writer)))
            return block(Response="Error", ActionID=tag, Message="Authentication failed")
        self._writers[writer] = headers["Events"]
        accepted = block(Response="Success", ActionID=tag, Message="Authentication accepted")
        if headers["Events"] == "on" and self.boot:
            accepted += block(Event="FullyBooted", Privilege="system,all", Uptime=self.uptime, Status="Fully Booted")
        return accepted

    async def _part(self, writer: asyncio.StreamWriter) -> None:
        await writer.drain()
        writer.close()

    def _list(self, action: str, tag: str) -> bytes:
        complete = f"{action}Complete"
        items = self._items(action)
        promised = len(items)
        if self.short_lists and items:
            self.short_lists -= 1
            items = items[:-1]
        tagged = [item.replace(b"\r\n", f"\r\nActionID: {tag}\r\n".encode(), 1) for item in items]
        return (
            self.before_list
            + block(Response="Success", ActionID=tag, EventList="start", Message="will follow")
            + b"".join(tagged)
            + block(Event=complete, ActionID=tag, EventList="Complete", ListItems=promised)
        )

    def _items(self, action: str) -> list[bytes]:
        if action == "CoreShowChannels":
            return list(self.channels)
        if action == "BridgeList":
            return list(self.bridges)
        if action == "QueueStatus":
            return [
                block(Event="QueueParams", Queue="registry", Max=0, Calls=1),
                block(
                    Event="QueueMember", Queue="registry", Name="PJSIP/1001", Location="PJSIP/1001", Status=1,
                    Paused=1, PausedReason="human:break", Penalty=2, InCall=0,
                ),
                block(Event="QueueEntry", Queue="registry", Position=1, Uniqueid="1760000000.9", Wait=12),
            ]  # fmt: skip
        return [
            block(Event="DeviceStateChange", Device="PJSIP/1001", State="NOT_INUSE"),
            block(Event="DeviceStateChange", Device="Queue:registry", State="INUSE"),
        ]
