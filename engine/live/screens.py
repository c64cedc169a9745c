"""The published world: numbered patches over one set of rows, the ring of the last 4,000, and who listens."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from engine.feed import TABLES
from engine.live.drawing import Drawing
from engine.live.rows import Row, wire
from okno import clock

# A reader away for a minute at 60 patches a second still needs no snapshot.
RING = 4_000
# In a flood (the journal of a night, a crowd) patches are large: then fewer of them are kept.
RING_LETTERS = 16_000_000
# Rows that have left stay known this long: the answer to the command that closed a request shows it.
RECENT = 1_000
# A reader so far behind is dropped; it comes back and asks for what it missed.
BACKLOG = 2_000

Deliver = Callable[[str], None]


class Screens:
    """What all readers have been told.

    Args:
        epoch: of this process's life; another one means that numbers start anew.
    """

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.seq = 0
        self.unsaved = False
        self.hints = 0
        self.tables: dict[str, dict[str, Row]] = {table: {} for table in TABLES}
        self._ring: deque[tuple[int, str]] = deque()
        self._letters = 0
        self._recent: OrderedDict[tuple[str, str], Row] = OrderedDict()
        self._readers: set[Deliver] = set()

    def begin(self, tables: dict[str, dict[str, Row]]) -> None:
        """Take the rows of a world just loaded, before anybody reads."""
        self.tables = tables

    def publish(self, drawing: Drawing, at: datetime, *, unsaved: bool) -> None:
        """Number and send what differs from the rows already told; nothing when nothing does."""
        ops: list[list[Any]] = []
        for (table, key), (last, row) in drawing.items():
            rows = self.tables[table]
            old = rows.get(key)
            if row is not None:
                if row != old:
                    rows[key] = row
                    ops.append(["set", table, key, row])
                continue
            if last is not None and last != old:
                ops.append(["set", table, key, last])
            if old is not None or last is not None:
                ops.append(["del", table, key])
                rows.pop(key, None)
                self._remember(table, key, last or old)
        if ops or unsaved != self.unsaved:
            self.unsaved = unsaved
            self._send(ops, at)

    def ring(self, operator: str, call: Row, leg: int) -> None:
        """Tell at once, unnumbered, that an operator's phone rings."""
        self._deliver(_json({"type": "ring", "operator": operator, "call": call, "leg": leg}))

    def notice(self, operator: str, notice: Row) -> None:
        """Tell at once, unnumbered, of a message to an operator, or that he has read it: for his own screens only."""
        self._deliver(_json({"type": "notice", "operator": operator, "notice": notice}))

    def beat(self) -> None:
        """Tell that we live."""
        self._deliver(_json({"type": "beat", "seq": self.seq, "now": wire(clock.now()), "hints": self.hints}))

    def row(self, table: str, key: str) -> Row | None:
        """Return a row as last told, also one that left lately."""
        return self.tables[table].get(key) or self._recent.get((table, key))

    def greeting(self, epoch: str | None, seq: int | None) -> str:
        """Return the first message for a reader who has seen `seq` of `epoch`: what he missed, or everything."""
        missed = self._since(epoch, seq)
        now = wire(clock.now())
        if missed is not None:
            return (
                f'{{"type":"patches","epoch":{json.dumps(self.epoch)},"seq":{self.seq},"now":"{now}",'
                f'"patches":[{",".join(missed)}]}}'
            )
        return _json({
            "type": "snapshot", "epoch": self.epoch, "seq": self.seq, "now": now, "unsaved": self.unsaved,
            "tables": self.tables,
        })  # fmt: skip

    @contextmanager
    def reading(self, deliver: Deliver) -> Iterator[None]:
        """Give `deliver` every message from now on; greet in the same step of the event loop."""
        self._readers.add(deliver)
        try:
            yield
        finally:
            self._readers.discard(deliver)

    @property
    def readers(self) -> int:
        """How many listen."""
        return len(self._readers)

    def _since(self, epoch: str | None, seq: int | None) -> list[str] | None:
        if epoch != self.epoch or seq is None or seq > self.seq:
            return None
        if seq < self.seq and (not self._ring or self._ring[0][0] > seq + 1):
            return None
        return [text for number, text in self._ring if number > seq]

    def _send(self, ops: list[list[Any]], at: datetime) -> None:
        self.seq += 1
        text = _json({
            "type": "patch", "epoch": self.epoch, "seq": self.seq, "at": wire(at), "ops": ops, "unsaved": self.unsaved,
        })  # fmt: skip
        self._ring.append((self.seq, text))
        self._letters += len(text)
        while len(self._ring) > RING or (self._letters > RING_LETTERS and len(self._ring) > 1):
            self._letters -= len(self._ring.popleft()[1])
        self._deliver(text)

    def _deliver(self, text: str) -> None:
        for deliver in tuple(self._readers):
            deliver(text)

    def _remember(self, table: str, key: str, row: Row | None) -> None:
        if row is not None:
            self._recent[table, key] = row
            if len(self._recent) > RECENT:
                self._recent.popitem(last=False)


def _json(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
