"""This process's copy of the engine's world, in full, with the patches that made it; only `view.py` shows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import okno.logs
from okno.clock import monotonic, now
from web.live.engine import Engine
from web.view import Op, Tables, apply

log = okno.logs.get(__name__)

# What a browser that lost its line for a while may still be sent instead of everything: the engine keeps as many.
_RING = 4_000
# The engine beats once a second: three missed beats are no accident of scheduling.
_SILENCE_S = 3.0
# The answer to an order may overtake the patch it made, by less than this.
_AHEAD_S = 2.0
# A ring is told before the patch with it is written: by so much, where the database is slow.
_RUNG_S = 30.0
_CLOSED = ("done", "cancelled")


@dataclass(frozen=True, slots=True)
class Patch:
    """What one numbered patch of the engine changed, in full."""

    seq: int
    ops: list[Op]
    unsaved: bool
    at: str


class Replica:
    """The world as the engine last told it.

    Args:
        engine: where it comes from.
        reset: called when everything is new and every screen must synchronise again.
        patched: called after each patch was applied.
        rang: called for each ring of an operator's phone: operator, the call's row in full, the leg's index.
        noticed: called for each message to an operator: operator, the message.
        hinted: called with the number of the hints when it is another one than before.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        reset: Callable[[], None],
        patched: Callable[[Patch], None],
        rang: Callable[[str, dict[str, Any], int], None],
        noticed: Callable[[str, dict[str, Any]], None],
        hinted: Callable[[int], None],
    ) -> None:
        self._engine = engine
        self._reset, self._patched, self._rang, self._noticed = reset, patched, rang, noticed
        self._hinted = hinted
        self.hints = 0
        self._heard_at: float | None = None
        self._offset = timedelta(0)
        self._ahead: dict[str, tuple[float, dict[str, Any]]] = {}
        self._ring: deque[Patch] = deque(maxlen=_RING)
        self._rung: dict[tuple[str, str], tuple[float, str]] = {}
        self.tables: Tables = {}
        self.epoch = ""
        self.seq = 0
        self.unsaved = False

    @property
    def linked(self) -> bool:
        """Whether the engine was heard within the last three seconds."""
        return self._heard_at is not None and monotonic() - self._heard_at < _SILENCE_S

    @property
    def now(self) -> datetime:
        """The engine's clock, as far as its last message tells."""
        return now() + self._offset

    def request(self, key: str) -> dict[str, Any] | None:
        """Return an open request's row, in full, as the live feed or an order's answer told it last; None: no such."""
        row = self.tables.get("requests", {}).get(key)
        until, ahead = self._ahead.get(key, (0.0, None))
        if ahead is None or monotonic() > until or (row is not None and row["version"] >= ahead["version"]):
            return row
        return ahead

    def ahead(self, row: Mapping[str, Any]) -> None:
        """Take a request's row from the answer to an order; good until the live feed has caught up."""
        moment = monotonic()
        self._ahead = {key: kept for key, kept in self._ahead.items() if kept[0] > moment}
        if row["status"] not in _CLOSED:
            self._ahead[str(row["id"])] = (moment + _AHEAD_S, dict(row))

    def rung(self, operator: str, request: str) -> bool:
        """Say whether the engine told that this request's call rings this operator, and its patch is still to come."""
        until, _ = self._rung.get((operator, request), (0.0, ""))
        return monotonic() < until

    async def run(self) -> None:
        """Follow the engine for ever; after a hole in its numbers, anew from a snapshot."""
        while True:
            epoch, seq = (self.epoch, self.seq) if self.epoch else (None, None)
            async with aclosing(self._engine.live(epoch, seq)) as messages:
                async for message in messages:
                    self.take(message)
                    if not self.epoch:
                        break

    def take(self, message: Mapping[str, Any]) -> None:
        """Take one message of the live feed; one that is not understood is logged and passed over."""
        self._heard_at = monotonic()
        if "now" in message:
            self._offset = datetime.fromisoformat(str(message["now"])) - now()
        match message.get("type"):
            case "snapshot":
                self._snapshot(message)
            case "patches":
                for patch in message["patches"]:
                    self._patch({"epoch": message.get("epoch", self.epoch), **patch})
            case "patch":
                self._patch(message)
            case "ring":
                self._ringing(message["operator"], dict(message["call"]), int(message.get("leg") or 0))
            case "notice":
                self._noticed(message["operator"], dict(message["notice"]))
            case "beat":
                if message.get("hints", 0) != self.hints:
                    self.hints = int(message["hints"])
                    self._hinted(self.hints)
            case other:
                log.warning("live_message_not_understood", extra={"kind": str(other)[:20]})

    def since(self, epoch: str, seq: int) -> list[Patch] | None:
        """Return the patches after `seq`, or None when only a snapshot helps: another epoch, too long ago."""
        if not self.epoch or epoch != self.epoch or seq > self.seq:
            return None
        if seq == self.seq:
            return []
        if not self._ring or self._ring[0].seq > seq + 1:
            return None
        return [patch for patch in self._ring if patch.seq > seq]

    def _ringing(self, operator: str, call: dict[str, Any], leg: int) -> None:
        self._rung[operator, str(call.get("request") or "")] = (monotonic() + _RUNG_S, str(call["id"]))
        self._forget_rung()
        self._rang(operator, call, leg)

    def _forget_rung(self) -> None:
        """Forget the rings the tables know by now, and old ones: from there on the tables say for how long it rings."""
        calls, moment = self.tables.get("calls", {}), monotonic()
        self._rung = {
            (operator, request): (until, call)
            for (operator, request), (until, call) in self._rung.items()
            if until > moment and operator not in calls.get(call, {}).get("ringing", ())
        }

    def _snapshot(self, message: Mapping[str, Any]) -> None:
        self.tables = {table: dict(rows) for table, rows in message["tables"].items()}
        self.epoch, self.seq = str(message["epoch"]), int(message["seq"])
        self.unsaved = bool(message.get("unsaved", False))
        self._ring.clear()
        log.info("world_received", extra={"epoch": self.epoch, "seq": self.seq})
        self._reset()

    def _patch(self, message: Mapping[str, Any]) -> None:
        seq = int(message["seq"])
        if not self.epoch or message.get("epoch", self.epoch) != self.epoch or seq <= self.seq:
            return  # of a life that is over, or told twice after a reconnect
        if seq != self.seq + 1:
            # The client asks for what it missed, so a hole means that numbers were lost on the way: begin anew.
            log.error("live_hole", extra={"seq": seq, "expected": self.seq + 1})
            self.epoch = ""
            return
        patch = Patch(seq, list(message["ops"]), bool(message.get("unsaved", False)), str(message.get("at", "")))
        apply(self.tables, patch.ops)
        self.seq, self.unsaved = seq, patch.unsaved
        self._ring.append(patch)
        if self._rung:
            self._forget_rung()
        self._patched(patch)
