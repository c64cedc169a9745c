"""A stage for flows: a caller, and a play of orders and answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from datetime import UTC, datetime
from typing import Any

from engine.ivr.flow import Flow, read
from engine.ivr.orders import Answer, Caller, Digits, Exit, Leave, Order, Play
from engine.ivr.steps import Step, kinds
from engine.ivr.walking import At

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
PHONE = "+79990000001"


def caller(**more: Any) -> Caller:
    """Somebody who calls the clinic's number from his own, speaking Russian."""
    known: dict[str, Any] = {
        "call": "c", "phone": PHONE, "dialled": "+73430000007", "line": "+73430000007", "language": "ru", "at": AT,
    }  # fmt: skip
    return Caller(**(known | more))


def step(kind: str, **fields: Any) -> Step:
    """A step of a kind; fields that lead to steps are given by name."""
    return kinds()[kind].model_validate({"kind": kind, **fields})


def flow(**steps: dict[str, Any]) -> Flow:
    """A flow that starts with its first step."""
    return read({"start": next(iter(steps)), "steps": steps})


def keys(text: str) -> Digits:
    """What he pressed; nothing is silence."""
    return Digits(keys=text, timed_out=not text)


def heard(*prompts: str, stop_on: str = "") -> Play:
    """An order to play prompts in Russian."""
    return Play(sounds=sounds(*prompts), stop_on=stop_on)


def sounds(*prompts: str) -> tuple[str, ...]:
    """The sounds of prompts in Russian."""
    return tuple(f"okno/ru/{name}" for name in prompts)


def said(*pieces: str) -> tuple[str, ...]:
    """The sounds of spoken pieces in Russian."""
    return tuple(f"okno/ru/say/{name}" for name in pieces)


def play(
    walking: Generator[Order, Answer, Exit], answers: Iterable[Answer] | Callable[[Order], Answer] = ()
) -> tuple[list[Order], Exit]:
    """Walk a step to its end: its orders and where it leads. A `Play` is answered by no key unless the answers say so.

    Args: answers: to every order that is no `Play`, in turn; or a function that answers all of them.
    """
    given = iter(()) if callable(answers) else iter(answers)
    orders: list[Order] = []
    answer: Answer = None
    while True:
        try:
            order = walking.send(answer)
        except StopIteration as end:
            assert next(given, None) is None, "not every answer was asked for"
            after: Exit = end.value
            return orders, after
        orders.append(order)
        answer = answers(order) if callable(answers) else "" if isinstance(order, Play) else next(given)


def route(walking: Generator[At | Order, Answer, Leave], answers: Iterable[Answer] = ()) -> tuple[list[str], Leave]:
    """Walk a flow to its end: the steps he came through, and what became of him."""
    given = iter(answers)
    steps: list[str] = []
    answer: Answer = None
    while True:
        try:
            order = walking.send(answer)
        except StopIteration as end:
            leave: Leave = end.value
            return steps, leave
        if isinstance(order, At):
            steps.append(order.step)
        answer = None if isinstance(order, At) else "" if isinstance(order, Play) else next(given)
