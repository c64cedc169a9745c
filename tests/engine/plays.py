"""Plays put together: shifted so that many run side by side, and the snapshot a PBX would give after a prefix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from engine import events as ev
from tests.engine.clinic import EPOCH, PBX, T, at

IDS = frozenset({"uniqueid", "linkedid", "dest", "dest_linkedid", "swap"})
APART = 100
# When Asterisk itself started, unless a test says otherwise.
BOOTED = at(-3600)


def shifted(fact: Any, number: int) -> Any:
    """The fact as the same play's copy `number` has it: other channels, other bridges."""
    changes: dict[str, Any] = {}
    for field in fields(fact):
        value = getattr(fact, field.name)
        if field.name in IDS and value:
            changes[field.name] = f"{EPOCH}.{int(value.split('.')[1]) + APART * number}"
        elif field.name == "bridge":
            changes["bridge"] = f"{value}-{number}"
    return replace(fact, **changes)


def truth(facts: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """The channels that live after these facts: what Asterisk itself would know."""
    alive: dict[str, dict[str, Any]] = {}
    for fact in facts:
        one = alive.get(getattr(fact, "uniqueid", ""))
        match fact:
            case ev.ChannelCreated():
                alive[fact.uniqueid] = {
                    "uniqueid": fact.uniqueid, "linkedid": fact.linkedid, "name": fact.name, "state": fact.state,
                    "number": fact.number, "caller_name": "", "context": fact.context, "exten": fact.exten,
                    "application": "" if fact.state else "AppDial", "application_data": "", "bridge": "",
                    "since": fact.at, "queue": "", "joined": fact.at,
                }
            case ev.ChannelStateChanged() if one:
                one["state"] = fact.state
            case ev.BridgeEntered() if one:
                one["bridge"] = fact.bridge
            case ev.BridgeLeft() if one:
                one["bridge"] = ""
            case ev.QueueJoined() if one:
                one["queue"], one["joined"] = fact.queue, fact.at
            case ev.QueueLeft() if one:
                one["queue"] = ""
            case ev.ChannelHungUp():
                alive.pop(fact.uniqueid, None)
    return alive


def snapshot(
    alive: dict[str, dict[str, Any]], taken: datetime, *, restarted: bool = False, gap_from: datetime | None = None,
    started: datetime = BOOTED, **more: Any,
) -> ev.SnapshotTaken:
    """What the link would make of these channels."""
    rows = {key: dict(row) for key, row in alive.items()}
    entries = tuple(
        ev.EntrySeen(queue=row["queue"], uniqueid=key, position=1, since=row["joined"])
        for key, row in rows.items() if row["queue"]
    )
    for row in rows.values():
        del row["queue"], row["joined"]
    return ev.SnapshotTaken(
        at=taken, pbx=more.get("pbx", PBX), started=started, restarted=restarted, gap_from=gap_from,
        channels=tuple(ev.ChannelSeen(**row) for row in rows.values()), entries=entries,
        members=more.get("members", ()), devices=more.get("devices", ()),
    )


__all__ = ["APART", "T", "shifted", "snapshot", "truth"]
