"""The commands of people: what each does, and every way to be refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import events as ev
from engine.effects import AnswerCommand
from engine.world import HistoryEntry, Operator, Request, Timer, World
from tests.engine.calls.test_ending import he_leaves_in_the_queue
from tests.engine.clinic import Ended, answers, at, clinic, joins, patient, rings, settings, simplest
from tests.engine.floor import accept, change, come, do, floor, offer, opened
from tests.engine.floor import asked as floor_asked
from tests.engine.floor import request as request_of
from tests.engine.playbook import Playbook, perform


def missed() -> tuple[World, Request]:
    """A clinic with one missed call."""
    ended = Ended(clinic()).play(he_leaves_in_the_queue())
    return ended.world, ended.request()


def asked(event: type, request: Request | None = None, **more: Any) -> Any:
    """A command of Orlova's."""
    fields = {"command": "c1", "actor": "orlova.a", "role": "operator", "operator": "orlova"} | more
    if request is not None:
        fields["request"] = request.key
    return event(at=fields.pop("when", at(100)), **fields)


def no(request: Request | None, why: str, by: str = "") -> AnswerCommand:
    return AnswerCommand(command="c1", ok=False, why=why, by=by, request=request.key if request else None)


def yes(request: Request) -> AnswerCommand:
    return AnswerCommand(command="c1", ok=True, request=request.key)


def now(world: World, request: Request) -> Request:
    found = world.get(Request, request.key)
    assert found is not None
    return found


def test_take_then_another_is_told_who():
    world, request = missed()
    assert (
        Playbook(world, see=(AnswerCommand, ev.RequestTaken))
        >> asked(ev.TakeAsked, request, version=request.version)
        << ev.RequestTaken(at=at(100), request=request.key, operator="orlova")
        << yes(request)
        >> asked(ev.TakeAsked, request)
        << yes(request)
        >> asked(ev.TakeAsked, request, operator="ivanov", version=request.version)
        << no(request, "taken", "orlova")
    )
    taken = now(world, request)
    assert (taken.status, taken.owner, taken.version) == ("in_progress", "orlova", request.version + 1)
    assert taken.first_response_at == at(100)


def test_take_is_refused():
    world, request = missed()
    assert (
        Playbook(world, see=(AnswerCommand,))
        >> asked(ev.TakeAsked, request, version=1)
        << no(request, "stale")
        >> asked(ev.TakeAsked, request, operator=None)
        << no(request, "no_operator")
        >> asked(ev.TakeAsked, request, operator="nobody")
        << no(request, "no_operator")
        >> ev.TakeAsked(at=at(1), command="c1", actor="a", role="operator", operator="orlova", request="none")
        << AnswerCommand(command="c1", ok=False, why="not_found", request="none")
    )
    ended = Ended(clinic()).play([patient(0), joins(1)])
    assert Playbook(ended.world) >> asked(ev.TakeAsked, ended.request()) << no(ended.request(), "call_live")


def test_complete_closes_with_outcome_and_note():
    world, request = missed()
    ended = Ended(world).play([asked(ev.TakeAsked, request)])
    lines: list[HistoryEntry] = []
    said: list[Any] = []
    for outcome in perform(world, asked(ev.CompleteAsked, request, outcome="booked", note="в четверг")):
        lines += [change.entry for change in outcome.changes if hasattr(change, "entry")]
        said += outcome.effects
    assert yes(request) in said
    (line,) = lines
    assert (line.what, line.note, line.actor, line.operator) == ("done", "в четверг", "orlova.a", "orlova")
    assert world.get(Request, request.key) is None
    assert ended.world is world


