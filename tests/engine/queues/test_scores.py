"""Scores of surveys: kept once, with who talked last, and told in the history."""

from engine import events as ev
from engine.world import Append, Call, HistoryEntry, Put, Score
from tests.engine.calls import test_bridges as plays
from tests.engine.clinic import PATIENT, at, clinic, play
from tests.engine.playbook import perform


def told(world, event):
    """What is written of an answer."""
    changes = [change for outcome in perform(world, event) for change in outcome.changes]
    scores = [change.entity for change in changes if isinstance(change, Put) and isinstance(change.entity, Score)]
    lines = [change.entry for change in changes if isinstance(change, Append) and isinstance(change.entry, HistoryEntry)]
    return scores, lines


def test_who_talked_last_and_what_the_history_says():
    world = clinic()
    play(world, plays.TALKING)
    (call,) = world.by(Call, "phone", PATIENT)
    answered = ev.SurveyAnswered(at=at(30), call=call.key, question="talk", score=5)
    (score,), (line,) = told(world, answered)
    assert (score.operator, score.queue, score.score, score.call) == ("orlova", "front", 5, call.key)
    assert (line.request, line.what, line.note) == (call.request, "rated", "talk: 5")
    (again,), (same,) = told(world, answered)
    assert (again.key, same.line) == (score.key, line.line)
    assert not list(world.all(Score))


def test_another_question_is_another_score_and_a_call_that_is_over_still_has_one():
    world = clinic()
    call = "0199aaaa-0000-7000-8000-000000000001"
    scores = [told(world, ev.SurveyAnswered(at=at(1), call=call, question=name, score=3)) for name in ("a", "b")]
    assert len({one[0][0].key for one in scores}) == 2 and all(lines == [] for _, lines in scores)
    assert {one[0][0].operator for one in scores} == {""}
