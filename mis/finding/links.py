"""What operators said of a number: this patient's, or not his. Kept here, never written into the MIS (trap 6)."""

from __future__ import annotations

from typing import Literal

from okno import clock
from okno.database import Connection, Database
from okno.seal import SealBroken, Sealer

Verdict = Literal["confirmed", "disowned"]


class Links:
    """Numbers and patients, both sealed and found by blind indexes.

    Args:
        database: `mis`'s own.
        sealer: `mis`'s own.
        connector: which MIS the patients are of; what was said of those of another is not found.
    """

    def __init__(self, database: Database, sealer: Sealer, connector: str) -> None:
        self._database, self._sealer, self._connector = database, sealer, connector

    async def say(self, e164: str, patient: str, verdict: Verdict, actor: str, connection: Connection) -> None:
        """Note what an operator said, in the caller's transaction; the last word counts."""
        phone, whose = self._phone(e164), self._sealer.blind(patient, purpose="patient")
        await connection.execute(
            "INSERT INTO patient_links (phone, patient_blind, patient, verdict, actor, at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (phone, patient_blind) DO UPDATE"
            " SET verdict = EXCLUDED.verdict, actor = EXCLUDED.actor, at = EXCLUDED.at",
            phone, whose, self._sealer.seal(patient, table="patient_links", column="patient", row=_row(phone, whose)),
            verdict, actor, clock.now(),
        )  # fmt: skip

    async def of(self, e164: str) -> dict[str, Verdict]:
        """Return what was said of a number, by patient. Raises DatabaseDown."""
        phone = self._phone(e164)
        rows = await self._database.fetch(
            "SELECT patient_blind, patient, verdict FROM patient_links WHERE phone = $1", phone
        )
        said: dict[str, Verdict] = {}
        for row in rows:
            try:
                patient = self._sealer.open(
                    row["patient"], table="patient_links", column="patient", row=_row(phone, row["patient_blind"])
                )
            except SealBroken:  # its key was retired: as if nothing had been said
                continue
            said[patient] = row["verdict"]
        return said

    def _phone(self, e164: str) -> bytes:
        return self._sealer.blind(e164, purpose=f"phone:{self._connector}")


def _row(phone: bytes, patient: bytes) -> str:
    return f"{phone.hex()}{patient.hex()}"
