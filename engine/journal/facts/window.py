"""What was read and is not told yet. A record waits until both files were read some seconds past it.

CEL says who hung up only after it has said who left which bridge, and queue_log, which counts whole seconds, says
whether a caller was let into a queue. So a row is told when what may follow it at once is known. How the files were
cut into parts makes no difference: nobody looks further ahead than the wait goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from engine.journal.cel import Row
from engine.journal.queue_log import STARTED, Line

# A caller's own Hangup may come a second late (ami.md 4.14.13), and a busy Asterisk writes a little after the fact.
HOLD_S, SIGHT_S = 2.5, 2.0
# Rows from the time before the clock was put back wait for nothing.
JUMP_S = 10.0
# A PBX without queue_log is not waited for for ever.
ALONE_S = 60.0
MOST = 50_000
NEVER = float("-inf")


class Window:
    """Rows of CEL and lines of queue_log that were read, in the order of their files."""

    def __init__(self) -> None:
        self.rows: deque[tuple[Row, int, bool]] = deque()
        self.starts: deque[int] = deque()
        self._ahead: dict[str, deque[Row]] = {}
        self._notes: dict[str, list[Line]] = {}
        self._cel_until = NEVER
        self._log_until = NEVER
        self._alone_since: float | None = None
        self.log_heard = False

    def add(self, row: Row, place: int, told: bool = False) -> None:
        """A row of CEL from the part with this number; `told`: what follows of it was told by the reader before us."""
        self.rows.append((row, place, told))
        ahead = self._ahead.get(row.uniqueid)
        if ahead is None:
            ahead = self._ahead[row.uniqueid] = deque()
        ahead.append(row)
        self._cel_until = row.at

    def note(self, line: Line) -> None:
        """A line of queue_log."""
        self._log_reached(line.at)
        if line.event == STARTED:
            self.starts.append(line.at)
        elif line.callid not in ("NONE", "MANAGER", "REALTIME", "CLI", ""):
            self._notes.setdefault(line.callid, []).append(line)

    def reached(self, file: str, now: float) -> None:
        """The end of a file was reached: everything up to `now` is known of it."""
        if file == "cel":
            self._cel_until = now
            if self._alone_since is None:
                self._alone_since = now
        else:
            self._log_reached(now)

    def _log_reached(self, moment: float) -> None:
        self._log_until = moment
        self.log_heard = True
        # The clock was put back since: that start is not yet to come.
        while self.starts and self.starts[-1] > moment + JUMP_S:
            self.starts.pop()
            self.starts.append(int(moment))

    @property
    def until(self) -> float:
        """Rows up to this moment may be told."""
        if self.log_heard:
            return min(self._cel_until, self._log_until) - HOLD_S
        alone = self._alone_since is not None and self._cel_until - self._alone_since >= ALONE_S
        return self._cel_until - HOLD_S if alone else NEVER

    def ready(self) -> bool:
        """Whether the first row may be told."""
        if not self.rows:
            return False
        at = self.rows[0][0].at
        return at <= self.until or at > self._cel_until + JUMP_S or len(self.rows) > MOST

    def pop(self) -> tuple[Row, int, bool]:
        """The first row, the number of its part, and whether it was told."""
        row, place, told = self.rows.popleft()
        ahead = self._ahead[row.uniqueid]
        ahead.popleft()
        if not ahead:
            del self._ahead[row.uniqueid]
        return row, place, told

    def ahead(self, uniqueid: str, at: float) -> Iterator[Row]:
        """What follows for a channel within sight of `at`."""
        for row in self._ahead.get(uniqueid, ()):
            if row.at - at > SIGHT_S:
                return
            yield row

    def notes(self, uniqueid: str, at: float) -> list[Line]:
        """What queue_log says of a caller up to a moment within sight of `at`; a line that was used may be removed."""
        lines = self._notes.get(uniqueid)
        if not lines:
            return []
        return [line for line in lines if line.at < at + HOLD_S]

    def use(self, line: Line) -> None:
        """This line has been understood."""
        lines = self._notes.get(line.callid)
        if lines is not None and line in lines:
            lines.remove(line)
            if not lines:
                del self._notes[line.callid]

    def forget(self, uniqueid: str) -> None:
        """The channel is gone, and what was noted of it."""
        self._notes.pop(uniqueid, None)

    def forget_before(self, at: float) -> None:
        """Forget lines of callers whom CEL does not know."""
        for uniqueid in [one for one, lines in self._notes.items() if lines[-1].at < at]:
            del self._notes[uniqueid]
