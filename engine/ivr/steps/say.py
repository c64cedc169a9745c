"""Say a number, a sum, a date, a time, a phone number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import PromptName, StepName, Value
from engine.ivr.orders import Caller
from engine.ivr.saying.pieces import Sounds
from engine.ivr.saying.terms import Case, Gender, Noun
from engine.ivr.saying.values import What, said
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, hear, language, sounds, value_of

Few = Annotated[list[PromptName], Field(max_length=20)]
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@step("say")
class Saying(Step):
    """Say a value between prompts.

    `value` is a text or `$fact`. What cannot be said (an unknown fact, no date) is not, nor its prompts: he goes to
    `otherwise`, or on. `noun` is what is counted; `gender` and `case` are of a number, `year` of a date.
    """

    kind: Literal["say"] = "say"
    before: Few = Field(default_factory=list)
    what: What
    value: Value
    after: Few = Field(default_factory=list)
    noun: Noun = "call"
    gender: Gender = "m"
    case: Case = "nom"
    year: bool = False
    skip: bool = False
    next: StepName
    otherwise: StepName | None = None

    def walk(self, caller: Caller) -> Walk:
        """Say it, then on."""
        try:
            phrase = self._said(language(caller), value_of(caller, self.value), caller.at)
        except ValueError:
            return self.otherwise or self.next
        yield from hear(caller, sounds(caller, self.before) + phrase + sounds(caller, self.after), self.skip)
        return self.next

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Yield a doubt when the value is a text that can never be said."""
        if not self.value.startswith("$"):
            try:
                self._said("ru", self.value, _SOME_DAY)
            except ValueError:
                yield "value", "unsayable", f"this cannot be said as {self.what}"

    def _said(self, spoken: Literal["ru", "en"], text: str, now: datetime) -> Sounds:
        return said(
            spoken, self.what, text, now=now, noun=self.noun, gender=self.gender, case=self.case, year=self.year
        )
