"""A flow: what the directory says of it, read and typed. Raw dictionaries stay outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from engine.ivr.steps import Step, kinds
from okno.errors import Refused
from okno.settings.directory import Name, Strict, Title
from okno.settings.load import flaws_of, key_of

Language = Literal["ru", "en"]
MOST_STEPS = 200


class Head(Strict):
    """What a flow has besides its steps. `start` is where callers come in."""

    title: Title = Field(default_factory=dict)
    language: Language = "ru"
    start: Name
    steps: Annotated[dict[Name, dict[str, Any]], Field(min_length=1, max_length=MOST_STEPS)]


@dataclass(frozen=True, slots=True)
class Flow:
    """What callers go through before they wait.

    Args:
        title: for administrators, by language.
        language: callers are spoken to in this one to begin with.
        start: the first step.
        steps: by name, in the order written.
    """

    title: Title
    language: Language
    start: str
    steps: dict[str, Step]


class BrokenFlow(Refused):
    """A flow cannot be read. `flaws` are (step, field, words), step and field empty when the flow itself is meant."""

    def __init__(self, flaws: list[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(f"{'.'.join(filter(None, (step, field)))}: {words}" for step, field, words in flaws))
        self.flaws = flaws


def read(raw: object) -> Flow:
    """Return the flow that plain data describes. Raises BrokenFlow with every mistake that keeps it from being read."""
    if not isinstance(raw, Mapping):
        raise BrokenFlow([("", "", "must be a group of keys")])
    try:
        head = Head.model_validate(dict(raw))
    except ValidationError as error:
        raise BrokenFlow([_placed(key_of(place), words) for place, words in flaws_of(error)]) from None
    steps: dict[str, Step] = {}
    flaws: list[tuple[str, str, str]] = []
    known = kinds()
    for name, fields in head.steps.items():
        kind = fields.get("kind")
        if not isinstance(kind, str) or kind not in known:
            flaws.append((name, "kind", f"must be one of {', '.join(known)}"))
            continue
        try:
            steps[name] = known[kind].model_validate(fields)
        except ValidationError as error:
            flaws += [(name, key_of(place), words) for place, words in flaws_of(error)]
    if flaws:
        raise BrokenFlow(flaws)
    return Flow(head.title, head.language, head.start, steps)


def _placed(key: str, words: str) -> tuple[str, str, str]:
    """`steps.hello` is of a step, everything else of the flow."""
    first, _, rest = key.partition(".")
    return (rest, "", words) if first == "steps" and rest else ("", key, words)
