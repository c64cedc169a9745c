"""What came of a contact, written back to the MIS: taken from the engine, kept sealed, repeated until it is there."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta
from uuid import UUID

from pydantic import TypeAdapter

from mis.feed import REPORT_PLACE, ContactReported
from mis.terms import Connector, ContactReport, Context, Forbidden, MisError, NotConnected, NotOffered
from okno import clock, logs
from okno.bus import BusEvent
from okno.database import Connection, Database, DatabaseDown
from okno.seal import Keyring, SealBroken
from okno.settings import MisSettings

log = logs.get(__name__)

_TICK_S = 2.0
_REPORT = TypeAdapter(ContactReport)
_PLACE = {"table": "reports", "column": "report"}
_PAUSES_S = (2, 10, 60, 300, 900, 3600)
# About a day of tries; then it is left, and the log says so.
_TRIES = 28
_FINAL = frozenset(("invalid", "not_found", "forbidden", "conflict", "ambiguous"))
_EMPTY = b""


class Reports:
    """Writes reports back.

    Args:
        mis: the connector, guarded.
        settings: `mis` of okno.yaml.
        database: of `mis`.
        keyring: opens what the bus brings, seals what is kept.
    """

    def __init__(self, mis: Connector, settings: MisSettings, database: Database, keyring: Keyring) -> None:
        self._mis, self._settings, self._database = mis, settings, database
        self._bus, self._own = keyring.sealer("bus"), keyring.sealer("mis")

    async def handle(self, event: BusEvent, connection: Connection) -> None:
        """Take one event of `engine.reports`, in the transaction that notes it."""
        if event.kind != "ContactReported":
            return
        told = ContactReported.model_validate(event.payload)
        if "report_contact" not in self._mis.capabilities:
            return
        text = self._bus.open(base64.b64decode(told.report), row=str(told.key), **REPORT_PLACE)
        report = _REPORT.validate_python(json.loads(text) | {"key": str(told.key)})
        await connection.execute(
            "INSERT INTO reports (key, report) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            told.key, self._own.seal(_REPORT.dump_json(report).decode(), row=self._row(told.key), **_PLACE),
        )  # fmt: skip

    async def run(self) -> None:
        """Write back what waits, until cancelled."""
        while True:
            try:
                while await self.send():
                    pass
            except (NotConnected, NotOffered):
                log.info("reports_wait")
            except DatabaseDown:
                await self._database.wait_available()
            await asyncio.sleep(_TICK_S)

    async def send(self) -> bool:
        """Write the next one back; say whether there was one. Raises NotConnected, NotOffered, DatabaseDown."""
        row = await self._database.fetchrow(
            "SELECT key, report, tries FROM reports WHERE done_at IS NULL AND next_at <= $1 ORDER BY next_at LIMIT 1",
            clock.now(),
        )
        if row is None:
            return False
        key: UUID = row["key"]
        error = await self._told(key, row["report"])
        if error and error not in _FINAL and row["tries"] + 1 < _TRIES:
            await self._later(key, row["tries"], error)
            return True
        if error:
            log.error("report_not_taken", extra={"reason": error, "tries": row["tries"] + 1})
        await self._database.execute(
            "UPDATE reports SET done_at = $2, error = $3, tries = tries + 1, report = $4 WHERE key = $1",
            key, clock.now(), error, _EMPTY,
        )  # fmt: skip
        return True

    async def _told(self, key: UUID, blob: bytes) -> str:
        """Write one back; return the code of what went wrong. Raises NotConnected, NotOffered."""
        try:
            report = _REPORT.validate_json(self._own.open(blob, row=self._row(key), **_PLACE))
        except SealBroken:  # of another MIS, where the id is somebody else's, or of a key that was retired since
            return Forbidden.code
        ctx = Context(actor="mis", purpose="report", deadline=clock.monotonic() + self._settings.write_s, key=str(key))
        try:
            await self._mis.report_contact(ctx, report)
        except MisError as failed:  # of unknown outcome too: the same key twice is one
            return failed.code
        return ""

    def _row(self, key: UUID) -> str:
        return f"{self._settings.connector}\n{key}"

    async def _later(self, key: UUID, tries: int, error: str) -> None:
        pause = timedelta(seconds=_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
        await self._database.execute(
            "UPDATE reports SET tries = tries + 1, next_at = $2, error = $3 WHERE key = $1",
            key, clock.now() + pause, error,
        )  # fmt: skip
