"""Whatever order answers of `mis`, work of the MIS and people's commands come in: one owner, one offer, one report."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.effects import ForgetPatients, KnowPatients, ReportContact
from engine.requests.routing.sweeping import _agree
from engine.world import PatientRoute, Put, Request, World
from tests.engine.clinic import RULES, at
from tests.engine.floor import floor, offer, play

KEYS = [str(UUID(int=number)) for number in range(1, 5)]
ROUTES = (
    PatientRoute(flag="vip", operator="ivanov", priority=50), PatientRoute(doctor="d7", queue="back"),
    PatientRoute(flag="debt", queue="front", operator="petrova"),
)  # fmt: skip
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
STEPS = (
    "open", "work", "known", "late", "visit", "accept", "refuse", "identify", "disown", "complete", "transfer", "aside", "sweep",
    "over",
)
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(KEYS), st.integers(0, 5)), min_size=1, max_size=40)


class Floor:
    """A clinic with a MIS, and everything its rooms ordered."""

    def __init__(self) -> None:
        self.world: World = floor()
        self.world.apply([Put(replace(RULES, patients=True, routes=ROUTES))])
        self.said: list[Any] = []
        self._seconds, self._commands = count(10), count()

    def step(self, what: str, key: str, dice: int) -> None:
        """One thing happens."""
        now, request = at(next(self._seconds)), self.world.get(Request, key)
        over = ev.WorkEnded(at=now, key=key, why="taken") if what == "over" else None
        if (event := over or self._event(what, key, dice, now, request)) is not None:
            self.said += play(self.world, event)

    def _event(self, what: str, key: str, dice: int, now: Any, request: Request | None) -> Any:
        who = {"at": now, "command": f"c{next(self._commands)}", "actor": "boss", "role": "supervisor", "operator": None}
        phone = f"+7999000000{KEYS.index(key)}"
        asked = offer(self.world, key)
        match what:
            case "open":
                return ev.OpenAsked(**who, id=key, kind=("form", "callback")[dice % 2], queue=("front", "back")[dice // 3], phone=phone)
            case "work":
                return ev.WorkTold(
                    at=now, key=key, reason="changed", queue="front", priority=dice, due_at=now, phone=phone if dice else "",
                    patient=f"p{dice % 2}",
                )  # fmt: skip
            case "known" | "late":
                flags = (("vip",), ("debt",), (), ("allergy",), (), ())[dice]
                return ev.PatientsKnown(
                    at=now, request=key, phone=phone, found=dice, flags=flags, doctor="d7" if dice == 4 else "",
                    opening=what == "known",
                )  # fmt: skip
            case "visit":
                return ev.VisitTold(at=now, key=key, request=key, what="booked", actor="orlova")
            case "accept" | "refuse" if asked is not None:
                kind = ev.AcceptAsked if what == "accept" else ev.RefuseAsked
                return kind(**(who | {"operator": asked.operator, "role": "operator"}), offer=asked.key)
            case "identify":
                return ev.IdentifyAsked(**who, request=key, patient=f"p{dice}", verified=("name", "document"))
            case "disown":
                return ev.DisownAsked(**who, request=key)
            case "complete":
                return ev.CompleteAsked(**who, request=key)
            case "transfer":
                return ev.TransferAsked(**who, request=key, to_queue=("front", "back")[dice % 2])
            case "aside" if request is not None:
                return ev.PostponeAsked(**who, request=key, until=now.replace(year=now.year + 1, month=1))
            case "sweep":
                return ev.Swept(at=now)
        return None


@QUICK
@given(steps)
def test_one_offer_one_forgetting_one_report(script: list[tuple[str, str, int]]) -> None:
    made, closed, patients = Floor(), 0, 0
    for what, key, dice in script:
        before = {one.key: one for one in made.world.all(Request)}
        mark = len(made.said)
        made.step(what, key, dice)
        now = {one.key: one for one in made.world.all(Request)}
        gone = [one for name, one in before.items() if name not in now]
        closed += len(gone)
        if what == "over":  # nobody had it, nothing came of it: there is nothing to report
            assert all(one.owner is None and one.works == (key,) for one in gone)
        else:
            patients += sum(bool(one.patient) for one in gone)
        for one in gone:  # nothing is held for who is done
            about = [said for said in made.said[mark:] if isinstance(said, KnowPatients | ForgetPatients) and said.waits == one.key]
            assert not one.phone or about == [ForgetPatients(waits=one.key)]
        for one in now.values():
            assert _agree(one, offer(made.world, one.key)), one
            assert one.queue in ("front", "back") and (one.patient == "" or one.patient[0] == "p")
    assert sum(isinstance(said, ReportContact) for said in made.said) == patients <= closed
    numbers = sorted(one.number for one in made.world.all(Request))
    assert len(set(numbers)) == len(numbers)
