"""A journal written by hand: rows of CEL and lines of queue_log as Asterisk 22.10.1 writes them. Seconds since `T`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from engine.journal.parts import FileName, Part, Taken
from engine.journal.reading import Reader
from engine.world import Call, Entity, Line, Operator, Pbx, Queue
from tests.engine.clinic import EPOCH, PATIENT, PBX, clinic, uid

LONG_AFTER = datetime.fromtimestamp(EPOCH, UTC) + timedelta(days=300)
TRUNK, ORLOVA, IVANOV = "PJSIP/trunk-00000001", "PJSIP/1001-00000002", "PJSIP/1002-00000003"


def entities() -> list[Entity]:
    """What a reader must know of the small clinic."""
    world = clinic()
    return [row for kind in (Pbx, Operator, Line, Queue) for row in world.all(kind)]


def row(
    kind: str, s: float, serial: int | str, name: str, *, linked: int | str | None = None, number: str = "",
    exten: str = "", context: str = "", app: str = "", data: str = "", peer: str = "", extra: object = None,
) -> str:
    """One record of CEL."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([
        kind, f"{EPOCH + s:.6f}", uid(serial), uid(serial if linked is None else linked), name, number, exten,
        context, app, data, peer, kind if kind.startswith("OKNO") else "", json.dumps(extra) if extra else "",
    ])  # fmt: skip
    return out.getvalue().encode().decode("latin-1")


def line(s: float, serial: int | str, queue: str, agent: str, event: str, *data: object) -> str:
    """One record of queue_log."""
    callid = serial if isinstance(serial, str) else uid(serial)
    text = "|".join([str(int(EPOCH + s)), callid, queue, agent, event, *map(str, data)])
    return (text + "\n").encode().decode("latin-1")


