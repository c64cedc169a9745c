"""The state of a PBX, read by lists on the events connection (ami.md §5, steps 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from panoramisk.message import Message

from engine.ami.client import AmiClient
from engine.ami.protocol import ActionFailed, ListIncomplete
from engine.ami.translate import escaped, text, whole
from engine.ami.wire import clean
from engine.events import ChannelSeen, DeviceSeen, EntrySeen, MemberSeen, SnapshotTaken
from okno import clock, logs

log = logs.get(__name__)
# A list of thousands of channels takes Asterisk a while; a slower answer means something is wrong.
LIST_S = 20.0
# A smaller offset is the network's, not the clocks'; 0 keeps what we show equal to what the PBX wrote.
SAME_CLOCK = timedelta(milliseconds=250)
# No call lasts ten years; a number beyond it is not a duration.
LONGEST_S = 315_360_000
QUARTER = timedelta(minutes=15)
# Known holes reach code execution below these (ami.md §6); of other branches none is supported any more.
OLDEST = {18: (18, 26, 1), 20: (20, 11, 1), 21: (21, 6, 1), 22: (22, 1, 1)}
TOO_OLD = "is too old: 18.26.1, 20.11.1, 21.6.1, 22.1.1 or newer is needed"


@dataclass(frozen=True, slots=True)
class Boot:
    """What tells one run of Asterisk from another. `local` is its start in its own zone, as it writes it.

    `system` is the systemname of its asterisk.conf, empty when it has none.
    """

    local: str
    started: datetime
    processed: int | None
    version: str
    system: str = ""

    def is_after(self, earlier: Boot, uptime: timedelta | None, silent_for: timedelta) -> bool:
        """Whether Asterisk was restarted since `earlier` was read.

        Args:
            earlier: what it was on the last connection.
            uptime: of FullyBooted, None when it did not come.
            silent_for: how long we had not heard it before this connection.
        """
        if self.local != earlier.local or (uptime is not None and uptime + timedelta(seconds=1) < silent_for):
            return True
        return self.processed is not None and earlier.processed is not None and self.processed < earlier.processed


def version_of(said: str) -> tuple[int, ...] | None:
    """What Asterisk calls its version, as numbers; None when it has none."""
    numbers = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part or 0) for part in numbers.groups()) if numbers else None


def too_old(version: tuple[int, ...]) -> bool:
    """Whether known holes of this version are mended by no patch."""
    # A branch between the known ones is out of support; one after them is new.
    return version < OLDEST.get(version[0], max(OLDEST.values()))


async def read_boot(client: AmiClient, offset: timedelta, uptime: timedelta | None) -> Boot:
    """Ask Asterisk which run this is. Raises ActionFailed, LinkDown.

    Args:
        client: the events connection.
        offset: our clock minus the PBX's.
        uptime: seconds since its start as FullyBooted said, None when unknown.
    """
    (settings,) = await client.action("CoreSettings")
    (status,) = await client.action("CoreStatus")
    local = f"{status.corestartupdate} {status.corestartuptime}"
    processed = str(status.coreprocessedcalls)
    said = clean(str(settings.asteriskversion), 40)
    if too_old(version_of(said) or (99,)):
        log.error("asterisk_too_old", extra={"address": client.address, "advice": f"{said} {TOO_OLD}"})
    return Boot(
        local=local,
        started=_started(local, offset, uptime),
        processed=int(processed) if processed.isdigit() else None,
        version=said,
        system=clean(str(settings.systemname), 80),
    )


def _started(local: str, offset: timedelta, uptime: timedelta | None) -> datetime:
    """Asterisk's start in UTC by our clock. It writes local time without a zone: its uptime tells which zone."""
    now = clock.now()
    try:
        wall = datetime.strptime(local, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return now - (uptime or timedelta())
    if uptime is None:
        return wall.replace(tzinfo=None).astimezone(UTC) + offset
    zone = round((wall - (now - offset - uptime)) / QUARTER) * QUARTER
    return wall - zone + offset


async def clock_offset(client: AmiClient, samples: int = 3) -> timedelta:
    """Our clock minus the PBX's, by the quickest of some pings; 0 when below 250 ms. Raises LinkDown, ActionFailed."""
    best: tuple[timedelta, timedelta] | None = None
    for _ in range(samples):
        sent = clock.now()
        (pong,) = await client.action("Ping")
        back = clock.now()
        try:
            theirs = datetime.fromtimestamp(float(pong.timestamp), UTC)
        except (ValueError, OverflowError, OSError):
            continue
        sample = (back - sent, sent + (back - sent) / 2 - theirs)
        best = sample if best is None else min(best, sample)
    return timedelta() if best is None or abs(best[1]) < SAME_CLOCK else best[1]


async def take_snapshot(
    client: AmiClient, pbx: str, boot: Boot, *, restarted: bool, gap_from: datetime | None
) -> SnapshotTaken:
    """Read channels, bridges, queues and devices, one list after the other.

    Args:
        client: the events connection; live events must already be buffered.
        pbx: name of the PBX in the settings.
        boot: which run of Asterisk this is.
        restarted: whether it was restarted since the last connection.
        gap_from: when the last connection was last heard.

    Raises:
        ActionFailed: channels may not be listed (class `reporting`). LinkDown, ListIncomplete.
    """
    channels = await list_channels(client)
    bridges = await _optional(client, "BridgeList", "BridgeListComplete")
    # In one holding bridge all who are parked wait together, and nobody hears another.
    holding = {str(item.bridgeuniqueid) for item in bridges if item.bridgetechnology == "holding_bridge"}
    queues = await _optional(client, "QueueStatus", "QueueStatusComplete")
    devices = await _optional(client, "DeviceStateList", "DeviceStateListComplete")
    now = clock.now()
    return SnapshotTaken(
        at=now, pbx=pbx, started=boot.started, restarted=restarted, gap_from=gap_from,
        channels=tuple(_channel(item, now, holding) for item in channels if item.uniqueid),
        entries=tuple(_entry(item, now) for item in queues if item.event == "QueueEntry" and item.uniqueid),
        members=tuple(_member(item) for item in queues if item.event == "QueueMember" and item.location),
        devices=tuple(
            DeviceSeen(device=text(item, "Device"), state=text(item, "State"))
            for item in devices if item.event == "DeviceStateChange" and not str(item.device).startswith("Queue:")
        ),
    )  # fmt: skip


async def list_channels(client: AmiClient) -> list[Message]:
    """The rows of CoreShowChannels. Raises ActionFailed, LinkDown, ListIncomplete."""
    rows = await _list(client, "CoreShowChannels", "CoreShowChannelsComplete")
    return [row for row in rows if row.event == "CoreShowChannel"]


async def _list(client: AmiClient, action: str, complete: str) -> list[Message]:
    """A list's items; asked again once when it came short."""
    try:
        answers = await client.action(action, complete=complete, timeout_s=LIST_S)
    except ListIncomplete:
        log.warning("ami_list_incomplete", extra={"action": action})
        answers = await client.action(action, complete=complete, timeout_s=LIST_S)
    return answers[1:-1]


async def _optional(client: AmiClient, action: str, complete: str) -> list[Message]:
    """A list that a PBX may not have or not allow: calls are followed without it, `okno check` names it."""
    try:
        return await _list(client, action, complete)
    except ActionFailed:
        log.warning("ami_list_refused", extra={"action": action})
        return []


def _ago(now: datetime, seconds: int) -> datetime:
    return now - timedelta(seconds=min(seconds, LONGEST_S))


def _channel(item: Message, now: datetime, holding: Container[str]) -> ChannelSeen:
    duration = dict(zip(("hours", "minutes", "seconds"), str(item.duration).split(":"), strict=False))
    age = whole(duration, "hours") * 3600 + whole(duration, "minutes") * 60 + whole(duration, "seconds")
    bridge = text(item, "BridgeId")
    return ChannelSeen(
        uniqueid=text(item, "Uniqueid"), linkedid=text(item, "Linkedid"), name=text(item, "Channel"),
        state=whole(item, "ChannelState"), number=text(item, "CallerIDNum"), caller_name=escaped(item, "CallerIDName"),
        context=text(item, "Context"), exten=text(item, "Exten"), application=text(item, "Application"),
        application_data=text(item, "ApplicationData"), bridge="" if bridge in holding else bridge,
        since=_ago(now, age),
    )  # fmt: skip


def _entry(item: Message, now: datetime) -> EntrySeen:
    return EntrySeen(
        queue=text(item, "Queue"), uniqueid=text(item, "Uniqueid"), position=whole(item, "Position"),
        since=_ago(now, whole(item, "Wait")),
    )  # fmt: skip


def _member(item: Message) -> MemberSeen:
    paused = item.paused == "1"
    return MemberSeen(
        queue=text(item, "Queue"), interface=text(item, "Location"), status=whole(item, "Status"), paused=paused,
        reason=text(item, "PausedReason") if paused else "", penalty=whole(item, "Penalty"), in_call=item.incall == "1",
    )  # fmt: skip
