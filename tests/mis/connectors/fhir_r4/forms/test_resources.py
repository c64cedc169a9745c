"""A code that FHIR does not know is `unknown`: both servers tried took "bananas" (the MIS sheet, 2.5)."""

from __future__ import annotations

from mis.connectors.fhir_r4.forms.resources import Appointment, Coverage, Patient, Slot


def test_unknown_codes_are_unknown() -> None:
    visit = Appointment.model_validate({
        "resourceType": "Appointment", "status": "bananas", "participant": [{"actor": {}, "status": ["accepted"]}],
    })  # fmt: skip
    assert (visit.status, visit.participant[0].status) == ("unknown", "unknown")
    slot = {"resourceType": "Slot", "schedule": {}, "start": "", "end": ""}
    assert Slot.model_validate(slot).status == "unknown"
    assert Patient.model_validate({"resourceType": "Patient", "gender": 5}).gender == "unknown"


def test_a_label_of_another_system_does_not_restrict() -> None:
    for security, restricted in (
        ([{"system": "urn:other", "code": "R"}], False), ([{"code": "V"}], True), ([{"code": "N"}], False), ([], False),
    ):  # fmt: skip
        raw = {"resourceType": "Patient", "meta": {"security": security}}
        assert Patient.model_validate(raw).restricted is restricted


def test_a_word_python_keeps_for_itself_is_read() -> None:
    raw = {"resourceType": "Coverage", "class": [{"value": "plan"}], "subscriberId": "7"}
    assert (Coverage.model_validate(raw).classes[0].value, Coverage.model_validate(raw).subscriber_id) == ("plan", "7")
