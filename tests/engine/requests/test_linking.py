"""Whose a request is, and what he is called: said by whoever has it in hand, and by nobody else."""

from dataclasses import replace
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand, FindContact
from engine.requests import linking
from engine.world import Append, Call, Contact, ContactName, ContactPoint, HistoryEntry, Put, Request, World
from tests.engine.clinic import at, clinic
from tests.engine.playbook import Playbook, perform

KEY = "01a1fc83-0000-7000-8000-000000000001"
IVANOVA, PETROVA = "01a1fc83-0000-7000-8000-00000000000a", "01a1fc83-0000-7000-8000-00000000000b"
NUMBER, OTHER = "+79990001873", "+79990001874"


def world(**fields: Any) -> World:
    """A clinic with one request in Orlova's hands; who it is of nobody knows."""
    made = clinic()
    given = {"key": KEY, "year": 2026, "number": 1, "kind": "callback", "status": "in_progress", "owner": "orlova",
             "created_at": at(0), "since": at(0)}  # fmt: skip
    made.apply([Put(Request(**(given | fields)))])
    return made


def link(**fields: Any) -> ev.LinkAsked:
    given = {"at": at(5), "command": "c1", "actor": "orlova.a", "role": "operator", "operator": "orlova", "request": KEY}
    return ev.LinkAsked(**(given | fields))


def name(text: str, **fields: Any) -> ev.NameAsked:
    given = {"at": at(5), "command": "c1", "actor": "orlova.a", "role": "operator", "operator": "orlova", "request": KEY}
    return ev.NameAsked(name=text, **(given | fields))


def no(why: str, by: str = "") -> AnswerCommand:
    return AnswerCommand(command="c1", ok=False, why=why, by=by, request=KEY)


YES = AnswerCommand(command="c1", ok=True, request=KEY)


def request(of: World) -> Request:
    found = of.get(Request, KEY)
    assert found is not None
    return found


def lines(of: World, event: Any) -> list[HistoryEntry]:
    """The lines of history an event leaves."""
    return [one.entry for outcome in perform(of, event) for one in outcome.changes if isinstance(one, Append)]


def test_a_number_makes_the_request_somebody_s():
    play = Playbook(world())
    assert play >> link(phone=NUMBER, version=1) << FindContact(phone=NUMBER) << YES
    linked = request(play.world)
    assert (linked.phone, linked.contact, linked.version) == (NUMBER, None, 2)
    play.play([ev.ContactFound(at=at(6), phone=NUMBER, contact=IVANOVA, earlier=3, name="Ivanova")])
    assert play
    assert (request(play.world).contact, request(play.world).version) == (IVANOVA, 2)
    known = play.world.get(Contact, IVANOVA)
    assert known is not None and (known.earlier, known.name) == (3, "Ivanova")


def test_a_known_contact_is_there_at_once_and_said_again_changes_nothing():
    play = Playbook(world())
    assert play >> link(contact=IVANOVA, phone=NUMBER) << FindContact(phone=NUMBER) << YES
    assert (request(play.world).contact, request(play.world).version) == (IVANOVA, 2)
    assert play >> link(contact=IVANOVA, phone=NUMBER, version=2) << YES
    assert request(play.world).version == 2


def test_the_history_says_who_linked_it_and_no_number():
    (line,) = lines(world(), link(phone=NUMBER))
    assert (line.what, line.actor, line.operator, line.note) == ("linked", "orlova.a", "orlova", "")


def test_a_request_goes_over_to_another_number_and_the_old_contact_is_forgotten():
    made = world(phone=NUMBER, contact=IVANOVA)
    made.apply([Put(Contact(key=IVANOVA, phone=NUMBER)), Put(Contact(key=PETROVA, phone=OTHER))])
    assert Playbook(made) >> link(phone=OTHER) << FindContact(phone=OTHER) << YES
    assert (request(made).phone, request(made).contact) == (OTHER, PETROVA)
    assert made.get(Contact, IVANOVA) is None and made.get(Contact, PETROVA) is not None


def test_a_hidden_caller_still_on_the_line_is_his_too():
    made = world(kind="call", calls=(PETROVA,))
    made.apply([Put(Call(key=PETROVA, pbx="main", direction="inbound", channel="1.1", started_at=at(0), request=KEY))])
    assert Playbook(made) >> link(contact=IVANOVA, phone=NUMBER) << FindContact(phone=NUMBER) << YES
    call = made.get(Call, PETROVA)
    assert call is not None and (call.contact, call.phone) == (IVANOVA, "")


