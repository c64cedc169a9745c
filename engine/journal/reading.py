"""Parts of a PBX's journal in, calls that have ended out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.journal import cel, queue_log
from engine.journal.facts import Translator
from engine.journal.parts import TRUNCATED, Batch, FileName, OutOfPlace, Part, Position, Problem, Taken, Unreadable
from engine.journal.tracker import JournalTracker
from engine.world import Call, Entity, Operator

__all__ = ["Batch", "OutOfPlace", "Part", "Position", "Problem", "Reader", "Taken"]

# Told in one go: about as long as the loop may be held up.
SLICE = 150
# Beside the two files, in what is confirmed: up to where in CEL all that followed was told.
TOLD = "told"
# A channel that is said to live longer than this keeps no record from being confirmed.
KEPT_S = 24 * 3600.0
# queue_log counts whole seconds and is written a little before or after CEL.
SLACK_S = 5.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part began, and the times of its first and its last record."""

    number: int
    position: Position
    first_at: float
    last_at: float


class Reader:
    """The journal of one PBX.

    Args: name of the PBX in the settings; what the calls room must know of the clinic: rows of Pbx, Operator, Line
    and Queue.
    """

    def __init__(self, pbx: str, entities: Iterable[Entity]) -> None:
        self._pbx = pbx
        self._entities = list(entities)
        self.begin({})

    def refresh(self, entities: Iterable[Entity]) -> None:
        """The clinic's settings have changed; open calls go on."""
        self._entities = list(entities)
        self._tracker.refresh(self._entities)
        self._know_phones()

    def begin(self, offsets: Mapping[str, Position | None]) -> None:
        """Forget everything and go on from these positions; a file not named is taken from wherever it comes."""
        self._translator = Translator(self._pbx)
        self._tracker = JournalTracker(self._entities)
        self._know_phones()
        self._positions = {file: position for file, position in offsets.items() if position is not None}
        self._cel: deque[_Place] = deque()
        self._log: deque[_Place] = deque()
        self._told = offsets.get(TOLD)
        self._old_files = {position[0] for file, position in self._positions.items() if file != "queue_log"}
        self._positions.pop(TOLD, None)
        self._number = 0
        self._swept = 0.0
        self._now = 0.0

    def position(self, file: FileName) -> Position | None:
        """Where the next part of a file must begin; None when any place will do."""
        return self._positions.get(file)

    def accepts(self, part: Part) -> bool:
        """Whether this part is the next of its file: the one after the last, or the beginning of the file after it."""
        known = self._positions.get(part.file)
        if known is None or (part.inode, part.start) == known:
            return True
        if part.start != 0:
            return False
        return part.inode != known[0] or _truncated(part)

    def take(self, part: Part, now: datetime, offset: timedelta = timedelta()) -> Taken:
        """Read a part.

        Args: the part; the PBX's wall clock when it was sent; what to add to the PBX's times to get ours.
        Raises OutOfPlace for a part that is not the next one; nothing is changed then.
        """
        if not self.accepts(part):
            raise OutOfPlace(f"{part.file} is not read from there")
        self._translator.offset = offset
        self._now = now.timestamp()
        if part.file == "cel" and _truncated(part):
            self._told = None  # what stands there now nobody has told, though its file bears the same number
        problems = [replace(problem, file=part.file, inode=part.inode) for problem in part.problems]
        rows = self._read(part, problems)
        self._positions[part.file] = (part.inode, part.end)
        # Of a queue_log that is not there nothing is known; the end of a CEL that is not there is its end.
        if part.at_end and (part.inode or part.file == "cel"):
            self._translator.window.reached(part.file, now.timestamp())
        return replace(self.go_on(), problems=tuple(problems), rows=rows)

    def go_on(self) -> Taken:
        """Tell what the last part left over."""
        ended: list[Call] = []
        for _ in range(SLICE):
            if not self._translator.ready():
                break
            for fact in self._translator.tell():
                calls = self._tracker.take(fact)
                if calls and not self._translator.told:
                    ended += [call for call in calls if self._translator.kinship.whole(call.channel)]
        return Taken(ended=tuple(ended), confirmed=self._confirmed(), more=self._translator.ready())

    @property
    def open(self) -> int:
        """Calls that go on, as far as the journal was read."""
        return self._tracker.open

    def _know_phones(self) -> None:
        phones = (one.interface for one in self._entities if isinstance(one, Operator) and one.pbx == self._pbx)
        self._translator.channels.phones = frozenset(phones)

    def _read(self, part: Part, problems: list[Problem]) -> int:
        """Put a part's records into the window; returns how many were understood."""
        rows, first, last = 0, 0.0, 0.0
        # What was skipped stands before the first record.
        offset = part.end - sum(map(len, part.records))
        for record in part.records:
            text = record if record.isascii() else record.encode("latin-1", "replace").decode("utf-8", "replace")
            while text:
                try:
                    last = self._understand(part, text, offset)
                    first = first or last
                    rows += 1
                    break
                except Unreadable as fault:
                    problems.append(Problem(offset=offset, reason=str(fault), file=part.file, inode=part.inode))
                # Another record may follow in it: Asterisk died in the middle of a line and goes on right there.
                found = (cel if part.file == "cel" else queue_log).BEGINNING.search(text, 1)
                text = text[found.start() :] if found is not None else ""
            offset += len(record)
        if rows:
            places = self._cel if part.file == "cel" else self._log
            places.append(_Place(self._number, (part.inode, part.start), first, last))
            self._number += 1
        return rows

    def _understand(self, part: Part, text: str, offset: int) -> float:
        """Put a record into the window; returns its time. Raises Unreadable."""
        if part.file == "cel":
            row = cel.parse(text)
            told = self._told is not None and self._was_told(part.inode, offset)
            self._translator.window.add(row, self._number, told)
            return row.at
        line = queue_log.parse(text)
        self._translator.window.note(line)
        return float(line.at)

    def _was_told(self, inode: int, offset: int) -> bool:
        """Whether the reader before us has told what follows of this record of CEL."""
        if self._told is not None and (inode not in self._old_files or (inode, offset) == self._told):
            self._told = None
        if self._told is None:
            return False
        return inode != self._told[0] or offset < self._told[1]

    def _confirmed(self) -> dict[str, Position]:
        """How far each file need not be read again, and up to where all that followed was told."""
        confirmed = dict(self._positions)
        window, places = self._translator.window, self._cel
        pending = window.rows[0][1] if window.rows else self._number
        need = min(pending, self._translator.need(pending))
        # A time yet to come is a clock that jumped: it makes nobody who lives old.
        latest = min(places[-1].last_at, self._now) if places else 0.0
        told = next((place.position for place in places if place.number >= pending), None)
        while places and (places[0].number < need or places[0].last_at < latest - KEPT_S):
            places.popleft()
        if places:
            confirmed["cel"] = places[0].position
        if "cel" in confirmed:
            confirmed[TOLD] = self._told or told or self._positions["cel"]
        since = (places[0].first_at if places else window.until) - SLACK_S
        log = self._log
        while log and log[0].last_at < since:
            log.popleft()
        if log:
            confirmed["queue_log"] = log[0].position
        if latest - self._swept > KEPT_S:
            window.forget_before(latest - KEPT_S)
            self._swept = latest
        return confirmed


def _truncated(part: Part) -> bool:
    """Whether its file was cut short and begins anew."""
    return any(problem.reason == TRUNCATED for problem in part.problems)
