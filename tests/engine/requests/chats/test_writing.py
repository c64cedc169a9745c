"""What a patient writes becomes one request; later words change it, wake it, or make the next one."""

from __future__ import annotations

from datetime import timedelta

from engine import events as ev
from engine.effects import FindContact, TellStanding
from engine.queues import stats
from engine.world import Append, Conversation, Offer, Put, Queue, Request, World
from tests.engine.clinic import at, clinic
from tests.engine.playbook import Playbook, perform
from tests.engine.requests.chats.talks import (
    POINT,
    TALK,
    closed,
    key,
    replied,
    request_of,
    sitting,
    talk_of,
    wrote,
)


def lines(world: World, event: ev.Event) -> list[str]:
    """What of a request's history an event leaves."""
    return [one.entry.what for outcome in perform(world, event) for one in outcome.changes if isinstance(one, Append)]


def told(world: World, event: ev.Event) -> list[TellStanding]:
    """What `chat` is told after an event."""
    return [one for outcome in perform(world, event) for one in outcome.effects if isinstance(one, TellStanding)]


def command(name: type, request: str, **fields: object) -> ev.Event:
    given = {"at": at(5), "command": f"c {name.__name__}", "actor": "orlova.a", "role": "operator",
             "operator": "orlova", "request": request}  # fmt: skip
    made: ev.Event = name(**(given | fields))
    return made


def test_the_first_word_makes_one_request_whoever_asks_again():
    play = Playbook(clinic(), see=(FindContact, ev.RequestOpened, TellStanding))
    assert (
        play >> wrote(1, 0, topic="Запись", priority=3) << ev.RequestOpened << FindContact(phone=POINT) << TellStanding
        >> wrote(1, 1) >> wrote(2, 2) >> wrote(3, 3) >> wrote(2, 4)
    )  # fmt: skip
    request, talk = request_of(play.world), talk_of(play.world)
    assert (request.kind, request.queue, request.priority, request.conversation) == ("chat", "front", 8, TALK)
    assert (request.phone, request.source, request.version) == (POINT, "widget:site", 1)
    assert (talk.seq, talk.waits_since, talk.request) == (3, at(0), request.key)
    assert len(list(play.world.all(Request))) == 1


def test_a_name_that_is_learnt_after_the_word_is_shown_with_it():
    world = clinic()
    perform(world, wrote(1, 0))
    perform(world, wrote(1, 1, name="Anna"))
    assert (talk_of(world).name, talk_of(world).unheard) == ("Anna", 1)
    perform(world, wrote(1, 2, name="Vera"))
    assert talk_of(world).name == "Anna"


def test_its_time_runs_from_the_first_word_nobody_answered():
    world = clinic()
    perform(world, wrote(1, 0))
    perform(world, wrote(2, 30))
    assert request_of(world).due_at == at(60)
    perform(world, replied(2, 40))
    answered = request_of(world)
    assert (answered.due_at, answered.first_response_at) == (None, at(40))
    assert (talk_of(world).waits_since, talk_of(world).unheard) == (None, 0)
    perform(world, wrote(4, 100))
    assert (request_of(world).due_at, talk_of(world).waits_since) == (at(160), at(100))
    assert request_of(world).first_response_at == at(40)


def test_in_a_messenger_nobody_sits_before_it():
    world = clinic()
    perform(world, wrote(1, 0, channel="max", account="max:main"))
    assert request_of(world).due_at == at(300)
    perform(world, wrote(7, 0, conversation=key(77), kind="email", channel="mail", account="mail:info"))
    assert request_of(world, 7).due_at == at(0) + timedelta(hours=4)


def test_an_answer_to_an_earlier_word_leaves_the_later_one_waiting():
    world = clinic()
    perform(world, wrote(1, 0))
    perform(world, wrote(3, 10))
    perform(world, replied(2, 12))
    assert (talk_of(world).waits_since, request_of(world).due_at) == (at(0), at(60))
    assert request_of(world).first_response_at == at(12)


def test_the_words_of_an_emergency_raise_it_once():
    world = clinic()
    assert lines(world, wrote(1, 0)) == ["wrote"]
    assert lines(world, wrote(2, 1, priority=50, emergency=True)) == ["emergency"]
    assert (request_of(world).priority, talk_of(world).emergency) == (55, True)
    assert lines(world, wrote(3, 2)) == []
    assert (request_of(world).priority, talk_of(world).emergency) == (55, True)


def test_a_message_makes_nobody_s_command_stale():
    world = sitting(orlova="available")
    perform(world, wrote(1, 0))
    seen = request_of(world).version
    perform(world, wrote(2, 1))
    (offer,) = world.all(Offer)
    perform(world, ev.AcceptAsked(
        at=at(2), command="c", actor="a", role="operator", operator="orlova", offer=offer.key,
    ))  # fmt: skip
    mine = request_of(world)
    assert (mine.owner, mine.status, mine.first_response_at) == ("orlova", "in_progress", None)
    assert seen + 1 == mine.version
    perform(world, wrote(3, 3))
    assert request_of(world).version == mine.version


