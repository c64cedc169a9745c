"""A number his channel vouches for joins him with its contact, once; any other is only shown."""

from __future__ import annotations

from dataclasses import replace

from engine import events as ev
from engine.effects import FindContact
from engine.world import Append, Contact, ContactPoint, Conversation, Put, Request, World
from tests.engine.clinic import at, clinic
from tests.engine.playbook import Playbook, perform
from tests.engine.requests.chats.talks import POINT, TALK, key, request_of, said, talk_of, wrote

NUMBER, OTHER = "+79990001873", "+79990001874"
HIS, HERS = "01a1fc83-0000-7000-8000-00000000000a", "01a1fc83-0000-7000-8000-00000000000b"


def found(second: float, phone: str, contact: str, *phones: str) -> ev.ContactFound:
    """The store says whose it is."""
    return ev.ContactFound(at=at(second), phone=phone, contact=contact, earlier=2, name="Иванова", phones=phones)


def words(world: World, event: ev.Event) -> list[tuple[str, str]]:
    """What is written about points: (contact, point)."""
    return [
        (one.entity.contact, one.entity.phone) for outcome in perform(world, event) for one in outcome.changes
        if isinstance(one, Put) and isinstance(one.entity, ContactPoint)
    ]  # fmt: skip


def test_a_number_nobody_vouches_for_is_only_kept():
    play = Playbook(clinic(), see=(FindContact,))
    assert play >> wrote(1, 0) << FindContact(phone=POINT) >> said(1, NUMBER, verified=False)
    assert (talk_of(play.world).phone, talk_of(play.world).verified) == (NUMBER, False)
    assert play >> found(2, NUMBER, HIS)
    assert request_of(play.world).contact is None


def test_one_that_is_vouched_for_joins_him_as_soon_as_the_store_says_whose_it_is():
    play = Playbook(clinic(), see=(FindContact,))
    assert play >> wrote(1, 0) << FindContact(phone=POINT) >> found(1, POINT, HERS)
    assert request_of(play.world).contact == HERS
    assert play >> said(2, NUMBER, verified=True) << FindContact(phone=NUMBER) >> said(3, NUMBER, verified=True)
    assert words(play.world, found(4, NUMBER, HIS)) == [(HIS, POINT)]
    assert (request_of(play.world).contact, request_of(play.world).version) == (HIS, 2)
    known = play.world.get(Contact, HIS)
    assert known is not None
    assert {known.phone, *known.phones} == {NUMBER, POINT}
    assert play.world.get(Contact, HERS) is None
    assert words(play.world, found(5, NUMBER, HIS)) == []


def test_a_late_answer_of_the_store_about_himself_changes_nothing():
    world = clinic()
    for event in (wrote(1, 0), said(1, NUMBER, verified=True), found(2, NUMBER, HIS), found(3, POINT, HERS)):
        perform(world, event)
    assert request_of(world).contact == HIS


def test_who_calls_just_now_from_that_number_is_joined_at_once():
    world = clinic()
    other = replace(_request(world), phone=NUMBER, contact=HIS, conversation=None, kind="callback")
    world.apply([Put(other), Put(Contact(key=HIS, phone=NUMBER))])
    perform(world, wrote(1, 0))
    assert words(world, said(1, NUMBER, verified=True)) == [(HIS, POINT)]
    assert request_of(world).contact == HIS


def _request(world: World) -> Request:
    return Request(
        key=key(300), year=2026, number=99, kind="callback", status="queued", created_at=at(0), since=at(0), queue="back"
    )


def test_the_question_is_asked_again_until_it_is_answered_and_never_after():
    play = Playbook(clinic(), see=(FindContact,))
    assert play >> wrote(1, 0) << FindContact(phone=POINT) >> said(1, NUMBER, verified=True) << FindContact(phone=NUMBER)
    assert play >> ev.Swept(at=at(6)) << FindContact(phone=NUMBER)
    assert play >> found(7, NUMBER, HIS) << FindContact(phone=POINT) >> ev.Swept(at=at(11))


def test_what_a_channel_vouched_for_is_not_forgotten_for_what_it_did_not():
    world = clinic()
    for event in (wrote(1, 0), said(1, NUMBER, verified=True), said(2, OTHER, verified=False)):
        perform(world, event)
    assert (talk_of(world).phone, talk_of(world).verified) == (NUMBER, True)
    perform(world, said(3, OTHER, verified=True))
    assert (talk_of(world).phone, talk_of(world).joined) == (OTHER, False)


