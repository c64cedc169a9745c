"""A slow comparison of the channels we believe in with those the PBX has (ami.md §5, step 8). It should find nothing.

A difference counts when two looks in a row found it: what is on its way to us is no difference.
"""

from __future__ import annotations

import asyncio

from engine.ami.client import AmiClient
from engine.ami.protocol import ActionFailed, LinkDown, ListIncomplete
from engine.ami.snapshot import list_channels
from engine.events.facts import ChannelCreated, ChannelHungUp, Fact, SnapshotTaken
from okno import logs

log = logs.get(__name__)
# CoreShowChannels locks the PBX's channel cache for a moment: seldom enough not to matter (ami.md §5, step 3).
LOOK_EVERY_S = 300.0


class Audit:
    """Keeps the Uniqueids of the channels that the facts say are up."""

    KINDS = frozenset({ChannelCreated, ChannelHungUp})

    def __init__(self) -> None:
        self._up: set[str] = set()
        self._suspects: frozenset[str] = frozenset()

    def begin(self, snapshot: SnapshotTaken) -> None:
        """Start anew from what the PBX has."""
        self._up = {channel.uniqueid for channel in snapshot.channels}
        self._suspects = frozenset()

    def took(self, fact: Fact) -> None:
        """A channel came or went."""
        if isinstance(fact, ChannelCreated):
            self._up.add(fact.uniqueid)
        elif isinstance(fact, ChannelHungUp):
            self._up.discard(fact.uniqueid)

    async def look(self, client: AmiClient) -> int:
        """Compare once; returns how many channels differed this time and the last. Raises as `AmiClient.action`."""
        before = frozenset(self._up)
        there = frozenset(str(row.uniqueid) for row in await list_channels(client) if row.uniqueid)
        after = frozenset(self._up)
        wrong = ((before & after) - there) | (there - before - after)
        sure = wrong & self._suspects
        self._suspects = wrong
        return len(sure)

    async def run(self, client: AmiClient) -> int:
        """Look every five minutes until a difference is sure; returns how many channels it is."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                wrong = await self.look(client)
            except (ActionFailed, LinkDown, ListIncomplete) as failure:
                log.warning("audit_failed", extra={"error": type(failure).__name__})
                continue
            if wrong:
                return wrong
