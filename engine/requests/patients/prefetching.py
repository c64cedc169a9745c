"""When a request that is not a call wants its number looked up, and when no more; and what of it the MIS is told."""

from datetime import datetime

from engine.effects import ForgetPatients, KnowPatients, ReportContact
from engine.room import Said
from engine.world import Request, Rules, View
from engine.world.reading import number_known


def know(world: View, request: Request, *, opening: bool = False) -> Said:
    """It was opened, or somebody is asked for it or has it: who may it be?"""
    if _looks(world, request):
        phone = number_known(world, request)
        yield KnowPatients(phone=phone, waits=request.key, request=request.key, opening=opening)


def forget(world: View, request: Request) -> Said:
    """Nobody has it before another look-up."""
    if _looks(world, request):
        yield ForgetPatients(waits=request.key)


def report(request: Request, at: datetime) -> Said:
    """It is done, and about a patient an operator confirmed."""
    if request.patient:
        yield ReportContact(
            request=request.key, patient=request.patient, at=at, kind=request.kind, outcome=request.outcome,
            operator=request.owner or "",
        )  # fmt: skip


def _looks(world: View, request: Request) -> bool:
    """Whether it has a number of its own to ask by; a call's is looked up for the call."""
    if request.kind == "call" or not (world.get(Rules, "rules") or Rules()).patients:
        return False
    return bool(number_known(world, request))
