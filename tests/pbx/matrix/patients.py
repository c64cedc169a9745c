"""Patients with a softphone: they speak (silence), so Asterisk optimises Local channels away, and keep their own times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.stage import OUTSIDE
from tests.pbx.softphone import Softphone


def patient(clinic: Clinic, n: int = 1) -> Softphone:
    """The scenario's n-th person outside, ready to call through the trunk."""
    return Softphone(clinic.number(n), clinic.stage.free(OUTSIDE), clinic.pbx)


@asynccontextmanager
async def people(clinic: Clinic, *extensions: str, patients: int = 1) -> AsyncIterator[list[Softphone]]:
    """Patients 1… and then the phones at these desks; whatever call is left at the end is hung up."""
    async with AsyncExitStack() as stack:
        phones = [patient(clinic, n) for n in range(1, patients + 1)]
        phones += [Softphone(extension, clinic.desk(extension), clinic.pbx) for extension in extensions]
        yield [await stack.enter_async_context(phone) for phone in phones]
