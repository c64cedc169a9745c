"""The link's state machine against a server that misbehaves on a real socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TypeVar

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from engine.ami import link as link_module
from engine.ami.client import Pace
from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.ami.protocol import ActionFailed, LinkDown
from engine.effects import PauseMember
from engine.events.engine import PbxLinkChanged
from engine.events.facts import ChannelCreated, ChannelHungUp, Fact, PbxBooted, SnapshotTaken
from tests.engine.ami.fault_server import FaultServer, block, newchannel
from tests.engine.ami.test_client import until

T = TypeVar("T")
PACE = Pace(connect=2.0, action=2.0, first=0.02, longest=0.1, refused=0.1, settled=5)


class Bench:
    """A link at work and what it gave."""

    def __init__(self, server: FaultServer, **options: object) -> None:
        self.taken: list[Fact | PbxLinkChanged] = []
        self.raise_on: type | None = None
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.link = PbxLink(
            server.settings(), lambda ref: "right", self._take, self.metrics,
            **({"pace": PACE, "boot_wait_s": 2.0} | options),  # type: ignore[arg-type]
        )  # fmt: skip

    def _take(self, fact: Fact | PbxLinkChanged) -> None:
        self.taken.append(fact)
        if self.raise_on is not None and isinstance(fact, self.raise_on):
            raise ValueError

    @property
    def states(self) -> list[str]:
        return [fact.state for fact in self.taken if isinstance(fact, PbxLinkChanged)]

    @property
    def downs(self) -> list[str]:
        return [fact.reason for fact in self.taken if isinstance(fact, PbxLinkChanged) and fact.state == "down"]

    def when(self, state: str) -> int:
        """Where in `taken` the link first entered a state."""
        return next(n for n, fact in enumerate(self.taken) if isinstance(fact, PbxLinkChanged) and fact.state == state)

    def of(self, kind: type[T]) -> list[T]:
        return [fact for fact in self.taken if isinstance(fact, kind)]


@contextlib.asynccontextmanager
async def linked(server: FaultServer, live: bool = True, **options: object) -> AsyncIterator[Bench]:
    """A link that runs until the end of the block."""
    bench = Bench(server, **options)
    task = asyncio.ensure_future(bench.link.run())
    try:
        if live:
            await until(lambda: bench.link.state == "live" and bench.link.can_order)
        yield bench
    finally:
        await bench.link.close()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_comes_to_live_through_snapshot_and_replay() -> None:
    async with FaultServer() as server, linked(server) as bench:
        assert bench.states == ["connecting", "snapshot", "replay", "live"]
        (snapshot,) = bench.of(SnapshotTaken)
        assert isinstance(snapshot, SnapshotTaken)
        assert snapshot.restarted is False and snapshot.gap_from is None
        assert [member.interface for member in snapshot.members] == ["PJSIP/1001"]
        assert [entry.uniqueid for entry in snapshot.entries] == ["1760000000.9"]
        assert [device.device for device in snapshot.devices] == ["PJSIP/1001"]
        server.emit(newchannel(5))
        await until(lambda: bench.of(ChannelCreated))
        assert bench.link.queued == 0 and bench.link.lag_s > 0
    assert bench.link.state == "down"


async def test_events_during_the_snapshot_follow_it_in_order() -> None:
    early = b"".join(newchannel(n) for n in range(300))
    async with FaultServer(before_list=early) as server, linked(server) as bench:
        kinds = [type(fact).__name__ for fact in bench.taken]
        assert kinds.index("SnapshotTaken") < kinds.index("ChannelCreated")
        created = bench.of(ChannelCreated)
        # Four lists, each with the same 300 before it; nothing lost, nothing out of order.
        serials = [int(fact.uniqueid.split(".")[1]) for fact in created if isinstance(fact, ChannelCreated)]
        assert serials == list(range(300)) * 4
        assert bench.states[-2:] == ["replay", "live"]
        live_at = bench.when("live")
        assert all(isinstance(fact, ChannelCreated) for fact in bench.taken[live_at - 1200 : live_at])


async def test_a_cut_line_resynchronises_and_tells_the_gap() -> None:
    async with FaultServer() as server, linked(server) as bench:
        server.emit(newchannel(1) + block(Event="Hangup", Uniqueid="1760000000.1", Linkedid="1760000000.1", Cause=16))
        server.drop()
        await until(lambda: len(bench.of(SnapshotTaken)) == 2 and bench.link.state == "live")
        second = bench.of(SnapshotTaken)[1]
        assert isinstance(second, SnapshotTaken) and second.gap_from is not None and not second.restarted
        assert second.gap_from <= second.at
        assert "down" in bench.states
        assert bench.metrics.of("here").resyncs == 2


async def test_what_came_before_the_cut_is_taken_before_down() -> None:
    async with FaultServer() as server, linked(server) as bench:
        server.emit(b"".join(newchannel(n) for n in range(50)))
        for writer in list(server._writers):
            await writer.drain()
            writer.close()
        await until(lambda: bench.states.count("live") == 2)
        assert len(bench.of(ChannelCreated)) == 50
        down = bench.when("down")
        assert isinstance(bench.taken[down - 1], ChannelCreated)


@pytest.mark.parametrize("change", [{"started": "11:11:11"}, {"uptime": 0}, {"processed": 3}])
async def test_a_restart_of_asterisk_is_detected(change: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer() as server, linked(server) as bench:
        for name, value in change.items():
            setattr(server, name, value)
        if "uptime" in change:
            # An outage longer than Asterisk has been up.
            real = type(bench.link._events).last_heard.fget  # type: ignore[attr-defined]
            monkeypatch.setattr(
                type(bench.link._events), "last_heard", property(lambda self: real(self) - timedelta(seconds=60))
            )
        server.drop()
        await until(lambda: len(bench.of(SnapshotTaken)) == 2)
        second = bench.of(SnapshotTaken)[1]
        assert isinstance(second, SnapshotTaken) and second.restarted
        assert bench.metrics.of("here").restarts == 1


async def test_a_full_queue_is_a_deliberate_resync() -> None:
    async with FaultServer() as server, linked(server, capacity=40) as bench:
        server.emit(b"".join(newchannel(n) for n in range(100)))
        await until(lambda: bench.metrics.of("here").overflows == 1)
        await until(lambda: len(bench.of(SnapshotTaken)) == 2 and bench.link.state == "live")
        assert bench.downs == ["overflow"]
        server.emit(newchannel(7))
        await until(lambda: isinstance(bench.taken[-1], ChannelCreated))


async def test_a_taker_that_raises_loses_one_fact_and_not_the_stream() -> None:
    async with FaultServer() as server, linked(server) as bench:
        bench.raise_on = ChannelCreated
        server.emit(newchannel(1) + newchannel(2))
        server.emit(block(Event="Hangup", Uniqueid="1760000000.1", Linkedid="", Cause=16))
        await until(lambda: bench.of(ChannelHungUp))
        assert len(bench.of(ChannelCreated)) == 2
        assert bench.link.state == "live" and server.connections == 2
        assert bench.metrics.of("here").take_failures == 2


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\xff\xfe rubbish\r\n\r\n",
        b"Event: Hangup\r\n\r\n",
        b"Event: Newchannel\r\nUniqueid: 1\r\nChannelState: \xff\xfe\r\n\r\n",
        b"Event: QueueMemberStatus\r\nQueue: q\r\nInterface: i\r\nStatus: " + "²".encode() + b"\r\n\r\n",
        b"z" * ((1 << 20) + 50) + b"\r\n\r\n",
        b"Response: Success\r\nActionID: nobody/asked\r\n\r\n",
    ],
)
async def test_garbage_is_counted_and_the_stream_goes_on(noise: bytes) -> None:
    async with FaultServer() as server, linked(server) as bench:
        server.emit(noise + newchannel(3))
        await until(lambda: bench.of(ChannelCreated))
        assert bench.link.state == "live" and server.connections == 2


async def test_it_ends_without_a_fault_when_closed() -> None:
    async with FaultServer() as server:
        link = PbxLink(server.settings(), lambda ref: "right", lambda fact: None, Metrics(), pace=PACE)
        running = asyncio.ensure_future(link.run())
        await until(lambda: link.state == "live")
        await link.close()
        await running
        assert (link.state, link.reason, link.can_order) == ("down", "closed", False)


async def test_a_truncated_block_at_the_cut_is_dropped() -> None:
    async with FaultServer() as server, linked(server) as bench:
        server.emit(newchannel(1)[:-20])
        await asyncio.sleep(0.02)
        server.drop()
        await until(lambda: bench.states.count("live") == 2)
        assert not bench.of(ChannelCreated)


async def test_one_byte_at_a_time_with_split_characters() -> None:
    name = 'Ёжик \\"Müller\\" 🙂 ' + "ы" * 5000
    async with FaultServer() as server, linked(server) as bench:
        for byte in newchannel(1, name)[:900]:
            server.emit(bytes([byte]))
            await asyncio.sleep(0)
        server.emit(newchannel(1, name)[900:])
        await until(lambda: bench.of(ChannelCreated))
        (created,) = bench.of(ChannelCreated)
        assert isinstance(created, ChannelCreated)
        assert created.caller_name.startswith('Ёжик "Müller" 🙂 ыыы') and len(created.caller_name) == 256


async def test_a_short_list_is_asked_again_and_then_gives_up() -> None:
    async with FaultServer(short_lists=1) as server, linked(server) as bench:
        assert len(server.asked("QueueStatus")) == 2 and len(bench.of(SnapshotTaken)) == 1
    async with FaultServer(short_lists=2) as server, linked(server) as bench:
        assert server.connections >= 3
        assert bench.downs == ["incomplete"]


async def test_rights_that_are_missing_are_told() -> None:
    async with FaultServer(refuse={"CoreShowChannels": "Permission denied"}) as server, linked(server, False) as bench:
        await until(lambda: bench.link.reason == "refused")
        assert bench.link.state == "down" and not bench.of(SnapshotTaken)
    async with FaultServer(refuse={"DeviceStateList": "Permission denied"}) as server, linked(server) as bench:
        (snapshot,) = bench.of(SnapshotTaken)
        assert isinstance(snapshot, SnapshotTaken) and snapshot.devices == ()


async def test_it_waits_for_the_boot_to_end() -> None:
    async with FaultServer(boot=False) as server, linked(server, False) as bench:
        await until(lambda: bench.link.state == "connecting")
        await asyncio.sleep(0.1)
        assert not server.asked("CoreStatus")
        server.emit(block(Event="FullyBooted", Uptime=1))
        await until(lambda: bench.link.state == "live")
        assert not bench.of(PbxBooted)
        server.emit(block(Event="FullyBooted", Uptime=1))
        await until(lambda: bench.of(PbxBooted))


async def test_without_the_right_to_hear_of_the_boot_it_goes_on() -> None:
    async with FaultServer(boot=False) as server, linked(server, boot_wait_s=0.1) as bench:
        (snapshot,) = bench.of(SnapshotTaken)
        assert isinstance(snapshot, SnapshotTaken)


async def test_a_clock_that_differs_is_corrected_and_a_small_difference_is_none() -> None:
    async with FaultServer(clock_ahead_s=100) as server, linked(server) as bench:
        server.emit(newchannel(1, at=1760000100.0))
        await until(lambda: bench.of(ChannelCreated))
        (created,) = bench.of(ChannelCreated)
        assert isinstance(created, ChannelCreated)
        assert abs(created.at.timestamp() - 1760000000) < 1
    async with FaultServer(clock_ahead_s=0.1) as server, linked(server) as bench:
        server.emit(newchannel(1, at=1760000100.25))
        await until(lambda: bench.of(ChannelCreated))
        (created,) = bench.of(ChannelCreated)
        assert isinstance(created, ChannelCreated) and created.at.timestamp() == 1760000100.25


async def test_a_pause_goes_over_the_second_connection_to_all_queues() -> None:
    pause = PauseMember(pbx="here", interface="PJSIP/1001", paused=True, reason="eng:acw")
    async with FaultServer() as server, linked(server) as bench:
        await bench.link.perform(pause)
        (order,) = server.asked("QueuePause")
        assert (order["Interface"], order["Paused"], order["Reason"]) == ("PJSIP/1001", "true", "eng:acw")
        assert "Queue" not in order
        assert [headers["Events"] for headers in server.asked("Login")] == ["on", "off"]
        server.refuse["QueuePause"] = "Interface not found"
        with pytest.raises(ActionFailed):
            await bench.link.perform(pause)
    with pytest.raises(LinkDown):
        await bench.link.perform(pause)


async def test_an_order_hurries_the_login_it_goes_over() -> None:
    """After a restart of Asterisk the second login may still wait for its turn when the first one is live."""
    pause = PauseMember(pbx="main", interface="PJSIP/1001", paused=True, reason="human:lunch")
    async with FaultServer() as server, linked(server, pace=Pace(connect=2.0, action=2.0, first=60)) as bench:
        bench.link._actions.drop("closed")
        await until(lambda: not bench.link.can_order)
        await bench.link.perform(pause)
        assert len(server.asked("QueuePause")) == 1


async def test_who_leads_no_more_orders_nothing() -> None:
    pause = PauseMember(pbx="main", interface="PJSIP/1001", paused=True, reason="human:lunch")
    async with FaultServer() as server, linked(server, sure=lambda: False) as bench:
        with pytest.raises(LinkDown):
            await bench.link.perform(pause)
        bench.link.alive = True
        await asyncio.sleep(0.5)
        assert not server.asked("QueuePause")
        assert not server.asked("Setvar")


async def test_the_leader_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "ALIVE_EVERY_S", 0.05)
    async with FaultServer() as server, linked(server) as bench:
        await asyncio.sleep(0.1)
        assert not server.asked("Setvar")
        bench.link.alive = True
        await until(lambda: len(server.asked("Setvar")) >= 3)
        assert bench.link.alive and server.asked("Setvar")[0]["Variable"] == "OKNO_ALIVE"
        assert server.asked("Setvar")[0]["Value"].isdigit() and "Channel" not in server.asked("Setvar")[0]
        server.refuse["Setvar"] = "Permission denied"
        bench.link.alive = False
        await asyncio.sleep(0.1)
        count = len(server.asked("Setvar"))
        await asyncio.sleep(0.15)
        assert len(server.asked("Setvar")) == count and bench.link.can_order


async def test_the_metrics_have_no_text_of_people() -> None:
    async with FaultServer() as server, linked(server) as bench:
        server.emit(newchannel(1, "Tester") + block(Event="Weird79990000001", X=1))
        server.emit(block(Event="UserEvent", UserEvent="Odd"))
        await until(lambda: bench.of(ChannelCreated))
        await until(lambda: bench.metrics.of("here").untranslated)
        page = generate_latest(bench.registry).decode()
    assert 'okno_ami_events_total{name="Newchannel",pbx="here"} 1.0' in page
    assert 'okno_ami_skipped_total{pbx="here"} 1.0' in page
    assert "7999" not in page and "Tester" not in page
