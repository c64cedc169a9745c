"""Walks a flow for somebody at a screen: what he would hear, and what is wanted of him next.

Nothing is kept between two questions: each carries all that was pressed so far and the flow is walked from its
beginning again, so that a change of the draft is tried at once. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from engine.ivr.flow import Flow
from engine.ivr.orders import (
    Ahead,
    Answer,
    Call,
    Caller,
    Decide,
    Digits,
    Found,
    HttpAnswer,
    IsOpen,
    Known,
    Line,
    LookUp,
    Order,
    Play,
    Promise,
    Rate,
    Read,
    Record,
    Recorded,
    Visit,
)
from engine.ivr.walking import At, walk

MOST_ORDERS = 400
"""A walk that has given so many orders is going round."""

_KNOWN = ("patient", "visit", "blocked", "promised")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretended:
    """What is so for the caller who is only tried: what the look-ups, the queue and the network would answer."""

    patient: bool = False
    visit: bool = False
    blocked: bool = False
    promised: bool = False
    waiting: int = 2
    wait_s: float | None = 120.0
    staffed: bool = True
    http: bool = True


@dataclass(slots=True)
class Tried:
    """What came of it: `lines` in their order, `wants` when a key or a recording is waited for, `leave` at the end."""

    lines: list[Row] = field(default_factory=list)
    wants: Row | None = None
    leave: Row | None = None
    step: str = ""

    def note(self, asked: At | Order, words: Callable[[str], str]) -> None:
        """Note the step one comes to, and what is heard."""
        if isinstance(asked, At):
            self.step = asked.step
            self.add("step")
        elif isinstance(asked, Play | Read) and asked.sounds:
            self.add("heard", heard=[{"sound": one, "text": words(one)} for one in asked.sounds])

    def add(self, what: str, **more: Any) -> None:
        """Note one line of the step that is walked."""
        self.lines.append({"step": self.step, "what": what, **more})

    def row(self) -> Row:
        """Return it as plain data."""
        return {"lines": self.lines, "wants": self.wants, "leave": self.leave, "step": self.step}


def tried(
    flow: Flow, caller: Caller, given: list[str], pretended: Pretended, *,
    open_now: Callable[[str], bool], words: Callable[[str], str],
) -> Tried:
    """Walk a flow as far as what was given leads.

    Args:
        flow: as it would be.
        caller: whoever is tried.
        given: one text for each time the caller was waited for: the keys he pressed, seconds he spoke; "" is silence.
        pretended: what others answer.
        open_now: whether hours of the directory are open at the moment tried.
        words: of a sound.

    Raises:
        WrongAnswer: our fault: an order is answered by something it does not say.
    """
    told, rest = Tried(), iter(given)
    walking, answer = walk(flow, caller), cast(Answer, None)
    try:
        for _ in range(MOST_ORDERS):
            asked = walking.send(answer)
            told.note(asked, words)
            if isinstance(asked, Read | Record):
                text = next(rest, None)
                if text is None:
                    told.wants = _wants(asked)
                    return told
                answer = _given(asked, text)
                told.add("pressed", keys=_keys(answer))
            elif isinstance(asked, At | Play):
                answer = "" if isinstance(asked, Play) else None
            else:
                answer = _answer(asked, caller.at, pretended, open_now)
                told.add(type(asked).__name__.lower(), answer=_shown(answer))
    except StopIteration as end:
        told.leave = {"to": end.value.to, "value": end.value.value}
    return told


def _wants(asked: Read | Record) -> Row:
    if isinstance(asked, Record):
        return {"what": "record", "most": asked.most_s, "end_on": asked.end_on, "wait_s": 0}
    return {"what": "keys", "most": asked.most, "end_on": asked.end_on, "wait_s": asked.wait_s}


def _given(asked: Read | Record, text: str) -> Answer:
    if isinstance(asked, Record):
        seconds = float(text) if text.isdigit() else 0.0
        return Recorded(name="tried" if seconds else "", seconds=seconds)
    ended = bool(asked.end_on) and asked.end_on in text
    keys = (text.split(asked.end_on, maxsplit=1)[0] if ended else text)[: asked.most]
    return Digits(keys=keys, timed_out=not ended and len(keys) < asked.most)


def _keys(answer: Answer) -> str:
    if isinstance(answer, Digits):
        return answer.keys
    return f"{answer.seconds:g}" if isinstance(answer, Recorded) else ""


def _answer(order: Order, at: datetime, pretended: Pretended, open_now: Callable[[str], bool]) -> Answer:
    match order:
        case LookUp():
            return Known(
                answered=True, patient=pretended.patient, visit=pretended.visit, blocked=pretended.blocked,
                promised=pretended.promised,
            )
        case Visit():
            starts_at = at.replace(hour=10, minute=30, second=0, microsecond=0)
            return Found(visit="tried", starts_at=starts_at) if pretended.visit else Found()
        case Ahead():
            return Line(waiting=pretended.waiting, wait_s=pretended.wait_s, open=pretended.staffed)
        case IsOpen():
            return open_now(order.hours)
        case Call():
            return HttpAnswer(ok=pretended.http)
        case Rate():
            return None
        case Decide() | Promise():
            return True
        case _:
            return None


def _shown(answer: Answer) -> Row | bool | None:
    match answer:
        case Known():
            return {"known": [one for one in _KNOWN if getattr(answer, one)]}
        case Found():
            return bool(answer.visit)
        case Line():
            return {"waiting": answer.waiting, "wait_s": answer.wait_s, "open": answer.open}
        case HttpAnswer():
            return answer.ok
        case bool():
            return answer
        case _:
            return None


def texts_of(prompts: Mapping[str, Any], language: str) -> dict[str, str]:
    """Return the words of a draft's prompts by their sound's name; what is no prompt is left out."""
    told = {}
    for name, prompt in prompts.items():
        texts = prompt.get("text") if isinstance(prompt, dict) else None
        text = texts.get(language) if isinstance(texts, dict) else None
        told[f"okno/{language}/{name}"] = text if isinstance(text, str) else ""
    return told
