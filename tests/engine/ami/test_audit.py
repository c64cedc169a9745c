"""The slow comparison with the PBX: what is sure after two looks is repaired by a resync."""

from datetime import UTC, datetime

import pytest

from engine.ami import audit as module
from engine.ami.audit import Audit
from engine.ami.client import AmiClient, Credentials
from engine.ami.metrics import Figures
from engine.events.facts import ChannelCreated, ChannelHungUp, SnapshotTaken
from tests.engine.ami.fault_server import FaultServer, block, newchannel
from tests.engine.ami.test_client import until
from tests.engine.ami.test_link import linked

AT = datetime(2026, 11, 21, tzinfo=UTC)


def row(uniqueid: str) -> bytes:
    """A channel as CoreShowChannels lists it."""
    return block(Event="CoreShowChannel", Channel="PJSIP/trunk-1", Uniqueid=uniqueid, Linkedid=uniqueid)


def created(uniqueid: str) -> ChannelCreated:
    """A channel came up."""
    return ChannelCreated(at=AT, pbx="here", uniqueid=uniqueid, linkedid=uniqueid, name="c", state=4)


async def test_a_difference_is_sure_at_the_second_look() -> None:
    async with FaultServer(channels=(row("1.1"), row("1.2"))) as server:
        client = AmiClient(server.settings().ami, Credentials("okno", lambda: "right"), Figures())
        await client.connect_once()
        audit = Audit()
        for uniqueid in ("1.1", "1.2", "1.3"):
            audit.took(created(uniqueid))
        assert await audit.look(client) == 0
        audit.took(ChannelHungUp(at=AT, pbx="here", uniqueid="1.3", linkedid="1.3"))
        assert await audit.look(client) == 0
        audit.took(created("1.4"))
        server.channels = (row("1.1"), row("1.5"))
        assert await audit.look(client) == 0
        assert await audit.look(client) == 3
        audit.begin(
            SnapshotTaken(
                at=AT, pbx="here", started=AT, restarted=False, gap_from=None, channels=(), entries=(), members=(),
                devices=(),
            )
        )  # fmt: skip
        assert await audit.look(client) == 0
        await client.close()


async def test_a_sure_difference_is_counted_and_resynchronised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.05)
    async with FaultServer(refuse={}) as server, linked(server) as bench:
        server.emit(newchannel(1))
        await until(lambda: bench.metrics.of("here").repairs)
        await until(lambda: len(bench.of(SnapshotTaken)) >= 2 and bench.link.state == "live")
        assert bench.downs == ["audit"] and bench.metrics.of("here").repairs == 1


async def test_agreement_and_refusals_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.03)
    async with FaultServer(channels=(row("1760000000.1"),)) as server, linked(server) as bench:
        await until(lambda: len(server.asked("CoreShowChannels")) > 3)
        server.refuse["CoreShowChannels"] = "Permission denied"
        asked = len(server.asked("CoreShowChannels"))
        await until(lambda: len(server.asked("CoreShowChannels")) > asked + 2)
        assert bench.link.state == "live" and bench.metrics.of("here").repairs == 0
        assert len(bench.of(SnapshotTaken)) == 1
