"""What `okno check` finds at a PBX."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from engine.ami.client import AmiClient, Credentials, Pace
from engine.ami.metrics import Figures
from engine.ami.protocol import ActionFailed, LinkDown, LoginRefused, SecretUnreadable, obstacle
from engine.ami.snapshot import SAME_CLOCK, TOO_OLD, Boot, clock_offset, read_boot, too_old, version_of
from engine.ami.wire import BadOrder, clean
from okno.errors import OknoError
from okno.settings.model import Ami, PbxSettings

PACE = Pace(connect=4.0, action=4.0)
EVENT_WAIT_S = 2.0
ADVISED = (22, 10, 1)
# An action that only the class allows -> the class. Whoever has one of these owns the PBX's machine.
DANGEROUS = {"Command": "command", "UpdateConfig": "config", "Filter": "system"}
EVENTS_NEED = {
    "CoreShowChannels": ("write = reporting", "after a lost connection calls cannot be found again"),
    "DeviceStateList": ("write = reporting", "the state of the phones is unknown until each changes"),
    "QueueStatus": ("module app_queue", "queues, their callers and members cannot be seen"),
}
ACTIONS_NEED = {
    "QueuePause": ("write = agent", "breaks and wrap-up do not reach the queues"),
    "Setvar": ("write = call", "the PBX cannot tell whether the engine lives, so pauses may outlive it"),
    "Originate": ("write = originate", "callbacks cannot be dialled"),
}
NOWHERE = "Local/okno-check@okno-no-such-context"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a PBX that must (`error`) or should (`warning`) be mended. `code` is for programs."""

    level: Literal["error", "warning"]
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {self.text}"


class _Login:
    """One login made for the check, with what it heard."""

    def __init__(self, ami: Ami, credentials: Credentials) -> None:
        self.heard: dict[bytes, asyncio.Event] = {
            name: asyncio.Event() for name in (b"FullyBooted", b"OriginateResponse", b"QueueMemberPenalty")
        }
        self.client = AmiClient(
            ami, credentials, Figures(), routes=self.heard, sink=lambda name, block: self.heard[name].set(), pace=PACE
        )

    async def hears(self, name: bytes) -> bool:
        """Whether the event comes in time."""
        try:
            async with asyncio.timeout(EVENT_WAIT_S):
                await self.heard[name].wait()
        except TimeoutError:
            return False
        return True


async def check(pbx: PbxSettings, secrets: Callable[[str], str]) -> list[Finding]:
    """Everything that keeps Okno from using this PBX well, in plain words; empty when all is right.

    Rings nobody and changes nothing: it sets one queue member's penalty to what it is, and originates a call to a
    context that does not exist, to see whether their events arrive.

    Args:
        pbx: how it is reached.
        secrets: resolves a secret's reference (`Runtime.secret`).
    """
    ami = pbx.ami
    events = _Login(ami, Credentials(ami.events_user, lambda: secrets(ami.events_secret)))
    actions = _Login(ami, Credentials(ami.actions_user, lambda: secrets(ami.actions_secret), events="off"))
    found: list[Finding] = []
    try:
        for login, user, reference in (
            (events, ami.events_user, ami.events_secret),
            (actions, ami.actions_user, ami.actions_secret),
        ):
            try:
                await login.client.connect_once()
            except (OSError, OknoError) as failure:
                found.append(_cannot_connect(pbx, user, reference, failure))
                if not isinstance(failure, LoginRefused):
                    return found
        if not found:
            found += await _inspect(pbx, events, actions)
    except (LinkDown, OSError) as failure:
        found.append(_cannot_connect(pbx, ami.events_user, ami.events_secret, failure))
    finally:
        await events.client.close()
        await actions.client.close()
    return found


async def twins(pbxes: Sequence[PbxSettings], secrets: Callable[[str], str]) -> list[Finding]:
    """Which of several PBXs cannot be told apart by what they say of themselves; those that do not answer are not."""
    known: dict[str, Boot] = {}
    found = []
    for pbx in pbxes:
        boot = await _boot_of(pbx, secrets)
        if boot is None:
            continue
        for name, other in known.items():
            if boot.system and boot.system == other.system:
                same = (boot.local, boot.version) == (other.local, other.version)
                words = "it is the same Asterisk" if same else "both journals look alike; give each its own"
                text = f"pbx {pbx.name}: says systemname {boot.system!r}, as pbx {name} does: {words}"
                found.append(Finding("error", "twins", text))
        known[pbx.name] = boot
    return found


async def _boot_of(pbx: PbxSettings, secrets: Callable[[str], str]) -> Boot | None:
    credentials = Credentials(pbx.ami.events_user, lambda: secrets(pbx.ami.events_secret), events="off")
    client = AmiClient(pbx.ami, credentials, Figures(), pace=PACE)
    try:
        await client.connect_once()
        return await read_boot(client, timedelta(), None)
    except (OSError, OknoError):  # `check` has said why
        return None
    finally:
        await client.close()


