"""What was read waits until what may follow it at once is known."""

from __future__ import annotations

import pytest

from engine.journal import cel, queue_log
from engine.journal.facts.window import ALONE_S, HOLD_S, JUMP_S, Window
from tests.engine.clinic import EPOCH, uid
from tests.engine.journal.paper import TRUNK, line, row


def at(kind: str, s: float, serial: int = 1) -> cel.Row:
    """A row."""
    return cel.parse(row(kind, s, serial, TRUNK))


def noted(s: float, event: str, serial: int | str = 1) -> queue_log.Line:
    """A line."""
    return queue_log.parse(line(s, serial, "front", "NONE", event, ""))


def test_a_row_waits_for_both_files() -> None:
    window = Window()
    window.add(at("ANSWER", 1), 0)
    window.reached("cel", EPOCH + 100)
    assert not window.ready()
    window.note(noted(3, "PAUSEALL"))
    assert not window.ready()
    window.reached("queue_log", EPOCH + 1 + HOLD_S)
    assert window.ready()
    assert window.pop() == (at("ANSWER", 1), 0, False)
    assert not window.ready()


def test_without_queue_log_it_waits_a_minute_from_the_first_end() -> None:
    window = Window()
    window.add(at("ANSWER", 1), 0)
    window.reached("cel", EPOCH + 5.0)
    window.reached("cel", EPOCH + 5.0 + ALONE_S - 1)
    assert not window.ready()
    window.reached("cel", EPOCH + 5.0 + ALONE_S)
    assert window.ready()


def test_rows_of_before_a_clock_was_put_back_wait_for_nothing() -> None:
    window = Window()
    window.add(at("ANSWER", 1000), 0)
    window.add(at("HANGUP", 1000 - JUMP_S - 1), 0)
    assert window.ready()
    window.pop()
    assert not window.ready()


def test_it_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.journal.facts.window.MOST", 100)
    window = Window()
    for number in range(101):
        window.add(at("ANSWER", 1), number)
    assert window.ready()
    window.pop()
    assert not window.ready()


def test_it_looks_ahead_along_one_channel_and_not_far() -> None:
    window = Window()
    for kind, s, serial in (("ANSWER", 1, 1), ("ANSWER", 1.1, 2), ("BRIDGE_ENTER", 2, 1), ("HANGUP", 9, 1)):
        window.add(at(kind, s, serial), 0)
    assert [one.kind for one in window.ahead(uid(1), EPOCH + 1)] == ["ANSWER", "BRIDGE_ENTER"]
    window.pop()
    assert [one.kind for one in window.ahead(uid(1), EPOCH + 8)] == ["BRIDGE_ENTER", "HANGUP"]
    assert list(window.ahead(uid(7), EPOCH + 8)) == []


def test_what_queue_log_says_of_a_caller_is_used_once() -> None:
    window = Window()
    entered, left = noted(1, "ENTERQUEUE"), noted(9, "ABANDON")
    for one in (entered, left, noted(2, "PAUSE", "NONE")):
        window.note(one)
    assert window.notes(uid(1), EPOCH + 1) == [entered]
    assert window.notes("NONE", EPOCH + 5) == []
    window.use(entered)
    window.use(entered)
    assert window.notes(uid(1), EPOCH + 9) == [left]
    window.use(left)
    assert window.notes(uid(1), EPOCH + 9) == []
    window.note(left)
    window.forget_before(EPOCH + 9)
    assert window.notes(uid(1), EPOCH + 9) == [left]
    window.forget_before(EPOCH + 10)
    assert window.notes(uid(1), EPOCH + 9) == []
    window.note(left)
    window.forget(uid(1))
    assert window.notes(uid(1), EPOCH + 9) == []


def test_a_start_whose_clock_was_put_back_is_now() -> None:
    window = Window()
    window.note(noted(7200, "QUEUESTART", "NONE"))
    window.note(noted(60, "ENTERQUEUE"))
    assert list(window.starts) == [EPOCH + 60]
    window.note(noted(7200, "QUEUESTART", "NONE"))
    window.reached("queue_log", EPOCH + 100.5)
    assert list(window.starts) == [EPOCH + 60, EPOCH + 100]
