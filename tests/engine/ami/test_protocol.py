"""The protocol on a pretended transport: what a hostile peer or a raising sink does to it."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ami.protocol import REST_S, ActionFailed, LinkDown, ListIncomplete, Order, SafeProtocol
from engine.ami.wire import BadOrder
from tests.engine.ami.fault_server import BANNER, block, newchannel


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.aborted, self.paused = b"", False, False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def abort(self) -> None:
        self.aborted = True


class Bench:
    """A protocol with its transport and what it reported."""

    def __init__(self, sink: Any = None) -> None:
        self.seen: list[tuple[bytes, bytes]] = []
        self.skipped = self.garbage = self.lost = 0
        self.protocol = SafeProtocol({b"Newchannel", b"Hangup"}, sink or self._see, self._skip, self._waste, self._lose)
        self.wire = Wire()
        self.protocol.connection_made(self.wire)

    def _see(self, name: bytes, raw: bytes) -> None:
        self.seen.append((name, raw))

    def _skip(self, count: int) -> None:
        self.skipped += count

    def _waste(self, count: int) -> None:
        self.garbage += count

    def _lose(self) -> None:
        self.lost += 1


async def test_routed_events_go_on_and_others_are_only_counted() -> None:
    bench = Bench()
    bench.protocol.data_received(BANNER + newchannel(1) + block(Event="VarSet", Variable="X") + b"rubbish\r\n\r\n")
    assert [name for name, _ in bench.seen] == [b"Newchannel"]
    assert (bench.skipped, bench.garbage) == (1, 1)
    assert bench.protocol.greeted.is_set() and bench.protocol.banner == BANNER.strip()


async def test_after_a_read_of_events_it_rests_a_moment_and_reads_on() -> None:
    bench = Bench()
    bench.protocol.data_received(BANNER + newchannel(1))
    assert bench.wire.paused and len(bench.seen) == 1
    async with asyncio.timeout(5):
        while bench.wire.paused:
            await asyncio.sleep(REST_S)
    bench.protocol.data_received(newchannel(2))
    bench.protocol.connection_lost(None)
    await asyncio.sleep(2 * REST_S)
    assert bench.wire.paused and len(bench.seen) == 2


async def test_a_connection_for_orders_never_rests() -> None:
    bench = Bench()
    protocol = SafeProtocol((), bench._see, bench._skip, bench._waste, bench._lose)
    protocol.connection_made(bench.wire)
    protocol.data_received(BANNER)
    assert not bench.wire.paused and protocol.greeted.is_set()


async def test_a_raising_sink_costs_one_event_and_not_the_stream() -> None:
    seen = []

    def sink(name: bytes, raw: bytes) -> None:
        seen.append(name)
        raise ValueError

    bench = Bench(sink)
    bench.protocol.data_received(newchannel(1) + newchannel(2))
    bench.protocol.data_received(newchannel(3))
    assert len(seen) == 3 and not bench.wire.aborted


async def test_an_order_is_answered_by_its_own_response_only() -> None:
    bench = Bench()
    order = Order({"Action": "Ping"})
    future = bench.protocol.send(order)
    bench.protocol.data_received(newchannel(1) + block(Response="Success", ActionID="other/1"))
    assert not future.done() and len(bench.seen) == 1
    bench.protocol.data_received(block(Response="Success", ActionID=order.id, Ping="Pong"))
    assert (await future)[0].ping == "Pong"
    assert not bench.protocol.responses


@pytest.mark.parametrize("action", ["Originate", "QueueAdd"])
async def test_texts_that_confuse_panoramisk_complete_at_once(action: str) -> None:
    bench = Bench()
    order = Order({"Action": action})
    future = bench.protocol.send(order)
    bench.protocol.data_received(block(Response="Success", ActionID=order.id, Message="Added interface to queue"))
    assert (await future)[0].message == "Added interface to queue"


async def test_a_refused_list_fails_at_once() -> None:
    bench = Bench()
    order = Order({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete")
    future = bench.protocol.send(order)
    bench.protocol.data_received(block(Response="Error", ActionID=order.id, Message="Permission denied"))
    with pytest.raises(ActionFailed, match="Permission denied"):
        await future


async def test_a_list_is_whole_or_fails() -> None:
    bench = Bench()
    for promised, right in ((1, True), (2, False)):
        order = Order({"Action": "QueueStatus"}, "QueueStatusComplete")
        future = bench.protocol.send(order)
        bench.protocol.data_received(
            block(Response="Success", ActionID=order.id, EventList="start")
            + block(Event="QueueMember", ActionID=order.id)
            + block(Event="QueueStatusComplete", ActionID=order.id, ListItems=promised)
        )
        if right:
            assert len(await future) == 3
        else:
            with pytest.raises(ListIncomplete):
                await future
    assert not bench.protocol.responses


async def test_a_cancelled_list_is_incomplete() -> None:
    bench = Bench()
    order = Order({"Action": "QueueStatus"}, "QueueStatusComplete")
    future = bench.protocol.send(order)
    bench.protocol.data_received(
        block(Response="Success", ActionID=order.id)
        + block(Event="QueueStatusComplete", ActionID=order.id, EventList="cancelled")
    )
    with pytest.raises(ListIncomplete):
        await future


async def test_items_without_a_response_are_no_list() -> None:
    bench = Bench()
    order = Order({"Action": "QueueStatus"}, "QueueStatusComplete")
    future = bench.protocol.send(order)
    bench.protocol.data_received(block(Event="QueueMember", ActionID=order.id))
    with pytest.raises(ActionFailed):
        await future


async def test_orders_in_flight_fail_once_and_are_not_kept() -> None:
    bench = Bench()
    future = bench.protocol.send(Order({"Action": "Ping"}))
    bench.protocol.connection_lost(None)
    bench.protocol.connection_lost(None)
    with pytest.raises(LinkDown):
        await future
    assert bench.lost == 1 and not bench.protocol.responses
    with pytest.raises(LinkDown):
        bench.protocol.send(Order({"Action": "Ping"}))


async def test_a_bad_order_is_never_written() -> None:
    bench = Bench()
    with pytest.raises(BadOrder):
        bench.protocol.send(Order({"Action": "Setvar", "Value": "x\r\n\r\nAction: Command"}))
    assert bench.wire.written == b"" and not bench.protocol.responses


async def test_a_forgotten_order_leaves_nothing_and_its_late_answer_is_no_event() -> None:
    bench = Bench()
    order = Order({"Action": "Ping"})
    bench.protocol.send(order)
    bench.protocol.forget(order)
    bench.protocol.data_received(block(Response="Success", ActionID=order.id))
    assert not bench.protocol.responses and not bench.seen and bench.garbage == 0


async def test_shutdown_does_not_close_us() -> None:
    bench = Bench()
    bench.protocol.data_received(block(Event="Shutdown", Shutdown="Cleanly"))
    assert bench.lost == 0 and not bench.wire.aborted
    bench.protocol.close()
    assert bench.wire.aborted


PIECES = st.sampled_from(
    [b"Event: ", b"Hangup", b"\r\n", b"\r\n\r\n", b"Response: ", b"ActionID: ", b"Uniqueid: 1", b"\xff", b"\0"]
)


@settings(deadline=None)
@given(st.lists(PIECES | st.binary(max_size=30), max_size=30))
def test_no_bytes_raise_or_close(pieces: list[bytes]) -> None:
    async def feed() -> None:
        bench = Bench()
        order = Order({"Action": "QueueStatus"}, "QueueStatusComplete")
        future = bench.protocol.send(order)
        for piece in pieces:
            bench.protocol.data_received(piece)
            bench.protocol.data_received(f"\r\nActionID: {order.id}".encode() if piece == b"ActionID: " else b"")
        assert not bench.wire.aborted and bench.lost == 0
        if future.done():
            assert future.exception() is not None or future.result()

    asyncio.run(feed())
