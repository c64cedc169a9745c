"""Rows of both files into the facts that AMI would have told, in its order and in its words."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from engine.events import facts as f
from engine.events import transfers as t
from engine.journal.cel import Row
from engine.journal.facts import leaving, queueing
from engine.journal.facts.channels import Application, Channels, Seen, interface_of
from engine.journal.facts.kinship import Kinship
from engine.journal.facts.moves import MOVES
from engine.journal.facts.window import Window

Facts = Iterator[f.Fact]
DOWN, RING, UP = 0, 4, 6
DIALLING = frozenset({"Dial", "Queue"})
# What CEL shows as the application of a channel that Asterisk itself dialled.
OUTGOING = frozenset({"AppDial", "AppDial2", "AppQueue"})
HOLDING = "holding_bridge"


class Translator:
    """The journal of one PBX as facts. Args: name of the PBX."""

    def __init__(self, pbx: str) -> None:
        self.pbx = pbx
        self.window = Window()
        self.channels = Channels()
        self.kinship = Kinship()
        self.offset = timedelta()
        self.last_at: float | None = None
        self.told = False
        self._place = 0
        self._ended: deque[tuple[int, str]] = deque()
        self._routes: dict[str, Callable[[Row], Facts]] = {
            "CHAN_START": self._began, "ANSWER": self._answered, "HANGUP": self._hung_up,
            "BRIDGE_ENTER": self._entered, "BRIDGE_EXIT": self._left, "APP_START": self._runs, "APP_END": self._ran,
        }  # fmt: skip

    def ready(self) -> bool:
        """Whether something may be told now."""
        starts = self.window.starts
        return self.window.ready() or (bool(starts) and starts[0] <= self.window.until)

    def tell(self) -> Iterable[f.Fact]:
        """The facts of the first record that waits; it is `ready`."""
        window = self.window
        if window.starts and (not window.rows or not window.ready() or window.starts[0] <= window.rows[0][0].at):
            return self._started(float(window.starts.popleft()))
        row, self._place, self.told = window.pop()
        return self._of(row)

    def _of(self, row: Row) -> Facts:
        if row.kind == "CHAN_START" and self._restarted(row):
            yield from self._started(row.at)
        seen = self.channels.by_id.get(row.uniqueid)
        if row.kind == "CHAN_START":
            self.kinship.born(row, self._place, self.channels.company(row.name))
        else:
            self.kinship.read(row, self.channels.calling(row.name) if seen is None else ())
        if seen is not None:
            yield from self._changed(seen, row)
        # What began before we looked is not followed: half a call is none.
        if (seen is None) == (row.kind == "CHAN_START"):
            route, move = self._routes.get(row.kind), MOVES.get(row.kind)
            if route is not None:
                yield from route(row)
            elif move is not None:
                yield from move(self, row)
            if seen is not None:
                self._touched(seen, row.at)
        self.last_at = row.at

    def need(self, place: int) -> int:
        """The number of the earliest part that somebody needs who lives, or ended in part `place` or later."""
        while self._ended and self._ended[0][0] < place:
            self._ended.popleft()
        needed = (*self.channels.by_id, *(uniqueid for _, uniqueid in self._ended))
        groups = (self.kinship.group(uniqueid) for uniqueid in needed)
        return min((group.need for group in groups if group is not None), default=place)

    def _touched(self, seen: Seen, moment: float) -> None:
        seen.touched = moment
        dialler = self.channels.by_id.get(seen.dialler)
        if dialler is not None:
            dialler.touched = moment

    def at(self, moment: float) -> datetime:
        """A moment of the PBX by our clock."""
        at = datetime.fromtimestamp(moment, UTC)
        return at + self.offset if self.offset else at

    def _restarted(self, row: Row) -> bool:
        """Whether Asterisk has begun anew, of which only queue_log says more than ids do; those others may give too."""
        if self.window.log_heard or row.name.startswith("Local/"):
            return False
        given = row.linkedid == row.uniqueid and not self._came(row)
        return not given and self.channels.restarted(row.uniqueid)

    def _started(self, moment: float) -> Facts:
        # Of a start nobody knows whether it was told; twice is better than never.
        self.told = False
        self._ended.extend((self._place, uniqueid) for uniqueid in self.channels.by_id)
        self.channels.clear()
        self.kinship.clear()
        seen = self.at(self.last_at) if self.last_at is not None else None
        yield t.PbxStarted(at=self.at(moment), pbx=self.pbx, last_seen=seen)

    def _changed(self, seen: Seen, row: Row) -> Facts:
        if row.linkedid != seen.linkedid:
            self.channels.relinked(seen, row.linkedid)
        if row.name and row.name != seen.name:
            self.channels.renamed(seen, row.name)
            yield f.ChannelRenamed(at=self.at(row.at), pbx=self.pbx, uniqueid=row.uniqueid, name=row.name)
        if row.number and row.number != seen.number:
            seen.number = row.number
            yield f.CallerIdChanged(at=self.at(row.at), pbx=self.pbx, uniqueid=row.uniqueid, number=row.number)
        if seen.unannounced:
            seen.unannounced = False
            yield self._dial_began(seen, "")

    def _began(self, row: Row) -> Facts:
        at, own = self.at(row.at), row.linkedid == row.uniqueid
        local, second = row.name.startswith("Local/"), row.name.endswith(";2")
        dialled = not second if local else not own or not self._came(row)
        seen = Seen(row.uniqueid, row.linkedid, row.name, row.number, row.at, dialled=dialled)
        found = self.channels.dialler(row.linkedid, interface_of(row.name)) if dialled and not own else None
        self.channels.born(seen)
        yield f.ChannelCreated(
            at=at, pbx=self.pbx, uniqueid=row.uniqueid, linkedid=row.linkedid, name=row.name,
            state=DOWN if dialled else RING, number=row.number, context=row.context, exten=row.exten,
        )
        if not dialled:
            return
        dialler, application, string = found if found is not None else (None, None, "")
        if dialler is not None and application is not None and application.name == "Queue":
            yield from queueing.moved_on(self, dialler, application, row.at)
            yield f.AgentCalled(
                at=at, pbx=self.pbx, queue=application.queue, uniqueid=dialler.uniqueid, dest=row.uniqueid,
                interface=interface_of(row.name), dest_name=row.name,
            )
        self.channels.dialled_for(seen, dialler.uniqueid if dialler is not None else "")
        # Whom an Originate calls CEL shows on the channel's next row, when it has got its number.
        seen.unannounced = own and not row.number
        if not seen.unannounced:
            yield self._dial_began(seen, string)

    def _dial_began(self, seen: Seen, string: str) -> f.Fact:
        return f.DialBegan(
            at=self.at(seen.at), pbx=self.pbx, uniqueid=seen.dialler, dest=seen.uniqueid, dest_name=seen.name,
            dest_linkedid=seen.linkedid, dial_string=string,
        )  # fmt: skip

    def _came(self, row: Row) -> bool:
        """Whether a channel of no one's came to us; the other kind an Originate made. Both may begin at `s`."""
        if row.exten not in ("", "s"):
            return True
        following = next(self.window.ahead(row.uniqueid, row.at), None)
        return bool(row.number) if following is None else following.application not in OUTGOING

    def _answered(self, row: Row) -> Facts:
        seen = self.channels.by_id[row.uniqueid]
        seen.answered = True
        yield f.ChannelStateChanged(
            at=self.at(row.at), pbx=self.pbx, uniqueid=row.uniqueid, linkedid=row.linkedid, name=row.name, state=UP,
            number=row.number,
        )
        if seen.dialled and not seen.dial_ended:
            yield self.dial_ended(seen, row.at, "ANSWER")

    def dial_ended(self, seen: Seen, moment: float, status: str) -> f.Fact:
        """How the dialling of a channel ended."""
        seen.dial_ended = True
        return f.DialEnded(
            at=self.at(moment), pbx=self.pbx, uniqueid=seen.dialler, dest=seen.uniqueid, status=status
        )

    def _entered(self, row: Row) -> Facts:
        seen, bridge = self.channels.by_id[row.uniqueid], row.extra.get("bridge_id", "")
        yield from queueing.met(self, seen, row.at)
        seen.met = True
        seen.bridge = bridge
        technology = row.extra.get("bridge_technology", "")
        yield f.BridgeEntered(
            at=self.at(row.at), pbx=self.pbx, bridge=bridge,
            bridge_type="holding" if technology == HOLDING else "basic", uniqueid=row.uniqueid, linkedid=row.linkedid,
        )

    def _left(self, row: Row) -> Facts:
        seen = self.channels.by_id[row.uniqueid]
        yield from leaving.left_bridge(self, seen, row.at)
        seen.bridge = ""
        yield f.BridgeLeft(
            at=self.at(row.at), pbx=self.pbx, bridge=row.extra.get("bridge_id", ""), uniqueid=row.uniqueid
        )

    def _runs(self, row: Row) -> Facts:
        if row.application not in DIALLING:
            return
        seen = self.channels.by_id[row.uniqueid]
        application = Application(row.application, row.data, row.at)
        seen.running.append(application)
        if application.name == "Queue":
            yield from queueing.entered(self, seen, application, row.at)

    def _ran(self, row: Row) -> Facts:
        seen = self.channels.by_id[row.uniqueid]
        yield from leaving.dialled_in_vain(self, seen, row.at)
        while seen.running:
            application = seen.running.pop()
            if application.name == "Queue":
                yield from queueing.left(self, seen, application, row.at, row.data)
            if application.name == row.application:
                return

    def _hung_up(self, row: Row) -> Facts:
        seen = self.channels.by_id[row.uniqueid]
        yield from leaving.hung_up(self, seen, row)
        self.channels.gone(seen)
        self._ended.append((self._place, row.uniqueid))
        self.window.forget(row.uniqueid)
        yield f.ChannelHungUp(
            at=self.at(row.at), pbx=self.pbx, uniqueid=row.uniqueid, linkedid=row.linkedid, cause=leaving.cause_of(row)
        )
