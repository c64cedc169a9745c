"""What the engine knows and does for callers in flows, over a world and a loop that writes at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.agi import clinic as module
from engine.agi.asking import Addresses
from engine.agi.clinic import Present
from engine.agi.patients import Patients
from engine.agi.wire import NotAsterisk
from engine.calls.naming import call_id
from engine.events import CallbackWanted, Event, SurveyAnswered
from engine.ivr.orders import Ahead, Call, IsOpen, LookUp, Promise, Rate
from engine.world import Blocked, Callback, Put, Request
from okno import clock
from okno.settings.model import Settings
from tests.engine.playbook import perform
from tests.pbx.bench import bench_settings
from tests.pbx.matrix.feeds import world_of

UNIQUEID, PHONE = "1760000000.1", "+79990000001"
HEADERS = {"uniqueid": UNIQUEID, "callerid": "89990000001", "arg_1": "bench", "arg_2": "73430000001", "arg_3": "menu"}
FLOW = {"title": {"en": "t"}, "start": "a", "steps": {"a": {"kind": "leave", "to": "done"}}}


class Clinic:
    """The parts together. `writes`: what the loop tells of a write; None = nothing yet."""

    def __init__(self, **top: Any) -> None:
        plain = bench_settings().model_dump(mode="json") | {"flows": {"main": FLOW}} | top
        self.settings, self.version = Settings.model_validate(plain), 1
        self.world = world_of(self.settings)
        self.writes: bool | None = True
        self.taken: list[Event] = []
        self.present = Present(
            self.world, lambda: (self.settings, self.version), self.take, Patients(None, ZoneInfo("UTC")),
            Addresses({}, str),
        )  # fmt: skip

    def take(self, event: Event, done: Callable[[bool], None] | None = None, /) -> None:
        """Reduce it, and tell what came of it."""
        self.taken.append(event)
        perform(self.world, event)
        if done is not None and self.writes is not None:
            done(self.writes)


def test_who_it_is() -> None:
    one = Clinic().present.inside(HEADERS)
    assert (one.call, one.phone, one.step) == (call_id("bench", UNIQUEID), PHONE, "menu")
    assert (one.dialled, one.line, one.queue) == ("+73430000001", "+73430000001", "registry")
    with pytest.raises(NotAsterisk):
        Clinic().present.inside(HEADERS | {"arg_1": "strange"})
    hidden = Clinic().present.inside(HEADERS | {"callerid": "anonymous", "arg_2": ""})
    assert (hidden.phone, hidden.dialled, hidden.queue) == ("", "", "")


def test_a_flow_is_read_once_and_anew_when_the_directory_changes() -> None:
    clinic = Clinic()
    first = clinic.present.flow("main")
    assert first is not None and clinic.present.flow("main") is first and clinic.present.flow("other") is None
    clinic.version = 2
    assert clinic.present.flow("main") is not first


def test_a_flow_that_cannot_be_read_is_none() -> None:
    clinic = Clinic()
    clinic.settings.flows["main"] = {"start": "a", "steps": {"a": {"kind": "strange"}}}
    assert clinic.present.flow("main") is None


def test_callers_are_wanted_where_there_is_something_for_them() -> None:
    assert Clinic().present.wanted and not Clinic(flows={}).present.wanted
    queues = bench_settings().model_dump(mode="json")["queues"]
    queues[0]["callbacks"]["offer"] = True
    assert Clinic(flows={}, queues=queues).present.wanted


@pytest.mark.parametrize(("hours", "holiday", "opened"), [
    ("", None, True), ("never", None, False), ("always", None, True), ("always", [], False),
    ("never", ["00:00-24:00"], True), ("strange", None, True),
])  # fmt: skip
def test_hours_and_holidays(hours: str, holiday: list[str] | None, opened: bool) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    clinic = Clinic(hours={"never": {"week": {}}, "always": {"week": {day: ["00:00-24:00"] for day in days}}})
    if holiday is not None:
        today = clock.now().astimezone(ZoneInfo(clinic.settings.clinic.timezone)).date().isoformat()
        plain = clinic.settings.model_dump(mode="json")
        clinic.settings = Settings.model_validate(
            plain | {"holidays": [{"day": today, "title": {"en": "t"}, "spans": holiday}]}
        )
    assert clinic.present.is_open(clinic.present.inside(HEADERS), IsOpen(hours=hours)) is opened


async def test_a_promise_is_made_once_and_told_when_it_is_written() -> None:
    clinic = Clinic()
    one = clinic.present.inside(HEADERS)
    assert await clinic.present.promise(one, Promise(phone=PHONE, queue=""))
    assert await clinic.present.promise(one, Promise(phone=PHONE, queue=""))
    wanted = [event for event in clinic.taken if isinstance(event, CallbackWanted)]
    assert len({event.key for event in wanted}) == 1 and wanted[0].queue == "registry" and wanted[0].origin == "ivr"
    (promise,) = clinic.world.all(Callback)
    assert promise.state == "waiting"
    known = await clinic.present.known(one, LookUp(phone=PHONE))
    assert (known.answered, known.promised, known.blocked) == (False, True, False)


@pytest.mark.parametrize("phone", ["", "anonymous", "12"])
async def test_nothing_is_promised_to_nobody(phone: str) -> None:
    clinic = Clinic()
    assert not await clinic.present.promise(clinic.present.inside(HEADERS), Promise(phone=phone, queue=""))
    assert clinic.taken == []


async def test_nothing_is_promised_to_a_blocked_number() -> None:
    clinic = Clinic()
    now = clock.now()
    clinic.world.apply([Put(Blocked(key="b", phone=PHONE, reason="", actor="a", at=now))])
    one = clinic.present.inside(HEADERS)
    assert not await clinic.present.promise(one, Promise(phone=PHONE, queue="")) and not list(clinic.world.all(Request))
    assert (await clinic.present.known(one, LookUp(phone=PHONE))).blocked
    clinic.world.apply([Put(Blocked(key="b", phone=PHONE, reason="", actor="a", at=now, until=now - timedelta(1)))])
    assert await clinic.present.promise(one, Promise(phone=PHONE, queue=""))


@pytest.mark.parametrize("writes", [False, None])
async def test_what_is_not_written_is_not_promised(monkeypatch: pytest.MonkeyPatch, writes: bool | None) -> None:
    monkeypatch.setattr(module, "WRITE_S", 0.05)
    clinic = Clinic()
    clinic.writes = writes
    assert not await clinic.present.promise(clinic.present.inside(HEADERS), Promise(phone=PHONE, queue=""))


async def test_the_rest() -> None:
    clinic = Clinic()
    one = clinic.present.inside(HEADERS)
    assert clinic.present.line(one, Ahead(queue="")).waiting == 0
    assert not (await clinic.present.ask(one, Call(name="nobody"))).ok
    await clinic.present.rate(one, Rate(question="talk", score=5))
    (told,) = clinic.taken
    assert isinstance(told, SurveyAnswered) and (told.call, told.question, told.score) == (one.call, "talk", 5)
    assert told.at <= datetime.now(UTC)
    await clinic.present.close()
