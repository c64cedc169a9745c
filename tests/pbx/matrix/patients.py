"""Patients with a softphone: they speak (silence), so Asterisk optimises Local channels away, and keep their own times."""

from __future__ import annotations

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.stage import OUTSIDE
from tests.pbx.softphone import Softphone


def patient(clinic: Clinic, n: int = 1) -> Softphone:
    """The scenario's n-th person outside, ready to call through the trunk."""
    return Softphone(clinic.number(n), clinic.stage.free(OUTSIDE), clinic.pbx)
