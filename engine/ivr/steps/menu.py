"""Let the caller choose by one key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import ChosenStep, Key, PromptName, Prompts, Seconds, StepName, Tries
from engine.ivr.orders import Caller, Digits, Read
from engine.ivr.steps import Step, clashing, step
from engine.ivr.talking import Walk, ask, pressed, sounds
from okno.settings.directory import Strict

_REPEATS = 9  # nobody listens to a menu more often; a key that is stuck does


class Choice(Strict):
    """A key and where it leads."""

    key: Key
    next: ChosenStep


@step("menu")
class Menu(Step):
    """Play what there is to choose, and wait for a key.

    `wait_s`: from the end of the prompts. `silent` and `wrong` are played before the menu is said once more, `tries`
    times altogether; then `otherwise`. `repeat`: the key that only says the menu again.
    """

    kind: Literal["menu"] = "menu"
    prompts: Prompts
    choices: Annotated[list[Choice], Field(min_length=1, max_length=12)]
    repeat: Key | None = None
    wait_s: Seconds = 5
    tries: Tries = 3
    silent: PromptName | None = None
    wrong: PromptName | None = None
    otherwise: StepName

    def walk(self, caller: Caller) -> Walk:
        """Ask until a key is one of the choices."""
        leads = {choice.key: choice.next for choice in self.choices}
        said, tries, repeats = sounds(caller, self.prompts), 0, 0
        before: tuple[str, ...] = ()
        key = pressed(caller)
        while True:
            if not key:
                read = Read(sounds=before + said, most=1, wait_s=self.wait_s, end_on="")
                key = (yield from ask(read, Digits)).keys
            if key in leads:
                return leads[key]
            if key and key == self.repeat and repeats < _REPEATS:
                before, key, repeats = (), "", repeats + 1
                continue
            tries += 1
            if tries >= self.tries:
                return self.otherwise
            before, key = sounds(caller, [self.wrong if key else self.silent]), ""

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Yield the keys that lead to two places."""
        keys: list[tuple[str, str | None]] = [(f"choices[{n}].key", one.key) for n, one in enumerate(self.choices)]
        yield from clashing([*keys, ("repeat", self.repeat)])