def test_a_number_said_before_any_person_must_answer_is_joined_too():
    world = clinic()
    perform(world, said(0, NUMBER, verified=True))
    assert words(world, found(1, NUMBER, HIS)) == [(HIS, POINT)]
    perform(world, said(2, NUMBER, verified=False, conversation=key(78)))
    assert world.get(Conversation, key(78)) is None
    perform(world, wrote(1, 3, channel="max", account="max:main"))
    assert (talk_of(world).channel, talk_of(world).phone, talk_of(world).joined) == ("max", NUMBER, True)


def test_the_history_says_so_and_no_number():
    world = clinic()
    perform(world, wrote(1, 0))
    entries = [
        one.entry for event in (said(1, NUMBER, verified=True), found(2, NUMBER, HIS))
        for outcome in perform(world, event) for one in outcome.changes if isinstance(one, Append)
    ]  # fmt: skip
    assert [(one.what, one.note) for one in entries] == [("phone_said", ""), ("joined_by_phone", "")]


def ask(name: type, **fields: object) -> ev.Event:
    given = {"at": at(20), "command": "c1", "actor": "boss", "role": "supervisor", "request": key(1)}
    made: ev.Event = name(**(given | fields))
    return made


def test_a_person_says_it_is_he_and_takes_it_back():
    world = clinic()
    for event in (wrote(1, 0), found(1, POINT, HERS)):
        perform(world, event)
    assert words(world, ask(ev.LinkAsked, contact=HIS, phone=NUMBER)) == [(HIS, POINT)]
    assert (request_of(world).contact, request_of(world).phone) == (HIS, POINT)
    assert words(world, ask(ev.UnlinkAsked, contact=HERS, phone=POINT)) == [(HERS, POINT)]
    assert request_of(world).contact == HERS
    known = world.get(Contact, HERS)
    assert known is not None and (known.phone, known.phones) == (POINT, ())


def test_what_a_person_separated_stays_so():
    world = clinic()
    for event in (wrote(1, 0), found(1, POINT, HERS), said(2, NUMBER, verified=True), found(3, NUMBER, HIS)):
        perform(world, event)
    assert words(world, ask(ev.UnlinkAsked, contact=HERS, phone=POINT)) == [(HERS, POINT)]
    assert words(world, found(30, NUMBER, HIS)) == []
    perform(world, ev.Swept(at=at(31)))
    assert (request_of(world).contact, talk_of(world, TALK).joined) == (HERS, True)


def test_what_a_person_separated_stays_so_in_his_next_conversation_too():
    """`chat` tells a number it vouches for anew with each conversation."""
    play = Playbook(clinic(), see=(FindContact,))
    assert play >> wrote(1, 0) << FindContact(phone=POINT) >> said(1, NUMBER, verified=True, settled=True)
    assert (talk_of(play.world).phone, talk_of(play.world).verified, talk_of(play.world).joined) == (NUMBER, True, True)
    assert play >> ev.Swept(at=at(6)) >> found(7, NUMBER, HIS)
    assert request_of(play.world).contact is None


def test_it_is_said_of_a_chat_by_a_number_only_when_its_contact_is_known():
    world = clinic()
    perform(world, wrote(1, 0))
    (answer,) = [one for outcome in perform(world, ask(ev.LinkAsked, phone=NUMBER)) for one in outcome.effects]
    assert getattr(answer, "why", None) == "bad_contact"
    world.apply([Put(Contact(key=HIS, phone=NUMBER))])
    assert words(world, ask(ev.LinkAsked, phone=NUMBER)) == [(HIS, POINT)]


def test_nothing_is_taken_back_that_nobody_said():
    world = clinic()
    for event in (wrote(1, 0), found(1, POINT, HERS)):
        perform(world, event)
    for fields, why in (({}, "not_linked"), ({"contact": HERS}, "not_linked"), ({"request": key(2)}, "not_found")):
        (answer,) = [one for outcome in perform(world, ask(ev.UnlinkAsked, **fields)) for one in outcome.effects]
        assert getattr(answer, "why", None) == why
