"""What changed in the MIS of a map: asked for a piece of time after the other, until there is something to tell."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from mis.connectors.mapping.asking import Found
from mis.connectors.mapping.fields import Item
from mis.connectors.mapping.records import Records
from mis.terms import Change, Changes, Context, Malformed, MisError
from mis.wire import sample
from okno import clock, logs

log = logs.get(__name__)

# Changes are asked again for a while: clocks differ, and some MIS know only minutes.
OVERLAP = timedelta(minutes=2)
# No wider at once: a MIS that was away for a night must not be asked for all of it in one answer.
STEP = timedelta(hours=1)
# No shorter: where so much changed in a minute, more of it is not to be had from this MIS.
LEAST = timedelta(minutes=1)
# How much of the time there is must be left for one more piece to be asked for.
_ENOUGH = 0.5


class Changed(Records):
    """A connector as far as it tells what changed."""

    # Where answers were not whole, shorter pieces are asked for until they are; also by the next question.
    _step = STEP

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        """Return what changed since the cursor, an hour of it at most, less where that is more than comes at once.

        Hours in which nothing changed are passed over while there is time. The last minutes are asked again, and what
        was told of them before is left out: the cursor remembers it.
        """
        self._offered("delta")
        now, begun = clock.now(), clock.monotonic()
        if not cursor:
            return Changes(items=(), cursor=now.isoformat())
        since, told = _read_cursor(cursor)
        there = await self._piece(ctx, since, told, now)
        left = ctx.deadline - begun
        # One more piece ends before the deadline of all: what is reached by then is told.
        further = replace(ctx, deadline=ctx.deadline - left / 10)
        while not there.items and clock.monotonic() < begun + left * _ENOUGH:
            since, told = _read_cursor(there.cursor)
            if since >= now:
                break
            try:
                there = await self._piece(further, since, told, now)
            except MisError as error:  # what was passed over stays so; the next question meets what is wrong first
                log.info("changes_told_in_part", extra={"reason": error.code})
                break
        return there

    async def _piece(self, ctx: Context, since: datetime, told: Collection[str], now: datetime) -> Changes:
        """Return one piece of time, as long as it comes whole."""
        while True:
            until = max(since, min(now, since + self._step))  # a cursor never goes back, whatever a clock does
            found = await self._asking.ask(ctx, "changes", {"since": since - OVERLAP, "until": until})
            if found.complete:
                self._step = min(self._step * 2, STEP)
                break
            if until - since <= LEAST:
                # What was told of before may fill the answer: what is new is asked for by itself.
                new = await self._asking.ask(ctx, "changes", {"since": since, "until": until})
                if not new.complete:
                    log.warning("changes_cut", extra={"count": len(new.items)})
                found = Found((*found.items, *new.items))
                break
            self._step = max((until - since) / 2, LEAST)
        return self._told(found, until, told)

    def _told(self, found: Found, until: datetime, told: Collection[str]) -> Changes:
        came = {_mark(one): one for one in (self._change(item, until) for item in found.items)}
        late = [mark for mark, one in came.items() if one.at >= until - OVERLAP]
        items = tuple(one for mark, one in came.items() if mark not in told)
        return Changes(items=items, cursor=" ".join((until.isoformat(), *late)))

    def _change(self, item: Item, until: datetime) -> Change:
        visit = self._build.appointment(item)
        zone = self._asking.zones.at(visit.branch.id if visit.branch else "")
        at = item.moment("updated_at", zone) or until
        return Change(
            resource="appointment", id=visit.id, version=visit.version or at.isoformat(), at=at, appointment=visit
        )


def _read_cursor(cursor: str) -> tuple[datetime, frozenset[str]]:
    moment, *told = cursor.split(" ")
    try:
        return datetime.fromisoformat(moment), frozenset(told)
    except ValueError:
        raise Malformed(sample(cursor.encode())) from None


def _mark(change: Change) -> str:
    """Return what tells a change from others, and nothing of it: a cursor is kept in clear."""
    return hashlib.sha256(f"{change.id}\n{change.version}".encode()).hexdigest()[:16]