def test_complete_ends_the_wrap_up():
    ended = Ended(clinic()).play(simplest())
    ended.play([asked(ev.CompleteAsked, ended.request(), outcome="asked")])
    assert (ended.request().status, ended.request().outcome) == ("done", "asked")
    operator = ended.world.get(Operator, "orlova")
    assert operator is not None
    assert (operator.wrap_up, operator.pauses) == (None, frozenset())
    assert not list(ended.world.all(Timer))


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (ev.CompleteAsked, {}),
        (ev.PostponeAsked, {"until": at(500)}),
        (ev.TransferAsked, {"to_operator": "ivanov"}),
    ],
)
def test_what_is_not_yours(kind: type, more: dict[str, Any]):
    world, request = missed()
    assert (
        Playbook(world, see=(AnswerCommand,))
        >> asked(kind, request, **more)
        << no(request, "not_yours")
        >> asked(ev.TakeAsked, request, operator="ivanov")
        << yes(request)
        >> asked(kind, request, **more)
        << no(request, "not_yours", "ivanov")
        >> asked(kind, request, role="supervisor", operator=None, version=1, **more)
        << no(request, "stale")
        >> asked(kind, request, role="supervisor", operator=None, **more)
        << yes(request)
    )
    assert (
        Playbook(world, see=(AnswerCommand,))
        >> kind(at=at(1), command="c1", actor="a", role="operator", request="none", **more)
        << AnswerCommand(command="c1", ok=False, why="not_found", request="none")
    )


def test_complete_is_refused():
    world, request = missed()
    boss = {"role": "supervisor"}
    assert Playbook(world) >> asked(ev.CompleteAsked, request, outcome="no such", **boss) << no(request, "bad_outcome")
    ended = Ended(clinic()).play([patient(0), joins(1)])
    assert Playbook(ended.world) >> asked(ev.CompleteAsked, ended.request(), **boss) << no(ended.request(), "call_live")


def test_postpone_and_come_back():
    world, request = missed()
    perform(world, asked(ev.TakeAsked, request))
    perform(world, asked(ev.PostponeAsked, request, until=at(500), note="вечером"))
    later = now(world, request)
    assert (later.status, later.owner, later.postponed_until) == ("postponed", None, at(500))
    timer = world.get(Timer, f"postponed:{request.key}")
    assert timer is not None
    assert timer.due == at(500)
    perform(world, ev.TimerFired(at=at(500), key=timer.key))
    back = now(world, request)
    assert (back.status, back.postponed_until, back.since) == ("queued", None, at(500))
    assert not list(world.all(Timer))


def test_postpone_is_refused():
    world, request = missed()
    boss = {"role": "supervisor"}
    assert Playbook(world) >> asked(ev.PostponeAsked, request, until=at(100), **boss) << no(request, "bad_time")
    ended = Ended(clinic()).play([patient(0), joins(1), *rings(2), *answers(6)])
    later = asked(ev.PostponeAsked, ended.request(), until=at(500))
    assert Playbook(ended.world) >> later << no(ended.request(), "call_live")


def test_postpone_out_of_wrap_up_frees_the_operator():
    ended = Ended(clinic()).play(simplest())
    ended.play([asked(ev.PostponeAsked, ended.request(), until=at(500))])
    assert list(ended.world.all(Timer)) == [Timer(key=f"postponed:{ended.request().key}", due=at(500))]
    operator = ended.world.get(Operator, "orlova")
    assert operator is not None
    assert operator.wrap_up is None


def test_a_postponed_request_may_be_taken():
    world, request = missed()
    perform(world, asked(ev.PostponeAsked, request, until=at(500), role="supervisor"))
    perform(world, asked(ev.TakeAsked, request))
    assert now(world, request).status == "in_progress"
    assert not list(world.all(Timer))
    perform(world, ev.TimerFired(at=at(500), key=f"postponed:{request.key}"))
    assert now(world, request).status == "in_progress"


def test_transfer():
    world, request = missed()
    come(world, "ivanov")
    perform(world, asked(ev.TakeAsked, request))
    assert (
        Playbook(world, see=(AnswerCommand, ev.RequestTaken))
        >> asked(ev.TransferAsked, request, to_operator="ivanov")
        << ev.RequestTaken(at=at(100), request=request.key, operator="ivanov")
        << yes(request)
    )
    assert now(world, request).owner == "ivanov"
    perform(world, asked(ev.TransferAsked, request, operator="ivanov", to_queue="back"))
    moved = now(world, request)
    assert (moved.owner, moved.queue, moved.status, moved.priority) == (None, "back", "queued", 0)


