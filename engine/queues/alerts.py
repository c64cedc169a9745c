"""Alerts: a figure past its threshold for long enough is raised, and cleared when it has been back for as long.

An alert is an entity of its own, kept in the database: an engine that takes over knows what has been told already.
While no PBX is live its figures stand still and are judged by nobody; those of digital work are.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.effects import TellAlert
from engine.queues import stats
from engine.room import Said
from engine.world import Alert, AlertRule, Drop, Pbx, Put, Queue, Rules, View
from engine.world.reading import is_live

# Figures that do not stand still with the line to a PBX.
DIGITAL = frozenset({
    "overdue", "digital_waiting", "callbacks_open", "chats_open", "chats_unheard", "missed_again", "missed_open",
    "available", "on_break", "not_responding", "logged_in",
})  # fmt: skip


def judged(world: View, at: datetime) -> Said:
    """Compare every rule with its queues' figures."""
    rules = (world.get(Rules, "rules") or Rules()).alerts
    live = any(is_live(world, pbx.key) for pbx in world.all(Pbx))
    rows: dict[str, Mapping[str, Any]] = {}
    wanted: set[str] = set()
    for rule in rules:
        for queue in [one for one in world.all(Queue) if one.active and rule.queue in ("", one.key)]:
            key = key_of(rule, queue.key)
            wanted.add(key)
            if not live and rule.figure not in DIGITAL:
                continue
            if queue.key not in rows:
                rows[queue.key] = stats.figures(world, queue)
            yield from _judge(world.get(Alert, key), rule, queue.key, measure(rows[queue.key], rule.figure, at), at)
    for left in [alert for alert in world.all(Alert) if alert.key not in wanted]:
        yield Drop(Alert, left.key)
        if left.active:
            # Whoever was told that it began is told that it is over, by a rule that is no more as well.
            yield TellAlert(
                alert=left.key, rule=left.rule, queue=left.queue, state="cleared", value=left.value, at=at
            )


def key_of(rule: AlertRule, queue: str) -> str:
    """The alert of a rule: a rule for each queue has one for each."""
    return rule.name if rule.queue else f"{rule.name}/{queue}"


def measure(row: Mapping[str, Any], figure: str, at: datetime) -> float | None:
    """A figure as a number; None when there is nothing to count, or no such figure."""
    if figure == "longest_wait_s":
        since = row["longest_since"]
        return max(0.0, (at - since).total_seconds()) if since is not None else 0.0
    value = row.get(figure)
    return float(value) if isinstance(value, int | float) else None


def is_past(rule: AlertRule, value: float | None) -> bool:
    """Whether a figure is past its threshold; one without data is not."""
    if value is None:
        return False
    return (rule.above is not None and value > rule.above) or (rule.below is not None and value < rule.below)


def _judge(alert: Alert | None, rule: AlertRule, queue: str, value: float | None, at: datetime) -> Said:
    if is_past(rule, value):
        yield from _past(alert, rule, queue, value or 0.0, at)
    elif alert is not None and not alert.active:
        yield Drop(Alert, alert.key)
    elif alert is not None:
        yield from _back(alert, rule, value, at)


def _past(alert: Alert | None, rule: AlertRule, queue: str, value: float, at: datetime) -> Said:
    began = alert or Alert(key=key_of(rule, queue), rule=rule.name, queue=queue, since=at, value=value)
    if began.active:
        if began.back_since is not None:
            yield Put(replace(began, back_since=None))
    elif (at - began.since).total_seconds() >= rule.for_s:
        yield Put(replace(began, raised_at=at, value=value))
        yield from _tell(began, rule, "raised", value, at)
    elif alert is None:
        yield Put(began)


def _back(alert: Alert, rule: AlertRule, value: float | None, at: datetime) -> Said:
    since = alert.back_since or at
    if (at - since).total_seconds() >= rule.for_s:
        yield Drop(Alert, alert.key)
        yield from _tell(alert, rule, "cleared", alert.value if value is None else value, at)
    elif alert.back_since is None:
        yield Put(replace(alert, back_since=at))


def _tell(alert: Alert, rule: AlertRule, state: Any, value: float, at: datetime) -> Said:
    if rule.outside:
        yield TellAlert(alert=alert.key, rule=rule.name, queue=alert.queue, state=state, value=value, at=at)
