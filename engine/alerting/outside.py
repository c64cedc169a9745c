"""Sends what is told of alerts, each way by itself, and tries again; the loop never waits for it.

At most once for each change and way when all goes well, perhaps twice when an answer was lost (the receiver knows the
second by its id), never when this process died before it: a commit comes first, then the sending, and nobody repeats
it after a fail-over. A row of changes longer than we keep drops the oldest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from engine.alerting.ways import NotSent, NotWanted, Way
from engine.alerting.words import Told
from okno import logs
from okno.errors import OknoError

log = logs.get(__name__)

KEPT = 100
# Half an hour of trying; a mail server that is away longer is known by then.
AGAIN_S = (1.0, 5.0, 15.0, 60.0, 300.0, 600.0, 900.0)
_LEASE_LOOK_S = 0.2


class Outside:
    """Sends alerts.

    Args:
        ways: out.
        sure: whether we lead.
        registry: of the metrics.
        again_s: how long to wait before each further try.
    """

    def __init__(
        self, ways: Sequence[Way], sure: Callable[[], bool], registry: CollectorRegistry,
        again_s: Sequence[float] = AGAIN_S,
    ) -> None:
        self._ways = {way.name: way for way in ways}
        self._sure, self._again_s = sure, again_s
        self._rows: dict[str, deque[Told]] = {name: deque() for name in self._ways}
        self._wakes = {name: asyncio.Event() for name in self._ways}
        self._last: dict[str, str] = {}
        self._sent = Counter(
            "okno_alerts_sent", "Alerts told outside, by how it ended.", ["way", "end"], registry=registry
        )
        self._waiting = Gauge("okno_alerts_waiting", "Alerts that wait to be told.", ["way"], registry=registry)
        for name in self._ways:
            self._waiting.labels(name).set(0)

    def tell(self, told: Told) -> None:
        """Take one change of an alert; never waits."""
        for name, row in self._rows.items():
            if len(row) >= KEPT:
                row.popleft()
                self._ended(name, "dropped", "too many wait")
            row.append(told)
            self._waiting.labels(name).set(len(row))
            self._wakes[name].set()

    def status(self) -> list[dict[str, Any]]:
        """Return how each way is: how many wait, and why the last try failed (empty when it did not)."""
        return [
            {"way": name, "waiting": len(row), "trouble": self._last.get(name, "")} for name, row in self._rows.items()
        ]

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._ways:
                group.create_task(self._send_all(name), name=f"alerts by {name}")
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Let go of connections."""
        for way in self._ways.values():
            await way.close()

    async def _send_all(self, name: str) -> None:
        row, wake = self._rows[name], self._wakes[name]
        while True:
            await wake.wait()
            wake.clear()
            while row:
                told = row[0]
                await self._deliver(name, told)
                if row and row[0] is told:
                    row.popleft()
                self._waiting.labels(name).set(len(row))

    async def _deliver(self, name: str, told: Told) -> None:
        for pause in (*self._again_s, None):
            while not self._sure():  # noqa: ASYNC110  # a clock has no event to wait for
                await asyncio.sleep(_LEASE_LOOK_S)
            try:
                await self._ways[name].send(told)
            except NotSent as trouble:
                self._last[name] = str(trouble)
                if pause is None:
                    break
                self._sent.labels(name, "again").inc()
                log.warning("alert_not_sent_yet", extra={"way": name, "why": str(trouble), "again_in_s": pause})
                await asyncio.sleep(pause)
            except NotWanted as refusal:
                self._ended(name, "refused", str(refusal))
                return
            except OknoError as flaw:  # a secret that is not there: a person must put it there first
                self._ended(name, "failed", flaw.key)
                return
            except Exception as error:
                # A mistake of ours with one alert: out of here it would end every way, and with them all later alerts.
                # The log keeps its kind and place (okno.logs.faults); `_ended` counts it, the status names its kind.
                log.exception("alert_failed", extra={"way": name})
                self._ended(name, "failed", type(error).__name__)
                return
            else:
                self._last.pop(name, None)
                self._sent.labels(name, "sent").inc()
                log.info("alert_sent", extra={"way": name, "alert": told.alert, "state": told.state})
                return
        self._ended(name, "failed", self._last.get(name, ""))

    def _ended(self, name: str, end: str, why: str) -> None:
        self._last[name] = why
        self._sent.labels(name, end).inc()
        log.error("alert_given_up", extra={"way": name, "end": end, "why": why})