@pytest.mark.parametrize(
    "target",
    [
        {}, {"to_operator": "ivanov", "to_queue": "back"}, {"to_operator": "nobody"}, {"to_queue": "none"},
        {"to_operator": "nobody", "to_queue": "back"},
    ],
)
def test_transfer_to_nowhere(target: dict[str, str]):
    world, request = missed()
    asking = asked(ev.TransferAsked, request, role="supervisor", **target)
    assert Playbook(world) >> asking << no(request, "bad_target")


@pytest.mark.parametrize("gone", [{"presence": "offline"}, {"page": "lost"}])
@pytest.mark.parametrize("boss", [False, True])
def test_nothing_is_given_to_who_has_left(boss: bool, gone: dict[str, Any]):
    world = floor("orlova")
    key = opened(world, kind="chat")
    accept(world, key)
    come(world, "ivanov")
    change(world, "ivanov", **gone)
    who = {"by": "boss", "role": "supervisor"} if boss else {"by": "orlova"}
    before, had = request_of(world, key), offer(world, key)
    no = do(world, ev.TransferAsked, 20, **who, request=key, to_operator="ivanov")
    assert (no.ok, no.why, no.by) == (False, "not_there", "ivanov")
    assert (request_of(world, key), offer(world, key)) == (before, had)
    come(world, "ivanov", 30)
    assert do(world, ev.TransferAsked, 31, **who, request=key, to_operator="ivanov").ok
    assert request_of(world, key).owner == "ivanov"


@pytest.mark.parametrize("presence", ["break", "not_responding"])
def test_who_is_away_for_a_moment_is_given_it_all_the_same(presence: str):
    world = floor("orlova", "ivanov")
    change(world, "ivanov", presence=presence)
    key = opened(world, kind="chat")
    accept(world, key)
    assert do(world, ev.TransferAsked, 20, request=key, to_operator="ivanov").ok
    assert request_of(world, key).owner == "ivanov"


def test_what_was_given_goes_back_when_he_leaves():
    world = floor("orlova", "ivanov")
    key = opened(world, kind="chat")
    accept(world, key)
    first = request_of(world, key).owner
    other = "ivanov" if first == "orlova" else "orlova"
    assert do(world, ev.TransferAsked, 20, by=first, request=key, to_operator=other).ok
    do(world, ev.PresenceAsked, 21, by=other, presence="offline")
    assert (request_of(world, key).owner, floor_asked(world, key)) == (None, first)


def test_transfer_waits_for_the_call():
    ended = Ended(clinic()).play([patient(0), joins(1), *rings(2), *answers(6)])
    asking = asked(ev.TransferAsked, ended.request(), to_queue="back")
    assert Playbook(ended.world) >> asking << no(ended.request(), "call_live")


def test_note():
    world, request = missed()
    none = ev.NoteAsked(at=at(1), command="c1", actor="a", role="operator", request="none", note="x")
    assert (
        Playbook(world)
        >> asked(ev.NoteAsked, request, note="перезвонить после обеда")
        << yes(request)
        >> asked(ev.NoteAsked, request, note=" ")
        << no(request, "empty_note")
        >> none
        << AnswerCommand(command="c1", ok=False, why="not_found", request="none")
    )
    assert now(world, request).version == request.version + 1


def opening(**more: Any) -> ev.OpenAsked:
    fields = {"id": "r1", "kind": "callback", "queue": "front", "phone": "8 999 000-00-07", "note": "просил"} | more
    opened: ev.OpenAsked = asked(ev.OpenAsked, **fields)
    return opened


def test_open_by_hand():
    world = clinic()
    perform(world, opening())
    request = world.get(Request, "r1")
    assert request is not None
    assert (request.kind, request.status, request.phone, request.number) == ("callback", "queued", "+79990000007", 1)
    assert request.due_at == at(100) + timedelta(seconds=600)
    assert Playbook(world) >> opening() << AnswerCommand(command="c1", ok=True, request="r1")
    perform(world, opening(id="r2", kind="form"))
    form = world.get(Request, "r2")
    assert form is not None
    assert (form.due_at, form.number) == (at(700), 2)