@pytest.mark.parametrize("event", [link(phone=NUMBER), name("Ivanova")])
def test_whose_it_is_not_may_not_say_it(event: Any):
    other = replace(event, operator="klimov")
    assert Playbook(world(contact=IVANOVA)) >> other << no("not_yours", "orlova")
    assert Playbook(world(owner=None, contact=IVANOVA)) >> event << no("not_yours")
    assert Playbook(world(contact=IVANOVA)) >> replace(event, version=7) << no("stale")
    assert Playbook(clinic()) >> event << no("not_found")
    boss = replace(event, operator=None, role="supervisor")
    assert Playbook(world(owner=None, contact=IVANOVA), see=(AnswerCommand,)) >> boss << YES


@pytest.mark.parametrize("fields", [{}, {"contact": IVANOVA}, {"phone": "112"}, {"phone": "x"}, {"phone": "anonymous"}])
def test_who_is_not_known_is_refused(fields: dict[str, str]):
    made = world()
    assert Playbook(made) >> link(**fields) << no("bad_contact")
    assert request(made).version == 1


def test_a_name_is_written_and_told_in_the_history():
    made = world(phone=NUMBER, contact=IVANOVA)
    made.apply([Put(Contact(key=IVANOVA, phone=NUMBER, earlier=2))])
    outcomes = perform(made, name("  Иванова   Мария "))
    written = [one.entity for out in outcomes for one in out.changes if isinstance(one, Put)]
    assert ContactName(key=IVANOVA, name="Иванова Мария", actor="orlova.a", at=at(5)) in written
    assert made.get(ContactName, IVANOVA) is None
    assert made.get(Contact, IVANOVA) == Contact(key=IVANOVA, phone=NUMBER, earlier=2, name="Иванова Мария")
    (line,) = [one.entry for out in outcomes for one in out.changes if isinstance(one, Append)]
    assert (line.what, line.note, line.actor) == ("named", "Иванова Мария", "orlova.a")
    assert request(made).version == 2
    # What the store was asked before the name was given says nothing of it.
    perform(made, ev.ContactFound(at=at(6), phone=NUMBER, contact=IVANOVA, earlier=2, name="Old"))
    known = made.get(Contact, IVANOVA)
    assert known is not None and known.name == "Иванова Мария"


def test_an_empty_name_takes_it_back():
    made = world(phone=NUMBER, contact=IVANOVA)
    made.apply([Put(Contact(key=IVANOVA, phone=NUMBER, name="Ivanova"))])
    (line,) = lines(made, name("  "))
    assert (line.what, line.note) == ("unnamed", "")


@pytest.mark.parametrize(
    ("text", "contact", "why"),
    [("Ivanova", None, "no_contact"), ("12345", IVANOVA, "bad_name"), ("И" * (linking.LONGEST_NAME + 1), IVANOVA, "bad_name")],
)
def test_what_is_no_name_is_refused(text: str, contact: str | None, why: str):
    assert Playbook(world(contact=contact)) >> name(text) << no(why)


def test_the_number_somebody_called_from_is_the_contact_s_from_now_on():
    made = world(phone=OTHER, contact=PETROVA)
    made.apply([Put(Contact(key=PETROVA, phone=OTHER))])
    play = Playbook(made)
    assert play >> link(contact=IVANOVA, phone=NUMBER) << FindContact(phone=OTHER) << YES
    assert (request(made).phone, request(made).contact) == (OTHER, IVANOVA)
    assert made.get(Contact, IVANOVA) == Contact(key=IVANOVA, phone=NUMBER, phones=(OTHER,))
    assert made.get(Contact, PETROVA) is None and not list(made.all(ContactPoint))
    # The store was asked before: what it then knew is older than what was said.
    play.play([ev.ContactFound(at=at(6), phone=OTHER, contact=PETROVA)])
    assert play and request(made).contact == IVANOVA


def test_the_word_about_a_number_is_written_and_whatever_else_is_open_of_it_goes_over():
    made = world(phone=OTHER, contact=PETROVA)
    made.apply([
        Put(Contact(key=PETROVA, phone=OTHER, phones=("+79990001875",))),
        Put(replace(request(made), key=PETROVA, number=2)), Put(replace(request(made), key=IVANOVA, number=3, phone="")),
    ])  # fmt: skip
    outcomes = perform(made, link(contact=IVANOVA, phone=NUMBER))
    (point,) = [one.entity for out in outcomes for one in out.changes if isinstance(one, Put) and isinstance(one.entity, ContactPoint)]
    assert (point.contact, point.phone, point.actor) == (IVANOVA, OTHER, "orlova.a")
    assert {one.key: one.contact for one in made.all(Request)} == {KEY: IVANOVA, PETROVA: IVANOVA, IVANOVA: PETROVA}
    assert made.get(Contact, PETROVA) == Contact(key=PETROVA, phone="+79990001875")
    said = [one.entry.what for out in outcomes for one in out.changes if isinstance(one, Append)]
    assert said == ["linked_number"]
