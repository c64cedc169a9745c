"""What steps have in common: to ask the runner, to be heard, to know and remember facts of this call."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Literal, TypeVar, cast

from engine.ivr.orders import Answer, Caller, Exit, Order, Play
from okno.errors import OurFault

T = TypeVar("T")
Walk = Generator[Order, Answer, Exit]
"""A step being walked: it yields orders, is sent answers, and returns the next step or the end."""

ANY_KEY = "0123456789*#"
_PRESSED = "_pressed"


class WrongAnswer(OurFault):
    """The runner answered an order with something else than the order says."""


def ask(order: Order, kind: type[T]) -> Generator[Order, Answer, T]:
    """Give an order and return its answer. Raises WrongAnswer when it is no `kind`."""
    answer = yield order
    if not isinstance(answer, kind):
        raise WrongAnswer(f"{type(order).__name__} was answered by {type(answer).__name__}")
    return answer


def language(caller: Caller) -> Literal["ru", "en"]:
    """Return the language he is spoken to: as the flow began, or as a step has set since."""
    wanted = caller.facts.get("language", caller.language)
    return cast(Literal["ru", "en"], wanted) if wanted in ("ru", "en") else caller.language


def sounds(caller: Caller, prompts: Iterable[str | None]) -> tuple[str, ...]:
    """Return the sounds of prompts in the caller's language; None is nothing."""
    spoken = language(caller)
    return tuple(f"okno/{spoken}/{name}" for name in prompts if name)


def hear(
    caller: Caller, what: tuple[str, ...], skip: bool = False, enough: bool = False
) -> Generator[Order, Answer, None]:
    """Play to him; with `skip` any key ends it, and the next step that waits for a key is given that one.

    `enough`: heard out, it is what he wanted.
    """
    if what:
        key = yield from ask(Play(sounds=what, stop_on=ANY_KEY if skip else "", enough=enough), str)
        if key:
            caller.facts[_PRESSED] = key


def pressed(caller: Caller) -> str:
    """Take the key he pressed while he was played to; empty when he did not."""
    return caller.facts.pop(_PRESSED, "")


def value_of(caller: Caller, text: str) -> str:
    """Return what a field's text means: `$name` is a fact of this call, `$phone`, `$line`, `$dialled`, `$now` of it.

    A fact that nobody set is empty.
    """
    if not text.startswith("$"):
        return text
    name = text[1:]
    if name == "now":
        return caller.at.isoformat()
    known = {"phone": caller.phone, "line": caller.line, "dialled": caller.dialled, "language": language(caller)}
    return caller.facts.get(name, known.get(name, ""))
