"""Whose request it is, whom it is about, and who was shown for it: what an operator may ask hangs on these.

Only the owner of an open request asks, or a supervisor; who it may be is told already to the operator whose phone it
rings, or to whom it is offered. Of a patient he hears more than name and year only once the engine says that an
operator confirmed this patient for this request (P6). What the browser says of that counts nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Final, TypeVar
from uuid import UUID

import pydantic

from mis.client import Asker
from okno.errors import OurFault, Refused
from okno.service import ServiceDown, ServiceRefused
from web.live.desk import Caller
from web.replica import Replica
from web.view import Row

# So many requests' candidates are remembered; of an older one whoever was found by its number is looked up anew.
_REQUESTS: Final = 5_000
_WHY_OF_STATUS: Final = {400: "bad_request", 404: "not_found"}
_MIS: Final = "mis.error."

T = TypeVar("T")


class No(Refused):
    """What is asked is refused.

    Args:
        why: the word for it, as screens know it.
    """

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class NotUnderstood(OurFault):
    """`mis` answered what its own words do not allow."""


async def told(asked: Awaitable[T], *, write: bool = False) -> T:
    """Return what `mis` answers.

    Args:
        asked: the question, on its way.
        write: whether it changes something: then silence leaves open whether it was done (P2).

    Raises:
        No: why there is no answer.
        NotUnderstood: the answer is none.
    """
    try:
        return await asked
    except ServiceDown:
        raise No("unknown" if write else "mis_down") from None
    except ServiceRefused as refusal:
        key = str(refusal.problem.get("key", ""))
        why = key.removeprefix(_MIS) if key.startswith(_MIS) else _WHY_OF_STATUS.get(refusal.status, "refused")
        raise No(why) from None
    except pydantic.ValidationError:
        raise NotUnderstood from None


class Whose:
    """Judges who may ask.

    Args:
        replica: this process's copy of the engine's world.
    """

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._shown: OrderedDict[str, set[str]] = OrderedDict()

    def row(self, caller: Caller, request: UUID) -> Row:
        """Return an open request's row, in full. Raises No: there is none, or it is another's.

        What no word of the engine says is never told as gone: a page would take a booking for not sent (P2).
        """
        row = self._replica.request(str(request))
        if row is None:
            raise No("no_request" if self._replica.epoch else "engine_down")
        own = caller.who.operator is not None and row.get("owner") == caller.who.operator
        if not own and caller.who.role != "supervisor":
            raise No("not_yours")
        return row

    def reached(self, caller: Caller, request: UUID) -> Row:
        """Return the row of a request that is the caller's, or is about to be: it rings him, or is offered to him.

        Raises No, as `row`.
        """
        row = self._replica.request(str(request))
        if row is not None and caller.who.operator and self._comes(caller.who.operator, row):
            return row
        return self.row(caller, request)

    def _comes(self, operator: str, row: Row) -> bool:
        if self._replica.rung(operator, str(row["id"])):
            return True
        calls = (self._replica.tables.get("calls", {}).get(key, {}) for key in row.get("calls") or ())
        if any(operator in call.get("ringing", ()) for call in calls):
            return True
        offers = self._replica.tables.get("offers", {}).values()
        return any(
            offer["request"] == row["id"] and offer["operator"] == operator and offer["state"] == "pending"
            for offer in offers
        )

    def waits(self, row: Row) -> str:
        """Return for whom the engine had candidates held: the request's live call, or else the request itself."""
        calls = self._replica.tables.get("calls", {})
        live = (key for key in reversed(row.get("calls") or ()) if key in calls and not calls[key].get("ended_at"))
        return str(next(live, row["id"]))

    def patient(self, caller: Caller, request: UUID) -> str:
        """Return the id of the patient confirmed for a request. Raises No, also when there is none yet."""
        patient = self.row(caller, request).get("patient")
        if not patient:
            raise No("not_identified")
        return str(patient)

    def asker(self, caller: Caller, row: Mapping[str, Any], purpose: str = "") -> Asker:
        """Return who asks and why, for the audit of `mis`: "call" or "request" when no other purpose is given."""
        usual = "call" if row.get("kind") == "call" else "request"
        return Asker(actor=caller.who.name, role=caller.who.role, purpose=purpose or usual, request=UUID(row["id"]))

    def show(self, row: Mapping[str, Any], patients: Iterable[str]) -> None:
        """Remember who was shown for a request: of these one may be confirmed."""
        self._shown.setdefault(row["id"], set()).update(patients)
        self._shown.move_to_end(row["id"])
        while len(self._shown) > _REQUESTS:
            self._shown.popitem(last=False)

    def showed(self, row: Mapping[str, Any], patient: str) -> bool:
        """Say whether this patient was shown for a request here, or is whom the MIS itself means by it."""
        return patient in self._shown.get(row["id"], ()) or patient in (row.get("patient"), row.get("meant"))

    def ahead(self, row: Mapping[str, Any]) -> None:
        """Take a request's row from the answer to an order: the live feed may bring it a moment later."""
        self._replica.ahead(row)