async def _inspect(pbx: PbxSettings, events: _Login, actions: _Login) -> list[Finding]:
    """What two working logins may and may not do."""
    found = await _version(pbx, events.client)
    for login, user, needs in (
        (events, pbx.ami.events_user, EVENTS_NEED),
        (actions, pbx.ami.actions_user, ACTIONS_NEED),
    ):
        (allowed,) = await login.client.action("ListCommands")
        found += _rights(pbx, user, set(allowed), needs)
    if not await events.hears(b"FullyBooted"):
        found.append(_lacks(pbx, pbx.ami.events_user, "read = system", "a restart of Asterisk is noticed late"))
    found += await _hearing(pbx, events, actions)
    offset = await clock_offset(events.client)
    if abs(offset) >= SAME_CLOCK:
        text = f"pbx {pbx.name}: its clock differs from ours by {offset.total_seconds():+.1f} s: run NTP on both"
        found.append(Finding("warning", "clock", text))
    return found


def _cannot_connect(pbx: PbxSettings, user: str, reference: str, failure: Exception) -> Finding:
    """Why a login was not possible, in one line."""
    code, text = obstacle(failure)
    if isinstance(failure, LoginRefused) and not isinstance(failure, SecretUnreadable):
        text = f"refused the AMI user {user}: compare {reference} and permit with manager.conf"
    elif isinstance(failure, LinkDown):
        code, text = "silent", "does not answer, or hangs up; see Asterisk's own log"
    return Finding("error", code, f"pbx {pbx.name}: {pbx.ami.host}:{pbx.ami.port} {text}")


async def _version(pbx: PbxSettings, client: AmiClient) -> list[Finding]:
    """Whether this Asterisk is new enough."""
    try:
        (settings,) = await client.action("CoreSettings")
    except ActionFailed:
        return [_lacks(pbx, pbx.ami.events_user, "write = reporting", "its version and start cannot be read")]
    said = clean(str(settings.asteriskversion), 40)
    version = version_of(said)
    if version is None:
        return [Finding("warning", "version", f"pbx {pbx.name}: its version is not understood: {said}")]
    if too_old(version):
        return [Finding("error", "too_old", f"pbx {pbx.name}: Asterisk {said} {TOO_OLD}")]
    if version < ADVISED:
        return [
            Finding("warning", "old", f"pbx {pbx.name}: Asterisk {said} has known holes; 22.10.1 or newer is advised")
        ]
    return []


def _rights(pbx: PbxSettings, user: str, allowed: set[str], needs: dict[str, tuple[str, str]]) -> list[Finding]:
    """Too few rights break something; too many break the house."""
    found = [_lacks(pbx, user, what, breaks) for action, (what, breaks) in needs.items() if action not in allowed]
    for action, right in DANGEROUS.items():
        if action in allowed:
            text = f"AMI user {user} has write = {right}: whoever gets its secret owns that machine; take it away"
            found.append(Finding("error", f"dangerous:{right}", f"pbx {pbx.name}: {text}"))
    return found


def _lacks(pbx: PbxSettings, user: str, what: str, breaks: str) -> Finding:
    code = "missing:" + what.replace(" ", "")
    return Finding("error", code, f"pbx {pbx.name}: AMI user {user} lacks {what}: without it {breaks}")


async def _hearing(pbx: PbxSettings, events: _Login, actions: _Login) -> list[Finding]:
    """Whether events of calls and queues arrive. Asterisk does not tell a user his `read` classes."""
    found = []
    user = pbx.ami.events_user
    order = {"Channel": NOWHERE, "Application": "NoOp", "Async": "true", "Timeout": "1000"}
    if await _done(actions, "Originate", order) and not await events.hears(b"OriginateResponse"):
        found.append(_lacks(pbx, user, "read = call", "no call is seen"))
    members = await events.client.action("QueueStatus", complete="QueueStatusComplete")
    member = next((item for item in members if item.event == "QueueMember"), None)
    if member is not None:
        same = {"Queue": member.queue, "Interface": member.location, "Penalty": member.penalty}
        if await _done(actions, "QueuePenalty", same) and not await events.hears(b"QueueMemberPenalty"):
            found.append(_lacks(pbx, user, "read = agent", "queues and operators are not seen"))
    return found


async def _done(login: _Login, action: str, headers: dict[str, str]) -> bool:
    """Whether Asterisk took the order; a missing right is named elsewhere."""
    try:
        await login.client.action(action, headers)
    except (ActionFailed, BadOrder):
        return False
    return True
