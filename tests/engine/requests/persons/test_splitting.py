"""A join is taken back by a person."""

from __future__ import annotations

from typing import Any

from engine import events as ev
from engine.world import Call, Put, Request
from tests.engine.clinic import Ended, at, clinic
from tests.engine.floor import do
from tests.engine.requests.persons.test_joins import lines, missed, talked, waiting


def joined() -> tuple[Ended, Request, Call, Request]:
    """Two missed calls of one person: the request, the second call, and the request that one had made."""
    ended = Ended(clinic()).play(missed(0)).play(missed(100, 1))
    (request,) = waiting(ended)
    own = ended.requests[request.joined[0]]
    return ended, request, ended.calls[request.calls[1]], own


def split(ended: Ended, request: Request, call: Call, own: Request | None, s: float = 200, **more: Any) -> Any:
    given: dict[str, Any] = {"by": None, "role": "supervisor", "request": request.key, "call": call.key}
    return do(ended.world, ev.SplitAsked, s, **(given | {"moved": call, "own": own} | more))


def test_the_call_s_own_request_is_opened_anew_under_its_number() -> None:
    ended, request, call, own = joined()
    assert split(ended, request, call, own, version=request.version).ok
    left, again = waiting(ended)
    assert (left.key, left.calls, left.joined, left.missed, left.priority) == (request.key, request.calls[:1], (), 1, 5)
    assert (again.key, again.number, again.kind, again.status) == (own.key, own.number, "missed_call", "queued")
    assert (again.calls, again.missed, again.outcome, again.closed_at) == ((call.key,), 1, "", None)
    assert (again.queued_at, again.due_at) == (at(200), at(800))
    assert list(ended.world.all(Call)) == []


def test_its_call_is_written_as_that_request_s_and_both_histories_say_who_did_it() -> None:
    ended, request, call, own = joined()
    event = ev.SplitAsked(
        at=at(200), command="c", actor="boss", role="supervisor", request=request.key, call=call.key, moved=call, own=own,
    )  # fmt: skip
    ended.play([event])
    assert ended.calls[call.key].request == own.key
    ended, request, call, own = joined()
    assert [(one.what, one.request, one.actor) for one in lines(ended, event)] == [
        ("split", request.key, "boss"), ("split_away", own.key, "boss"), ("missed", own.key, "engine"),
    ]


def test_the_next_missed_call_joins_the_older_one_and_a_talk_closes_both() -> None:
    ended, request, call, own = joined()
    assert split(ended, request, call, own).ok
    ended.play(missed(300, 2))
    assert [one.missed for one in waiting(ended)] == [2, 1]
    ended.play(talked(400, 3))
    assert waiting(ended) == []


def test_who_may_not_and_what_is_not_so() -> None:
    ended, request, call, own = joined()
    assert split(ended, request, call, own, role="operator", by="orlova").why == "not_yours"
    assert split(ended, request, call, own, version=1).why == "stale"
    assert split(ended, request, call, None).why == "not_joined"
    first = ended.calls[request.calls[0]]
    assert split(ended, request, first, request).why == "not_joined"
    ended.world.apply([Put(call)])
    assert split(ended, request, call, own).why == "call_live"
    assert split(Ended(clinic()), request, call, own).why == "not_found"


def test_what_the_history_has_since_become_is_looked_at_first() -> None:
    ended, request, call, own = joined()
    assert split(ended, request, call, own).ok
    assert split(ended, request, call, own).why == "not_joined"


def test_its_owner_may() -> None:
    ended, request, call, own = joined()
    assert do(ended.world, ev.TakeAsked, 150, request=request.key).ok
    assert split(ended, request, call, own, role="operator", by="orlova").ok
