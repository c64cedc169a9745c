"""Whom nobody reached is written to where he wrote us, else by SMS: once, whatever is away meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from chat.client import AccountRow, ServiceRefused, Status
from engine.chats.instead import Instead
from engine.events import WroteInstead
from engine.requests.chats.writing import on_wrote_instead
from engine.store.people.conversations import Owed
from engine.world import Append, CallbackRule, Queue, World
from okno import clock
from okno.database import Database
from okno.ids import uuid7
from okno.service import ServiceDown
from tests.engine.clinic import at

NUMBER = "+79990001873"
REQUEST, LINE, WHO, OTHER = (str(uuid7()) for _ in range(4))


@dataclass
class Town:
    """A `chat` with accounts, people who are owed a word, and a history."""

    owe: list[Owed] = field(default_factory=lambda: [Owed(REQUEST, NUMBER, None, LINE, at(0))])
    ways: list[tuple[str, str]] = field(default_factory=list)
    channels: tuple[str, ...] = ("max:main", "sms:gate")
    refuses: tuple[str, ...] = ()
    down: bool = False
    red: tuple[str, ...] = ()
    wishes: list[dict[str, Any]] = field(default_factory=list)
    lines: list[WroteInstead] = field(default_factory=list)
    sure: bool = True
    silent: Sequence[str] = ()

    async def owed(self, silent: Sequence[str] = ()) -> list[Owed]:
        self.silent = silent
        return [] if "front" in silent else [one for one in self.owe if one.request not in {line.request for line in self.lines}]

    async def written_from(self, contact: str | None, phone: str) -> list[tuple[str, str]]:
        return self.ways

    async def status(self) -> Status:
        rows = [
            AccountRow(
                key=key, channel=key.partition(":")[0], title={}, colour="red" if key in self.red else "green", why="",
                since=clock.now(), heard_at=None, waiting=0, undelivered=0,
            )
            for key in self.channels
        ]  # fmt: skip
        return Status(channels=[], accounts=rows)

    async def start(self, who: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
        self.wishes.append(dict(wanted))
        if self.down:
            raise ServiceDown("no answer")
        if wanted["account"] in self.refuses:
            raise ServiceRefused(409, {"why": "window"})
        return {"conversation": str(uuid7()), "message": wanted["id"]}

    async def written(self, line: str) -> bool:
        return line in {one.key for one in self.lines}

    def take(self, event: WroteInstead, done: Callable[[bool], None]) -> None:
        self.lines.append(event)
        done(True)

    def instead(self, database: Database | None = None) -> Instead:
        return Instead(
            database, self, self, text="...", take=self.take, history=self, sure=lambda: self.sure,  # type: ignore[arg-type]
        )  # fmt: skip


async def test_where_he_wrote_us_before_an_sms() -> None:
    town = Town(ways=[(WHO, "max:main"), (OTHER, "vk:gone")])
    one = town.instead()
    await one.look(World())
    await one.look(World())
    assert [(wish["account"], wish["identity"], wish["request"]) for wish in town.wishes] == [("max:main", WHO, REQUEST)]
    assert [line.channel for line in town.lines] == ["max"]


async def test_a_way_that_is_shut_leads_to_the_next_and_the_last_is_his_number() -> None:
    town = Town(ways=[(WHO, "max:main")], refuses=("max:main",))
    await town.instead().look(World())
    assert [(wish["account"], wish.get("phone", "")) for wish in town.wishes] == [("max:main", ""), ("sms:gate", NUMBER)]
    assert len({wish["id"] for wish in town.wishes}) == 1
    assert [line.channel for line in town.lines] == ["sms"]


async def test_when_nobody_knows_whether_it_was_written_it_is_asked_for_under_the_same_id() -> None:
    town = Town(ways=[(WHO, "max:main")], down=True)
    one = town.instead()
    with pytest.raises(ServiceDown):
        await one.look(World())
    assert town.lines == [] and len(town.wishes) == 1
    town.down = False
    await one.look(World())
    assert [wish["account"] for wish in town.wishes] == ["max:main", "max:main"]
    assert len({wish["id"] for wish in town.wishes}) == 1 and len(town.lines) == 1


async def test_who_left_the_site_is_not_written_to_in_its_widget() -> None:
    town = Town(ways=[(OTHER, "widget:clinic"), (WHO, "max:main")], channels=("max:main", "sms:gate", "widget:clinic"))
    await town.instead().look(World())
    assert [wish["account"] for wish in town.wishes] == ["max:main"]


async def test_without_a_way_nothing_is_said() -> None:
    town = Town(channels=("max:main", "sms:gate"), red=("sms:gate",))
    await town.instead().look(World())
    assert town.wishes == [] and town.lines == []


async def test_a_queue_that_writes_to_nobody_writes_to_nobody() -> None:
    world = World(
        Queue(key=key, title_ru="", title_en="", callbacks=CallbackRule(write_instead=writes))
        for key, writes in (("front", False), ("back", True))
    )
    town = Town(ways=[(WHO, "max:main")])
    await town.instead().look(world)
    assert town.silent == ["front"] and town.wishes == []


async def test_who_leads_no_more_writes_to_nobody() -> None:
    town = Town(ways=[(WHO, "max:main")], sure=False)
    await town.instead().look(World())
    assert town.wishes == []


def test_the_history_says_by_which_channel() -> None:
    event = WroteInstead(at=at(0), key=LINE, request=REQUEST, channel="sms")
    (change,) = on_wrote_instead(World(), event)
    assert isinstance(change, Append)
    assert (change.entry.what, change.entry.note, change.entry.line) == ("wrote_instead", "sms", LINE)