@dataclass
class Paper:
    """Both files as they grow."""

    cel: list[str] = field(default_factory=list)
    queue_log: list[str] = field(default_factory=list)

    def write(self, *records: str) -> None:
        """Add records of either kind."""
        for record in records:
            (self.cel if record.startswith('"') else self.queue_log).append(record)

    def arrives(self, s: float, serial: int = 1, number: str = PATIENT, exten: str = "73430000001") -> None:
        """A patient comes by the trunk, is tagged and answered by the dialplan."""
        name = trunk(serial)
        who = {"number": number, "context": "okno-inbound"}
        self.write(
            row("CHAN_START", s, serial, name, exten=exten, **who),
            row("OKNO_CALL", s + 0.01, serial, name, extra={"extra": f"+{exten}|{exten}"}, **who),
            row("ANSWER", s + 0.02, serial, name, app="Answer", **who),
        )

    def queues(self, s: float, serial: int = 1, queue: str = "front", *, let_in: bool = True) -> None:
        """He enters a queue; of a refusal queue_log says nothing."""
        self.write(row("APP_START", s, serial, trunk(serial), app="Queue", data=f"{queue},,,,60", number=PATIENT))
        if let_in:
            self.write(line(s, serial, queue, "NONE", "ENTERQUEUE", "", PATIENT, 1))

    def rings(self, s: float, serial: int, name: str = ORLOVA, root: int = 1) -> None:
        """A phone is dialled for him."""
        self.write(row("CHAN_START", s, serial, name, linked=root, number="1001", exten="s", context="okno-phones"))

    def lifts(self, s: float, serial: int = 2, name: str = ORLOVA, root: int = 1, bridge: str = "b1") -> None:
        """It is lifted and the two meet."""
        there = {"bridge_id": bridge, "bridge_technology": "simple_bridge"}
        self.write(
            row("ANSWER", s, serial, name, linked=root, app="AppQueue", data="(Outgoing Line)"),
            row("BRIDGE_ENTER", s + 0.01, serial, name, linked=root, app="AppQueue", extra=there),
            row("BRIDGE_ENTER", s + 0.02, root, trunk(root), app="Queue", data="front,,,,60", extra=there),
        )
        self.write(line(s, root, "front", "orlova", "CONNECT", 1, uid(serial), 1))

    def part(
        self, s: float, serial: int = 2, name: str = ORLOVA, *, root: int = 1, bridge: str = "b1", by: str | None = None
    ) -> None:
        """They part; `by` is the channel of who hung up, the patient's unless given."""
        by = by or trunk(root)
        there = {"bridge_id": bridge, "bridge_technology": "native_rtp"}
        self.write(
            row("BRIDGE_EXIT", s, root, trunk(root), app="Queue", data="front,,,,60", peer=name, extra=there),
            row("BRIDGE_EXIT", s + 0.001, serial, name, linked=root, app="AppQueue", extra=there),
            row("HANGUP", s + 0.002, serial, name, linked=root, extra=end(16, by)),
            row("CHAN_END", s + 0.002, serial, name, linked=root),
        )
        self.leaves(s + 0.003, root, by=by, status="ANSWER")
        self.write(line(s, root, "front", "orlova", "COMPLETECALLER", 1, 3, 1))

    def stops(
        self, s: float, serial: int, name: str = ORLOVA, *, root: int = 1, cause: int = 0, by: str = ""
    ) -> None:
        """A phone stops ringing."""
        self.write(
            row("HANGUP", s, serial, name, linked=root, extra=end(cause, by)),
            row("CHAN_END", s, serial, name, linked=root),
        )

    def leaves(self, s: float, serial: int = 1, *, by: str | None = None, status: str = "", queue: str = "front") -> None:
        """The patient's channel ends, and Queue() with it."""
        name = trunk(serial)
        self.write(
            row("APP_END", s, serial, name, app="Queue", data=f"{queue},,,,60", number=PATIENT),
            row("HANGUP", s, serial, name, extra=end(16, name if by is None else by, status)),
            row("CHAN_END", s, serial, name),
            row("LINKEDID_END", s, serial, name),
        )

    def answered(self, s: float = 0, serial: int = 1) -> None:
        """A whole call: in the queue after one second, rung at once, lifted after 3, over after 8."""
        self.arrives(s, serial)
        self.queues(s + 1, serial)
        self.rings(s + 1.01, serial + 1, root=serial)
        self.lifts(s + 3, serial + 1, root=serial, bridge=f"b{serial}")
        self.part(s + 8, serial + 1, root=serial, bridge=f"b{serial}")

    def parts(self, most: int = 1000) -> list[Part]:
        """Both files in parts, queue_log first, as from one inode each."""
        return [*parts("queue_log", self.queue_log, most), *parts("cel", self.cel, most)]

    def read(self, most: int = 1000) -> list[Call]:
        """The calls of it."""
        return read(Reader(PBX, entities()), self.parts(most))


def trunk(serial: int) -> str:
    """The name of a patient's channel."""
    return f"PJSIP/trunk-{serial:08x}"


def end(cause: int, by: str, status: str = "") -> dict[str, object]:
    """What a HANGUP tells."""
    return {"hangupcause": cause, "hangupsource": by, "dialstatus": status}


def parts(file: FileName, records: list[str], most: int = 1000, inode: int = 1) -> list[Part]:
    """Records as parts of a file, the last one saying that there is no more."""
    made, start = [], 0
    for place in range(0, len(records), most):
        some = tuple(records[place : place + most])
        made.append(Part(file=file, inode=inode, start=start, end=start + len("".join(some)), records=some))
        start = made[-1].end
    return [*made, Part(file=file, inode=inode, start=start, end=start, at_end=True)]


def read(reader: Reader, given: list[Part], now: datetime = LONG_AFTER) -> list[Call]:
    """What a reader tells of parts, in order."""
    return [call for part in given for taken in takes(reader, part, now) for call in taken.ended]


def takes(reader: Reader, part: Part, now: datetime = LONG_AFTER) -> list[Taken]:
    """Everything that follows of one part."""
    found = [reader.take(part, now)]
    while found[-1].more:
        found.append(reader.go_on())
    return found
