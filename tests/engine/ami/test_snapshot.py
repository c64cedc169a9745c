"""Snapshots: restart rules, start times in zones Asterisk does not tell, and lists as they really are."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.ami import snapshot
from engine.ami.client import AmiClient, Credentials, Pace
from engine.ami.metrics import Figures
from engine.ami.snapshot import Boot, clock_offset, read_boot, take_snapshot
from tests.engine.ami.fault_server import FaultServer, block

START = datetime(2026, 11, 21, 5, tzinfo=UTC)
BOOT = Boot(local="2026-11-21 10:00:00", started=START, processed=7, version="22.10.1")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "uptime", "silent_for", "restarted"),
    [
        (BOOT, HOUR, timedelta(seconds=5), False),
        (BOOT, timedelta(seconds=4), timedelta(seconds=5), False),
        (BOOT, timedelta(seconds=3), timedelta(seconds=5), True),
        (BOOT, None, HOUR, False),
        (Boot("2026-11-21 10:00:01", START, 7, ""), HOUR, timedelta(), True),
        (Boot(BOOT.local, START, 6, ""), HOUR, timedelta(), True),
        (Boot(BOOT.local, START, None, ""), HOUR, timedelta(), False),
    ],
)
def test_what_counts_as_a_restart(now: Boot, uptime: timedelta | None, silent_for: timedelta, restarted: bool) -> None:
    assert now.is_after(BOOT, uptime, silent_for) is restarted


@pytest.mark.parametrize("zone", [0, 5, -3.5, 5.75])
def test_the_start_is_found_in_any_zone(zone: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = START + HOUR + timedelta(seconds=0.7)
    monkeypatch.setattr(snapshot.clock, "now", lambda: now)
    local = (START + timedelta(hours=zone)).strftime("%Y-%m-%d %H:%M:%S")
    assert snapshot._started(local, timedelta(), HOUR) == START
    assert snapshot._started(local, timedelta(seconds=40), HOUR - timedelta(seconds=40)) == START + timedelta(
        seconds=40
    )


def test_a_start_that_cannot_be_read_is_counted_back() -> None:
    assert abs(snapshot._started("soon", timedelta(), HOUR) - (datetime.now(UTC) - HOUR)) < timedelta(seconds=5)
    assert snapshot._started("2026-11-21 10:00:00", timedelta(), None).tzinfo is UTC


CHANNEL = {
    "Event": "CoreShowChannel", "Channel": "PJSIP/trunk-00000001", "ChannelState": 6, "CallerIDNum": "+79990000001",
    "CallerIDName": r"O\'Brien", "Context": "okno-open-registry", "Exten": "s", "Uniqueid": "1760000000.1",
    "Linkedid": "1760000000.1", "Application": "Queue", "ApplicationData": "registry,,,,300", "BridgeId": "b-1",
}  # fmt: skip


async def test_a_channel_row_becomes_what_was_seen() -> None:
    rows = tuple(
        block(**(CHANNEL | {"Duration": duration}))
        for duration in ("01:02:03", "rubbish", "²:1:1", "999999999999999:00:00", "")
    )
    async with FaultServer(channels=rows) as server:
        client = AmiClient(
            server.settings().ami, Credentials("okno", lambda: "right"), Figures(), pace=Pace(action=0.5)
        )
        await client.connect_once()
        offset = await clock_offset(client)
        boot = await read_boot(client, offset, HOUR)
        taken = await take_snapshot(client, "here", boot, restarted=False, gap_from=None)
        await client.close()
    assert offset == timedelta() and boot.processed == 7 and boot.version == "22.10.1"
    first = taken.channels[0]
    assert (first.caller_name, first.state, first.bridge, first.application) == ("O'Brien", 6, "b-1", "Queue")
    ages = [(taken.at - channel.since).total_seconds() for channel in taken.channels]
    assert ages == [3723, 0, 61, snapshot.LONGEST_S, 0]
    assert (taken.at - taken.entries[0].since).total_seconds() == 12
    (member,) = taken.members
    assert (member.paused, member.reason, member.penalty, member.in_call) == (True, "human:break", 2, False)


async def test_who_is_parked_is_in_no_talk() -> None:
    """All who are parked stand in one bridge of the lot: a resync must not take them for two patients joined."""
    rows = tuple(block(**(CHANNEL | {"Uniqueid": f"1760000000.{n}", "BridgeId": f"b-{n}"})) for n in (1, 2))
    kinds = (("b-1", "holding_bridge", "base"), ("b-2", "simple_bridge", "basic"))
    bridges = tuple(
        block(Event="BridgeListItem", BridgeUniqueid=id, BridgeTechnology=technology, BridgeType=kind)
        for id, technology, kind in kinds
    )
    async with FaultServer(channels=rows, bridges=bridges) as server:
        client = AmiClient(server.settings().ami, Credentials("okno", lambda: "right"), Figures(), pace=Pace())
        await client.connect_once()
        taken = await take_snapshot(client, "here", BOOT, restarted=False, gap_from=None)
        await client.close()
    assert [channel.bridge for channel in taken.channels] == ["", "b-2"]


@pytest.mark.parametrize(("version", "told"), [("16.30.0", 1), ("22.10.1", 0), ("23.0.0", 0), ("GIT-master", 0)])
async def test_an_asterisk_that_is_too_old_is_told(version: str, told: int, caplog: pytest.LogCaptureFixture) -> None:
    async with FaultServer(version=version) as server:
        client = AmiClient(server.settings().ami, Credentials("okno", lambda: "right"), Figures(), pace=Pace())
        try:
            await client.connect_once()
            boot = await read_boot(client, timedelta(), HOUR)
        finally:
            await client.close()
    assert boot.version == version
    advice = [vars(record)["advice"] for record in caplog.records if record.message == "asterisk_too_old"]
    assert advice == [f"{version} {snapshot.TOO_OLD}"] * told
