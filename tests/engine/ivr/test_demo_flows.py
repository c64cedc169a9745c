"""The demo clinic's flows with any luck and any keys: always an end, and never a sound that is not there."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ivr.flow import read
from engine.ivr.orders import Answer, Decide, Digits, Leave, Order, Play, Read, Visit
from engine.ivr.saying import pieces
from engine.ivr.walking import At, walk
from okno.resources import folder
from okno.settings import load_settings
from tests.engine.ivr.stage import PHONE, caller
from tests.engine.ivr.test_checking import answered

CLINIC = load_settings(folder("demo") / "okno.demo.yaml")
THERE = {f"okno/{language}/{name}" for language in ("ru", "en") for name in CLINIC.prompts} | set(pieces("ru")) | set(
    pieces("en")
)


TYPED = {8: "05031980", 15: "9990000105"}
"""What is keyed in where several digits are wanted: a birth date, a number."""
PATIENCE = 100
"""So many orders he presses keys at; then he is silent, and the flow lets him go."""


def given_to(order: Order, luck: st.DataObject, number: int) -> Answer:
    """Answer an order by luck."""
    if isinstance(order, Read) and order.most in TYPED and number < PATIENCE and luck.draw(st.booleans()):
        return Digits(keys=TYPED[order.most], timed_out=False)
    return answered(order, luck, "0123456789*#" if number < PATIENCE else "")


@pytest.mark.parametrize("name", sorted(CLINIC.flows))
@settings(max_examples=80)
@given(luck=st.data(), phone=st.sampled_from([PHONE, ""]))
def test_any_caller_comes_to_an_end(name: str, luck: st.DataObject, phone: str) -> None:
    walking, answer = walk(read(CLINIC.flows[name]), caller(phone=phone)), cast(Answer, None)
    steps, orders, leave = list[str](), list[Order](), None
    for number in range(3 * PATIENCE):
        try:
            order = walking.send(answer)
        except StopIteration as end:
            leave = end.value
            break
        if isinstance(order, At):
            steps.append(order.step)
            answer = None
            continue
        orders.append(order)
        answer = given_to(order, luck, number)
    heard = {sound for order in orders if isinstance(order, Play | Read) for sound in order.sounds}
    assert isinstance(leave, Leave) and heard <= THERE
    assert leave.to != "voicemail" or steps[-1] == "message"
    assert leave.to != "queue" or leave.value in {queue.name for queue in CLINIC.queues}
    # A visit is asked for by number and date only, at most three times, and decided once when it was found.
    looked = sum(isinstance(order, Visit) for order in orders)
    born = sum(isinstance(order, Read) and order.most == 8 for order in orders)
    assert looked <= min(3, born) and (phone or not looked)
    assert sum(isinstance(order, Decide) for order in orders) <= looked
