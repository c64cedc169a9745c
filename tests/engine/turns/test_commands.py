"""One answer for one command, however often it is asked."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from engine.effects import AnswerCommand
from engine.turns.commands import Commands
from engine.turns.figures import Figures
from tests.engine.rig import note


async def test_asked_again_before_and_after_the_answer() -> None:
    commands, asked = Commands(Figures(CollectorRegistry())), note(command="c")
    future = commands.expect("c")
    assert commands.known("c") is future and commands.unanswered(asked)
    answer = AnswerCommand(command="c", ok=True)
    commands.answer(asked, answer)
    assert await future == answer == commands.known("c") and not commands.unanswered(asked)
    commands.answer(asked, answer)  # of a turn repeated: nobody waits any more


async def test_known_from_before_a_restart_and_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.turns.commands.KEPT", 2)
    old = AnswerCommand(command="old", ok=True)
    commands = Commands(Figures(CollectorRegistry()), [old])
    assert commands.known("old") == old and commands.known("new") is None
    for name in ("a", "b"):
        commands.answer(None, AnswerCommand(command=name, ok=True))
    assert commands.known("old") is None and commands.known("b") is not None


async def test_who_waits_when_the_engine_stops_is_told_nothing() -> None:
    commands = Commands(Figures(CollectorRegistry()))
    future = commands.expect("c")
    commands.close()
    assert future.cancelled()
