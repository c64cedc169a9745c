"""A patient is an operator's word, by two identifiers; what he was asked is in no history."""

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand, ReportContact
from engine.world import Append, HistoryEntry, Put, Request, World
from tests.engine.clinic import at, clinic
from tests.engine.playbook import Playbook, perform

KEY = "01a1fc83-0000-7000-8000-000000000001"
CHILD, MOTHER = "Patient/child", "Patient/mother"
YES = AnswerCommand(command="c1", ok=True, request=KEY)
SAID: dict[str, Any] = {
    "at": at(5), "command": "c1", "actor": "orlova.a", "role": "operator", "operator": "orlova", "request": KEY,
}


def world(**fields: Any) -> World:
    """A clinic with one callback in Orlova's hands."""
    made = clinic()
    given = {"key": KEY, "year": 2026, "number": 1, "kind": "callback", "status": "in_progress", "owner": "orlova",
             "created_at": at(0), "since": at(0), "phone": "+79990001873"}  # fmt: skip
    made.apply([Put(Request(**(given | fields)))])
    return made


def identify(patient: str = CHILD, *verified: str, **fields: Any) -> ev.IdentifyAsked:
    return ev.IdentifyAsked(patient=patient, verified=verified or ("name", "birth_date"), **(SAID | fields))


def disown(**fields: Any) -> ev.DisownAsked:
    return ev.DisownAsked(**(SAID | fields))


def no(why: str, by: str = "") -> AnswerCommand:
    return AnswerCommand(command="c1", ok=False, why=why, by=by, request=KEY)


def request(of: World) -> Request:
    found = of.get(Request, KEY)
    assert found is not None
    return found


def lines(of: World, event: Any) -> list[HistoryEntry]:
    """The lines of history an event leaves."""
    return [one.entry for outcome in perform(of, event) for one in outcome.changes if isinstance(one, Append)]


def test_two_identifiers_make_a_patient_and_the_history_has_their_kinds_only() -> None:
    made = world()
    (line,) = lines(made, identify(CHILD, "name", "birth_date", version=1))
    assert (line.what, line.actor, line.operator, line.note) == ("identified", "orlova.a", "orlova", "birth_date name")
    assert (request(made).patient, request(made).version) == (CHILD, 2)


def test_another_patient_takes_the_first_ones_place_and_the_same_one_changes_nothing() -> None:
    made = world(patient=MOTHER)
    assert lines(made, identify(MOTHER)) == [] and request(made).version == 1
    (line,) = lines(made, identify(CHILD))
    assert (line.what, request(made).patient) == ("identified", CHILD)


@pytest.mark.parametrize(("patient", "verified"), [(CHILD, ("name",)), (CHILD, ("name", "name")), ("", ("name", "document"))])
def test_one_identifier_is_none(patient: str, verified: tuple[str, ...]) -> None:
    made = world()
    assert Playbook(made) >> replace(identify(), patient=patient, verified=verified) << no("two_identifiers")
    assert request(made).patient == ""


def test_not_this_patient_is_nobody_again() -> None:
    made = world(patient=CHILD)
    (line,) = lines(made, disown(version=1))
    assert (line.what, line.actor, request(made).patient) == ("disowned", "orlova.a", "")
    assert Playbook(made) >> disown() << no("no_patient")


@pytest.mark.parametrize("event", [identify(), disown()])
def test_whose_it_is_not_may_not_say_it(event: Any) -> None:
    other = replace(event, operator="klimov")
    assert Playbook(world(patient=MOTHER)) >> other << no("not_yours", "orlova")
    assert Playbook(world(patient=MOTHER, owner=None)) >> event << no("not_yours")
    assert Playbook(world(patient=MOTHER)) >> replace(event, version=7) << no("stale")
    assert Playbook(clinic()) >> event << no("not_found")
    boss = replace(event, operator=None, role="supervisor")
    assert Playbook(world(patient=MOTHER), see=(AnswerCommand,)) >> boss << YES


def test_what_came_of_it_is_reported_when_it_is_done_and_only_then() -> None:
    done = ev.CompleteAsked(outcome="booked", **SAID)
    report = ReportContact(
        request=KEY, patient=CHILD, at=at(5), kind="callback", outcome="booked", operator="orlova"
    )
    made = world()
    assert Playbook(made, see=(ReportContact,)) >> identify(CHILD) >> done << report
    assert Playbook(world(), see=(ReportContact,)) >> done
    assert Playbook(world(meant=CHILD), see=(ReportContact,)) >> done
