"""Flows run for a scripted Asterisk on a real socket: orders become commands, the dialplan is told what becomes of him."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.agi.counting import Counts
from engine.agi.runner import Inside, Runner, next_of
from engine.agi.wire import NotAsterisk
from engine.ivr.flow import Flow, read
from engine.ivr.orders import (
    Ahead,
    Call,
    Decide,
    Found,
    HttpAnswer,
    IsOpen,
    Known,
    Leave,
    Line,
    LookUp,
    Promise,
    Rate,
    Visit,
)
from tests.engine.agi.asterisk import UNIQUEID, Asterisk, serving

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def flow(**steps: dict[str, Any]) -> Flow:
    """A flow that begins with its first step."""
    return read({"title": {"en": "t"}, "language": "ru", "start": next(iter(steps)), "steps": steps})


class Clinic:
    """What the engine knows and does, as a test says."""

    def __init__(self, made: Flow | None) -> None:
        self.made = made
        self.asked: list[object] = []
        self.yes = True

    def flow(self, name: str) -> Flow | None:
        return self.made if name == "main" else None

    def inside(self, headers: Mapping[str, str]) -> Inside:
        if headers.get("arg_1") != "pbx":
            raise NotAsterisk("pbx")
        return Inside(
            call="c1", pbx="pbx", uniqueid=UNIQUEID, phone="+79990000001", dialled="+73430000001", line="73430000001",
            queue="front", at=AT, step=headers.get("arg_3", ""), consent="okno/ru/consent",
        )  # fmt: skip

    async def known(self, inside: Inside, order: LookUp) -> Known:
        self.asked.append(order)
        return Known(answered=True, patient=self.yes)

    async def visit(self, inside: Inside, order: Visit) -> Found:
        self.asked.append(order)
        return Found(visit="v", starts_at=AT)

    async def decide(self, inside: Inside, order: Decide) -> bool:
        self.asked.append(order)
        return self.yes

    def line(self, inside: Inside, order: Ahead) -> Line:
        self.asked.append(order)
        return Line(waiting=2, wait_s=90)

    def is_open(self, inside: Inside, order: IsOpen) -> bool:
        self.asked.append(order)
        return self.yes

    async def promise(self, inside: Inside, order: Promise) -> bool:
        self.asked.append(order)
        return self.yes

    async def rate(self, inside: Inside, order: Rate) -> None:
        self.asked.append(order)

    async def ask(self, inside: Inside, order: Call) -> HttpAnswer:
        self.asked.append(order)
        return HttpAnswer(ok=self.yes)


LEAVE = {"kind": "leave", "to": "done"}
MENU = {"kind": "menu", "prompts": ["m"], "choices": [{"key": "1", "next": "bye"}], "otherwise": "people", "tries": 2}
PEOPLE = {"kind": "queue", "queue": "back"}


async def run(clinic: Clinic, pbx: Asterisk, *args: str, script: str = "flow/main") -> dict[str, Any]:
    """One call; returns the counts."""
    counts = Counts()
    async with serving(Runner(clinic, counts).serve) as port:
        await pbx.call(port, script, *(args or ("pbx", "73430000001")))
    rows: dict[str, Any] = counts.rows()["flows"]
    return rows


async def test_keys_lead_and_the_last_word_is_told() -> None:
    pbx = Asterisk("1")
    counts = await run(Clinic(flow(menu=MENU, bye=LEAVE, people=PEOPLE)), pbx)
    assert pbx.variables["OKNO_NEXT"] == "done" and pbx.commands[-1] == 'SET VARIABLE OKNO_NEXT "done"'
    assert pbx.heard == ["okno/ru/m"] and pbx.variables["OKNO_STEP"] == "bye"
    assert counts["main"]["exits"] == {"done": 1} and counts["main"]["inside"] == 0
    assert {name: step["entered"] for name, step in counts["main"]["steps"].items()} == {"menu": 1, "bye": 1}


async def test_silence_leads_to_the_queue_it_names() -> None:
    pbx = Asterisk("", "7")
    await run(Clinic(flow(menu=MENU, bye=LEAVE, people=PEOPLE)), pbx)
    assert pbx.variables["OKNO_NEXT"] == "queue:back" and pbx.waits == ["5", "5"]


async def test_he_goes_on_at_the_step_he_was_in() -> None:
    pbx = Asterisk("1")
    counts = await run(Clinic(flow(hello={"kind": "play", "prompts": ["h"], "next": "menu"}, menu=MENU, bye=LEAVE,
                                   people=PEOPLE)), pbx, "pbx", "73430000001", "menu")  # fmt: skip
    assert pbx.heard == ["okno/ru/m"] and "hello" not in counts["main"]["steps"]


@pytest.mark.parametrize("yes", [True, False])
async def test_what_he_got_is_noted_before_the_flow_is_over(yes: bool) -> None:
    clinic = Clinic(flow(
        offer={"kind": "callback", "prompts": ["o"], "thanks": ["t"], "otherwise": "people", "elsewhere": None},
        people=PEOPLE,
    ))  # fmt: skip
    clinic.yes = yes
    pbx = Asterisk("1", hangs_up="Playback" if yes else "")
    counts = await run(clinic, pbx)
    assert (pbx.variables.get("OKNO_SERVED"), pbx.variables.get("OKNO_NEXT")) == (
        ("promised", None) if yes else (None, "queue:back")
    )
    assert counts["main"]["exits"] == ({"promised": 1} if yes else {"queue": 1})


@pytest.mark.parametrize(("key", "served"), [("", "done"), ("1", None)])
async def test_who_heard_out_what_he_called_for_has_it_even_if_he_hangs_up_later(key: str, served: str | None) -> None:
    hours = {"kind": "play", "prompts": ["h"], "skip": True, "enough": True, "next": "menu"}
    pbx = Asterisk(key, hangs_up="Read")
    counts = await run(Clinic(flow(hours=hours, menu=MENU, bye=LEAVE, people=PEOPLE)), pbx)
    assert pbx.variables.get("OKNO_SERVED") == served
    assert counts["main"]["exits"] == {"done": 1} and pbx.variables.get("OKNO_NEXT") == (None if served else "done")


async def test_who_hangs_up_with_nothing_has_left() -> None:
    pbx = Asterisk(hangs_up="Read")
    counts = await run(Clinic(flow(menu=MENU, bye=LEAVE, people=PEOPLE)), pbx)
    assert "OKNO_NEXT" not in pbx.variables and counts["main"]["exits"] == {"left": 1}


async def test_a_message_goes_to_the_spool_under_the_calls_own_id(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 9.5])
    monkeypatch.setattr("engine.agi.phone.clock.monotonic", lambda: next(times))
    pbx = Asterisk()
    counts = await run(Clinic(flow(
        message={"kind": "voicemail", "prompts": ["leave"], "thanks": ["thanks"], "otherwise": "people"}, people=PEOPLE,
    )), pbx)  # fmt: skip
    assert pbx.heard == ["okno/ru/leave", "/spool/okno/voicemail/c1-1.wav", "okno/ru/thanks"]
    assert pbx.variables["OKNO_NEXT"] == "voicemail" and pbx.variables["OKNO_RECORDING"] == ""
    assert counts["main"]["exits"] == {"voicemail": 1}


async def test_who_heard_the_notice_here_is_not_played_it_again() -> None:
    pbx = Asterisk()
    await run(Clinic(flow(notice={"kind": "play", "prompts": ["consent"], "next": "people"}, people=PEOPLE)), pbx)
    assert pbx.variables["OKNO_HEARD"] == "1"
    other = Asterisk()
    await run(Clinic(flow(notice={"kind": "play", "prompts": ["hello"], "next": "people"}, people=PEOPLE)), other)
    assert "OKNO_HEARD" not in other.variables


async def test_a_step_that_thinks_is_given_little_time() -> None:
    clinic, pbx = Clinic(flow(
        who={"kind": "lookup", "patient": "people", "otherwise": "people"}, people=PEOPLE
    )), Asterisk()  # fmt: skip
    await run(clinic, pbx)
    assert clinic.asked == [LookUp(phone="+79990000001")] and pbx.variables["TIMEOUT(absolute)"] == "15"


async def test_the_key_in_the_queue_promises_without_a_flow() -> None:
    clinic, pbx = Clinic(None), Asterisk()
    await run(clinic, pbx, script="promise/front")
    assert clinic.asked == [Promise(phone="+79990000001", queue="front")] and pbx.variables["OKNO_NEXT"] == "promised"
    clinic.yes = False
    await run(clinic, pbx, script="promise/front")
    assert pbx.variables["OKNO_NEXT"] == "queue:"


@pytest.mark.parametrize(("script", "pbx_name"), [("flow/other", "pbx"), ("nonsense", "pbx"), ("flow/main", "strange")])
async def test_who_asks_for_what_there_is_not_is_let_go_without_a_word(script: str, pbx_name: str) -> None:
    pbx = Asterisk()
    counts = await run(Clinic(flow(bye=LEAVE)), pbx, pbx_name, "1", script=script)
    assert pbx.commands == [] and counts == {}


@pytest.mark.parametrize(("leave", "told"), [
    (Leave(to="queue"), "queue:"), (Leave(to="queue", value="back"), "queue:back"),
    (Leave(to="transfer", value="1001"), "transfer:1001"), (Leave(to="transfer", value="1&2"), "queue:front"),
    (Leave(to="promised"), "promised"), (Leave(to="hangup"), "hangup"),
])  # fmt: skip
def test_the_last_word(leave: Leave, told: str) -> None:
    assert next_of(leave, "front") == told