@pytest.mark.parametrize(
    ("more", "why"),
    [({"kind": "call"}, "bad_kind"), ({"kind": "?"}, "bad_kind"), ({"queue": "none"}, "bad_queue"),
     ({"phone": "нет"}, "bad_phone")],
)
def test_open_is_refused(more: dict[str, str], why: str):
    assert Playbook(clinic()) >> opening(**more) << no(None, why)


def test_without_a_pbx_numbers_are_read_all_the_same():
    world = World()
    loaded = settings()
    perform(world, ev.ConfigurationLoaded(at=at(0), operators=(), queues=loaded.queues, lines=(), pbxes=()))
    perform(world, opening())
    assert world.get(Request, "r1") is not None


def test_take_is_bound_by_capacity_and_by_whoever_is_asked():
    world = floor("orlova", "ivanov")
    first, second = opened(world, 1, kind="callback", queue="back"), opened(world, 2, kind="callback", queue="back")
    assert floor_asked(world, first) == "orlova"
    assert do(world, ev.TakeAsked, 12, by="ivanov", request=first).why == "offered"
    assert do(world, ev.TakeAsked, 12, by="ivanov", request=first).by == "orlova"
    assert do(world, ev.TakeAsked, 12, by="orlova", request=second).why == "no_capacity"
    assert do(world, ev.TakeAsked, 12, by="ivanov", request=second).ok
    mine = offer(world, second)
    assert mine is not None
    assert (mine.operator, mine.state, mine.by_hand) == ("ivanov", "accepted", True)


def test_to_take_what_one_is_asked_is_to_accept_it():
    world = floor("ivanov")
    key = opened(world)
    pending = offer(world, key)
    assert do(world, ev.TakeAsked, 12, by="ivanov", request=key, version=0).ok
    taken = offer(world, key)
    assert pending is not None and taken is not None
    assert (taken.key, taken.state, taken.by_hand) == (pending.key, "accepted", False)


def test_who_is_full_is_given_nothing():
    world = floor("ivanov")
    first, second = opened(world, 1, kind="callback"), opened(world, 2, kind="callback")
    assert do(world, ev.TakeAsked, 12, by="ivanov", request=first).ok
    no = do(world, ev.TransferAsked, 13, by="boss", role="supervisor", request=second, to_operator="ivanov")
    assert (no.why, no.by) == ("no_capacity", "ivanov")
    before = request_of(world, first)
    assert do(world, ev.TransferAsked, 13, by="ivanov", request=first, to_operator="ivanov").ok
    assert request_of(world, first) == before


def test_prioritise():
    world = floor("petrova")
    key = opened(world)
    boss: dict[str, Any] = {"by": "boss", "role": "supervisor", "request": key, "priority": 9}
    assert do(world, ev.PrioritiseAsked, 12, **boss | {"role": "operator"}).why == "not_yours"
    assert do(world, ev.PrioritiseAsked, 12, **boss, version=7).why == "stale"
    assert do(world, ev.PrioritiseAsked, 12, **boss | {"request": "none"}).why == "not_found"
    assert do(world, ev.PrioritiseAsked, 12, **boss, version=1).ok
    assert (request_of(world, key).priority, request_of(world, key).version) == (9, 2)
    assert do(world, ev.PrioritiseAsked, 13, **boss).ok
    assert request_of(world, key).version == 2
    live = Ended(clinic()).play([patient(0), joins(1)])
    assert do(live.world, ev.PrioritiseAsked, 12, **boss | {"request": live.request().key}).why == "call_live"


def test_nothing_is_put_aside_for_ever():
    world = floor("orlova")
    key = opened(world, kind="chat")
    accept(world, key)
    for until in (at(0), at(0) + timedelta(days=367), datetime.max.replace(tzinfo=UTC)):
        assert do(world, ev.PostponeAsked, 20, request=key, note="", until=until).why == "bad_time"
    assert do(world, ev.PostponeAsked, 20, request=key, note="", until=at(0) + timedelta(days=300)).ok
