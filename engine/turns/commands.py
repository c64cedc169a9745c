"""People's commands and their answers: one answer for one command, however often it is asked."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from engine.effects import AnswerCommand
from engine.events import Asked
from engine.turns.figures import Figures

# A command is repeated within minutes; so many are an hour's work of a large clinic.
KEPT = 20_000


class Commands:
    """Remembers who waits for an answer, and what was answered.

    Args:
        figures: counts.
        known: answers given before a restart.
    """

    def __init__(self, figures: Figures, known: Iterable[AnswerCommand] = ()) -> None:
        self._figures = figures
        self._answers: OrderedDict[str, AnswerCommand] = OrderedDict((answer.command, answer) for answer in known)
        self._waiting: dict[str, asyncio.Future[AnswerCommand]] = {}

    def known(self, command: str) -> AnswerCommand | asyncio.Future[AnswerCommand] | None:
        """Return the answer to a command already seen, or what will be it."""
        return self._answers.get(command) or self._waiting.get(command)

    def expect(self, command: str) -> asyncio.Future[AnswerCommand]:
        """Return what will be the answer."""
        future: asyncio.Future[AnswerCommand] = asyncio.get_running_loop().create_future()
        self._waiting[command] = future
        return future

    def answer(self, asked: Asked | None, answer: AnswerCommand) -> None:
        """Give the answer to whoever waits, and to whoever asks again."""
        self._answers[answer.command] = answer
        if len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        if asked is not None:
            self._figures.commands.labels(type(asked).__name__, str(answer.ok).lower()).inc()
        future = self._waiting.pop(answer.command, None)
        if future is not None and not future.done():
            future.set_result(answer)

    def unanswered(self, asked: Asked) -> bool:
        """Say whether nobody has answered this command yet."""
        return asked.command in self._waiting

    def close(self) -> None:
        """Tell whoever still waits that the engine stops; whether his command was done he must look (P2)."""
        for future in self._waiting.values():
            future.cancel()
        self._waiting.clear()
