"""What came of a contact with a patient, as `mis` gets it: sealed for the bus, one for each closing of a request."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.effects import ReportContact
from mis.feed import REPORT_PLACE, ContactReported
from okno.ids import uuid7_of
from okno.seal import Sealer


def reported(report: ReportContact, bus: Sealer | None) -> tuple[UUID, str, Mapping[str, Any]]:
    """Return a report's row of the outbox: id, kind, payload.

    Raises:
        ValueError: there is nothing to seal with.
    """
    if bus is None:
        raise ValueError("a report without the bus's key")
    key = uuid7_of(report.at, "report", report.request)
    text = json.dumps({
        "patient": report.patient, "at": report.at.isoformat(), "kind": report.kind, "outcome": report.outcome,
        "operator": report.operator,
    }, ensure_ascii=False)  # fmt: skip
    sealed = base64.b64encode(bus.seal(text, row=str(key), **REPORT_PLACE)).decode()
    return key, "ContactReported", ContactReported(key=key, report=sealed).model_dump(mode="json")
