"""The link on a real Asterisk 22: calls, a cut line with calls up, a pause, kill -9 and its restart."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

import pytest

from demo.scenarios import Call
from engine.ami.client import Pace
from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.ami.protocol import ActionFailed
from engine.effects import PauseMember
from engine.events import facts as f
from engine.events.engine import PbxLinkChanged
from tests.engine.ami.test_client import until
from tests.pbx.bench import Bench, bench_settings, build

T = TypeVar("T")
PACE = Pace(first=0.1, longest=1.0, refused=1.0)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An Asterisk of this module's own: it will be killed."""
    with build(tmp_path_factory.mktemp("asterisk"), bench_settings("link")) as made:
        made.phones()
        yield made


class Linked:
    """A link to the bench and what it gave."""

    def __init__(self, bench: Bench) -> None:
        self.taken: list[f.Fact | PbxLinkChanged] = []
        ami = bench.pbx.ami
        secrets = {ami.events_secret: bench.secrets.events, ami.actions_secret: bench.secrets.actions}
        self.link = PbxLink(bench.pbx, secrets.__getitem__, self.taken.append, Metrics(), pace=PACE)

    def of(self, kind: type[T]) -> list[T]:
        return [fact for fact in self.taken if isinstance(fact, kind)]


@contextlib.asynccontextmanager
async def linked(bench: Bench) -> AsyncIterator[Linked]:
    """A link that is live and runs until the end of the block."""
    made = Linked(bench)
    task = asyncio.ensure_future(made.link.run())
    try:
        await until(lambda: made.link.state == "live" and made.link.can_order, 30)
        yield made
    finally:
        await made.link.close()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_snapshot_knows_members_and_phones(own: Bench) -> None:
    async with linked(own) as made:
        (snapshot,) = made.of(f.SnapshotTaken)
        assert not snapshot.restarted and snapshot.channels == () and snapshot.entries == ()
        members = {(member.queue, member.interface) for member in snapshot.members}
        assert {("registry", "PJSIP/1001"), ("silent", "PJSIP/1041")} <= members
        devices = {device.device: device.state for device in snapshot.devices}
        assert devices["PJSIP/1001"] == "NOT_INUSE" and not any(name.startswith("Queue:") for name in devices)
        assert abs((snapshot.at - snapshot.started).total_seconds()) < 300


async def test_an_answered_call_comes_as_facts_in_order(own: Bench) -> None:
    async with linked(own) as made:
        patients = own.patients([Call("+79990001701", own.number("registry"), 5)])
        await patients.wait()
        (tagged,) = made.of(f.CallTagged)
        outside = tagged.uniqueid
        await until(lambda: any(gone.uniqueid == outside for gone in made.of(f.ChannelHungUp)))
        mine = [type(fact).__name__ for fact in made.taken if getattr(fact, "uniqueid", "") == outside]
        wanted = ["ChannelCreated", "CallTagged", "QueueJoined", "AgentCalled", "DialBegan", "DialEnded", "QueueLeft",
                  "AgentConnected", "BridgeEntered", "BridgeLeft", "ChannelHungUp"]  # fmt: skip
        assert [name for name in dict.fromkeys(mine) if name in wanted] == wanted
        created = next(fact for fact in made.of(f.ChannelCreated) if fact.uniqueid == outside)
        assert created.number == "+79990001701" and created.context == "okno-inbound"
        assert made.link.lag_s < 5


async def test_a_cut_line_with_a_call_up_is_seen_whole_again(own: Bench) -> None:
    async with linked(own) as made:
        calls = [Call("+79990001702", own.number("registry"), 8), Call("+79990001703", own.number("silent"), 8)]
        patients = own.patients(calls)
        await until(lambda: made.of(f.AgentConnected) and len(made.of(f.QueueJoined)) == 2, 15)
        talking = made.of(f.AgentConnected)[0]
        made.link._events.drop("test")
        await until(lambda: len(made.of(f.SnapshotTaken)) == 2 and made.link.state == "live")
        second = made.of(f.SnapshotTaken)[1]
        assert not second.restarted and second.gap_from is not None and second.gap_from <= second.at
        seen = {channel.uniqueid: channel for channel in second.channels}
        assert seen[talking.uniqueid].bridge == seen[talking.dest].bridge != ""
        assert seen[talking.uniqueid].number == "+79990001702" and seen[talking.uniqueid].state == 6
        assert [entry.queue for entry in second.entries] == ["silent"]
        assert any(member.in_call for member in second.members)
        await patients.wait()
        await until(lambda: any(gone.uniqueid == talking.uniqueid for gone in made.of(f.ChannelHungUp)))


async def test_a_pause_reaches_every_queue_and_a_wrong_phone_is_refused(own: Bench) -> None:
    async with linked(own) as made:
        for paused in (True, False):
            await made.link.perform(PauseMember(pbx="link", interface="PJSIP/1002", paused=paused, reason="eng:acw"))
            await until(lambda: [m for m in made.of(f.MemberChanged) if m.interface == "PJSIP/1002"])
            # The event of an unpause repeats its reason; a status event after it, if one came, has none any more.
            changed = next(m for m in made.of(f.MemberChanged) if m.interface == "PJSIP/1002")
            assert (changed.paused, changed.reason) == (paused, "eng:acw")
            made.taken.clear()
        with pytest.raises(ActionFailed):
            await made.link.perform(PauseMember(pbx="link", interface="PJSIP/9999", paused=True, reason="eng:acw"))


async def test_the_dialplan_can_read_that_the_engine_lives(own: Bench) -> None:
    async with linked(own) as made:
        made.link.alive = True
        await asyncio.sleep(0.3)
        watcher = PbxLink(own.pbx, lambda reference: own.secrets.watch, lambda fact: None, Metrics())
        client = watcher._actions
        client._credentials = type(client._credentials)(own.pbx.ami.watch_user, lambda: own.secrets.watch, "off")
        await client.connect_once()
        (answer,) = await client.action("Getvar", {"Variable": "OKNO_ALIVE"})
        await client.close()
        assert str(answer.value).isdigit()


async def test_kill_9_of_asterisk_is_a_restart(own: Bench) -> None:
    async with linked(own) as made:
        own.patients([Call("+79990001704", own.number("registry"), 60)])
        await until(lambda: made.of(f.AgentConnected), 15)
        own.running.kill()
        await until(lambda: made.link.state == "down")
        await own.running.start()
        await until(lambda: made.link.state == "live" and made.link.can_order, 30)
        snapshots = made.of(f.SnapshotTaken)
        assert snapshots[-1].restarted and snapshots[-1].started > snapshots[0].started
        assert snapshots[-1].channels == () and snapshots[-1].members