def test_who_writes_again_wakes_what_was_put_aside_and_is_asked_of_whom_he_knows():
    world = sitting(orlova="available", ivanov="available")
    perform(world, wrote(1, 0))
    perform(world, command(ev.TransferAsked, key(1), to_operator="ivanov", role="supervisor"))
    perform(world, replied(1, 51, "ivanov"))
    perform(world, command(ev.PostponeAsked, key(1), until=at(5000), role="supervisor"))
    assert (request_of(world).status, request_of(world).preferred) == ("postponed", "ivanov")
    assert lines(world, wrote(3, 100)) == ["wrote_again", "offered"]
    again = request_of(world)
    assert (again.status, again.due_at, again.postponed_until) == ("offered", at(160), None)
    assert [offer.operator for offer in world.all(Offer)] == ["ivanov"]


def test_after_it_was_closed_his_next_word_is_another_request_of_whom_he_knows():
    world = sitting(orlova="available")
    perform(world, wrote(1, 0))
    perform(world, command(ev.TakeAsked, key(1)))
    perform(world, replied(1, 51))
    sitting(of=world, ivanov="available")
    perform(world, command(ev.CompleteAsked, key(1), outcome="asked"))
    assert world.get(Request, key(1)) is None
    assert talk_of(world).request is None
    perform(world, wrote(1, 52))
    assert world.get(Request, key(1)) is None
    perform(world, wrote(3, 60, preferred="ivanov"))
    assert (request_of(world, 3).preferred, [one.operator for one in world.all(Offer)]) == ("ivanov", ["ivanov"])


def test_what_chat_is_told():
    world = sitting(orlova="available")
    opened, asked = told(world, wrote(1, 0))
    assert (opened.status, opened.owner, opened.over) == ("queued", "", False)
    assert asked.status == "offered"
    (offer,) = world.all(Offer)
    (taken,) = told(world, ev.AcceptAsked(
        at=at(1), command="c", actor="a", role="operator", operator="orlova", offer=offer.key
    ))  # fmt: skip
    assert (taken.status, taken.owner, taken.title_en) == ("in_progress", "orlova", "orlova")
    assert told(world, wrote(2, 2)) == []
    perform(world, replied(2, 3))
    (over,) = told(world, command(ev.CompleteAsked, key(1), outcome="asked"))
    assert (over.over, over.seq, over.outcome, over.owner) == (True, 2, "asked", "orlova")
    assert opened.version < taken.version < over.version


def test_the_end_of_a_conversation_in_which_all_was_answered_closes_its_request():
    world = sitting(orlova="available")
    perform(world, wrote(1, 0))
    perform(world, command(ev.TakeAsked, key(1)))
    perform(world, replied(1, 51))
    assert lines(world, closed(60, "patient"))[:2] == ["chat_patient", "done"]
    assert world.get(Conversation, TALK) is None
    assert not list(world.all(Offer))


def test_who_waits_for_an_answer_keeps_his_request_while_there_is_a_way_to_give_one():
    for fields, stays in (({}, False), ({"phone": "+79990000001"}, True)):
        world = clinic()
        perform(world, wrote(1, 0, **fields))
        perform(world, closed(60, "patient"))
        assert (world.get(Request, key(1)) is not None) is stays
        assert (world.get(Conversation, TALK) is not None) is stays
    world = sitting(orlova="available")
    perform(world, wrote(1, 0))
    perform(world, command(ev.TakeAsked, key(1)))
    perform(world, closed(60, "patient"))
    assert (request_of(world).owner, talk_of(world).over) == ("orlova", True)
    perform(world, command(ev.CompleteAsked, key(1)))
    assert world.get(Conversation, TALK) is None


def test_spam_is_closed_whoever_has_it():
    world = sitting(orlova="available")
    perform(world, wrote(1, 0))
    perform(world, command(ev.TakeAsked, key(1)))
    closing = [one for outcome in perform(world, closed(60, "spam")) for one in outcome.changes if isinstance(one, Put)]
    outcomes = {one.entity.outcome for one in closing if isinstance(one.entity, Request)}
    assert outcomes == {"blocked"}
    assert world.get(Request, key(1)) is None


def test_words_about_conversations_nobody_knows_change_nothing():
    world = clinic()
    assert lines(world, replied(1, 0)) == []
    assert lines(world, closed(1)) == []


def test_the_figures_of_its_queue_know_who_waits_for_an_answer_also_of_whoever_has_him():
    world = sitting(orlova="available")
    queue = next(one for one in world.all(Queue) if one.key == "front")
    perform(world, wrote(1, 0))
    perform(world, command(ev.TakeAsked, key(1)))
    perform(world, ev.Swept(at=at(30)))
    assert [stats.figures(world, queue)[name] for name in ("chats_open", "chats_unheard", "overdue")] == [1, 1, 0]
    perform(world, ev.Swept(at=at(61)))
    assert stats.figures(world, queue)["overdue"] == 1
    perform(world, replied(1, 62))
    perform(world, ev.Swept(at=at(65)))
    assert [stats.figures(world, queue)[name] for name in ("chats_open", "chats_unheard", "overdue")] == [1, 0, 0]
