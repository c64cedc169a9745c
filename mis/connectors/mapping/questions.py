"""What each operation is asked with: the names its templates and its SELECT may use. Maps are rehearsed with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mis.connectors import BadOptions
from mis.connectors.mapping.format import Map, OperationName
from mis.connectors.mapping.source.templates import RequestTemplate
from mis.connectors.mapping.source.views import bind
from mis.terms import Appointment, BookingOrder, ContactReport, Named, PatientDraft, Slot

_SEARCH = ("phones", "tails", "name", "folded", "born", "card_number", "limit")
_ORDER = ("order", "slot", "patient", "service", "comment", "branch", "doctor")
QUESTIONS: Mapping[OperationName, tuple[str, ...]] = {
    "state": (),
    "patients_by_phone": _SEARCH,
    "patients_by_name": _SEARCH,
    "patients_by_card": _SEARCH,
    "patient": ("patient",),
    "insurance": ("patient",),
    "balance": ("patient",),
    "flags": ("patient",),
    "relatives": ("patient",),
    "branches": (),
    "specialties": (),
    "doctors": (),
    "services": (),
    "cancel_reasons": (),
    "slots": ("since", "until", "doctor", "doctor_name", "specialty", "branch", "service", "limit"),
    "visit": ("visit_id",),
    "visits_of_patient": ("patient", "since", "until", "limit"),
    "visits_in_window": ("since", "until", "doctor", "branch", "limit"),
    "changes": ("since", "until"),
    "book": _ORDER,
    "reschedule": (*_ORDER, "visit"),
    "cancel": ("visit", "patient", "reason"),
    "confirm": ("visit", "patient"),
    "mark": ("visit", "patient", "status"),
    "create_patient": ("draft", "phone"),
    "report_contact": ("report",),
}
# Every question has these besides; of a page `offset` and `page`, of `each: phone` the number as the MIS writes it.
ALWAYS = ("key", "now", "unique")

_AT = datetime(2030, 1, 1, 10, tzinfo=UTC)
_SLOT = Slot(id="s", start=_AT, end=_AT + timedelta(minutes=30), doctor=Named(id="1", name="d"),
             branch=Named(id="1", name="b"))  # fmt: skip
_VISIT = Appointment(id="1", status="booked", patient="1", start=_AT, end=_SLOT.end, doctor=_SLOT.doctor,
                     branch=_SLOT.branch)  # fmt: skip
_SAMPLES: Mapping[str, Any] = {
    "phones": ("1",), "tails": ["1"], "name": "n", "folded": "n", "born": date(2000, 1, 1), "card_number": "1",
    "limit": 1, "patient": "1", "since": _AT, "until": _AT, "doctor": "1", "doctor_name": "d", "specialty": "1",
    "branch": "1", "service": "1", "visit_id": "1", "slot": _SLOT, "comment": "c", "visit": _VISIT, "reason": "r",
    "order": BookingOrder(key="k", slot=_SLOT, patient="1"), "status": "arrived", "phone": "1", "key": "k", "now": _AT,
    "unique": "u", "offset": 0, "page": 1, "draft": PatientDraft(key="k", family="f", given="g"),
    "report": ContactReport(key="k", patient="1", at=_AT, kind="call", outcome="o", operator="p"),
}  # fmt: skip


def rehearse(made: Map, templates: Mapping[OperationName, RequestTemplate], values: Mapping[str, str | int]) -> None:
    """Ask every question of a map once, into the air. Raises BadOptions naming the operation that would fail."""
    for name, operation in made.operations.items():
        names = {*QUESTIONS[name], *ALWAYS, "offset", "page", *(("phone",) if operation.each == "phone" else ())}
        context = {**values, **{one: _SAMPLES[one] for one in names}}
        try:
            if operation.sql:
                bind(operation.sql, context)
            else:
                templates[name].render(context)
        except BadOptions as error:
            raise BadOptions(f"{error} (operation {name})") from None
