"""From the replica to the sockets of this process: numbered patches gathered for 50 ms, rings at once.

Every role has a room and a view; a patch is masked once for each role that somebody here has. One sender task puts
messages out, so their order is the engine's. A socket joins its room only when everything before its snapshot has
been put out: its first patch begins where its answer ended.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from web.accounts.roles import Role
from web.live.meters import Meters
from web.replica import Patch, Replica
from web.view import View, squeeze

# Lists may be this late; it turns fifty events a second into at most twenty messages a socket (screens.md II.3).
GATHER_S = 0.05


class Rooms(Protocol):
    """What of socketio.AsyncServer the fan-out needs."""

    async def emit(self, event: str, data: Any, *, room: str) -> None:
        """Send to every socket in a room."""


@dataclass(frozen=True, slots=True)
class _Message:
    event: str
    room: str
    data: dict[str, Any]


def view_room(role: Role) -> str:
    """Return the room of everybody who sees the world as this role does."""
    return f"view:{role}"


def operator_room(operator: str) -> str:
    """Return the room of an operator's own sockets."""
    return f"operator:{operator}"


class Fanout:
    """Sends what the replica hears to those who may see it.

    Args:
        rooms: the Socket.IO server.
        views: one for each role.
        meters: the metrics.
    """

    def __init__(self, rooms: Rooms, views: Mapping[Role, View], meters: Meters) -> None:
        self._rooms, self._views, self._meters = rooms, views, meters
        self._viewers: Counter[Role] = Counter()
        self._out: asyncio.Queue[_Message] = asyncio.Queue()
        self._unsent = 0
        self._pending: list[Patch] = []
        self._timer: asyncio.TimerHandle | None = None
        self._rings: set[asyncio.Task[None]] = set()
        self.replica: Replica | None = None

    def join(self, role: Role) -> None:
        """Count in a socket that is in the room of its view."""
        self._viewers[role] += 1

    def leave(self, role: Role) -> None:
        """Count it out."""
        self._viewers[role] -= 1

    def patched(self, patch: Patch) -> None:
        """Take a patch the replica has just applied."""
        self._meters.patches.inc()
        self._pending.append(patch)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self.flush)

    def rang(self, operator: str, call: Mapping[str, Any], leg: int) -> None:
        """Tell an operator at once that his phone rings, with the call's facts only (P6)."""
        data = {"call": self._views["operator"].ring(call), "leg": leg}
        self._at_once(_Message("ring", operator_room(operator), data))

    def noticed(self, operator: str, notice: Mapping[str, Any]) -> None:
        """Give a message to its operator's own screens, or take it from them once he has read it."""
        self._at_once(_Message("notice", operator_room(operator), dict(notice)))

    def reset(self) -> None:
        """Make every screen synchronise again: an empty patch of the new life, which joins on to nothing they have."""
        replica = self._world()
        self._pending.clear()
        here = {"epoch": replica.epoch, "from": replica.seq, "to": replica.seq}
        nothing = {**here, "ops": [], "unsaved": replica.unsaved}
        for role in self._roles():
            self._put(_Message("patch", view_room(role), nothing))

    def flush(self) -> None:
        """Put out what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pending:
            return
        gathered, self._pending = self._pending, []
        first, last = gathered[0].seq - 1, gathered[-1].seq
        ops = squeeze(op for patch in gathered for op in patch.ops)
        for role in self._roles():
            data = {
                "epoch": self._world().epoch, "from": first, "to": last, "ops": self._views[role].ops(ops),
                "unsaved": gathered[-1].unsaved,
            }
            self._put(_Message("patch", view_room(role), data))

    async def settle(self) -> None:
        """Return when all that was heard is put out; the caller may then join a room without a gap or a repeat."""
        while self._pending or self._unsent:
            self.flush()
            await self._out.join()

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """Send an unnumbered message to everybody, after what is already on its way."""
        for role in self._roles():
            self._put(_Message(event, view_room(role), data))

    def hinted(self, version: int) -> None:
        """Tell everybody that the hints have changed; who may read them asks."""
        self.tell("hints", {"version": version})

    def answer(self, role: Role, epoch: str, seq: int) -> dict[str, Any]:
        """Return what a screen that has `epoch` and `seq` needs to be up to date: missed patches, or everything."""
        replica, view = self._world(), self._views[role]
        head: dict[str, Any] = {
            "epoch": replica.epoch, "seq": replica.seq, "now": replica.now.isoformat(), "unsaved": replica.unsaved
        }
        missed = replica.since(epoch, seq)
        if missed is None:
            return {**head, "snapshot": view.tables(replica.tables)}
        ops = squeeze(op for patch in missed for op in patch.ops)
        return {**head, "patches": [{"from": seq, "to": replica.seq, "ops": view.ops(ops)}] if missed else []}

    async def run(self) -> None:
        """Put messages out in order, for ever."""
        while True:
            message = await self._out.get()
            try:
                await self._emit(message)
            finally:
                self._unsent -= 1
                self._out.task_done()

    def _roles(self) -> list[Role]:
        return [role for role, number in self._viewers.items() if number > 0]

    def _world(self) -> Replica:
        if self.replica is None:
            raise RuntimeError("the fan-out was used before it was given its replica")
        return self.replica

    def _at_once(self, message: _Message) -> None:
        task = asyncio.get_running_loop().create_task(self._emit(message))
        self._rings.add(task)
        task.add_done_callback(self._rings.discard)

    def _put(self, message: _Message) -> None:
        self._unsent += 1
        self._out.put_nowait(message)

    async def _emit(self, message: _Message) -> None:
        self._meters.emitted.labels(message.event).inc()
        await self._rooms.emit(message.event, message.data, room=message.room)
