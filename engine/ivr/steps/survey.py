"""Ask the caller how it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import PromptName, Seconds, StepName, Tries
from engine.ivr.orders import Caller, Digits, Leave, Rate, Read
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask, hear, sounds
from okno.settings.directory import Name, Strict


class Question(Strict):
    """A question answered by one key from `least` to `most`; `name` is what the score is kept under."""

    name: Name
    prompt: PromptName
    least: Annotated[int, Field(ge=0, le=9)] = 1
    most: Annotated[int, Field(ge=0, le=9)] = 5


@step("survey")
class Surveying(Step):
    """Ask the questions in turn; who does not answer one is not asked the rest. Then `next`, or the call is over."""

    kind: Literal["survey"] = "survey"
    questions: Annotated[list[Question], Field(min_length=1, max_length=9)]
    wrong: PromptName | None = None
    wait_s: Seconds = 5
    tries: Tries = 2
    thanks: Annotated[list[PromptName], Field(max_length=20)] = Field(default_factory=list)
    next: StepName | None = None

    def walk(self, caller: Caller) -> Walk:
        """Ask, keep the scores, thank."""
        for question in self.questions:
            before: tuple[str, ...] = ()
            for _ in range(self.tries):
                said = before + sounds(caller, [question.prompt])
                key = (yield from ask(Read(sounds=said, most=1, wait_s=self.wait_s, end_on=""), Digits)).keys
                if key.isdecimal() and question.least <= int(key) <= question.most:
                    yield Rate(question=question.name, score=int(key))
                    break
                before = sounds(caller, [self.wrong if key else None])
            else:
                return self.next or Leave(to="done")
        yield from hear(caller, sounds(caller, self.thanks))
        return self.next or Leave(to="done")

    def ends(self) -> bool:
        """Whether the call is over after it."""
        return self.next is None

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Yield questions no key can answer, and names given twice."""
        seen: set[str] = set()
        for number, question in enumerate(self.questions):
            if question.least > question.most:
                yield f"questions[{number}].least", "never_fits", "must not be more than `most`"
            if question.name in seen:
                yield f"questions[{number}].name", "name_twice", "is given twice"
            seen.add(question.name)
