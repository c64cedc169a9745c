"""Notices go to readers with their operator's name, alerts to the ways out; what is read is told as read."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from engine.alerting.words import Told
from engine.effects import ShowNotice, TellAlert
from engine.feed import Message
from engine.live.screens import Screens
from engine.live.telling import Telling
from engine.world import Drop, Notice, Put, World
from tests.engine.clinic import T, at, clinic

FEED: TypeAdapter[Any] = TypeAdapter(Message)


class Around:
    """A world, a reader of its screens, and a way out that notes."""

    def __init__(self) -> None:
        self.world: World = clinic()
        self.told: list[Told] = []
        self.read: list[str] = []
        self.screens = Screens("1-1")
        self.telling = Telling(self.world, self.screens, self, lambda: "ru")

    def tell(self, told: Told) -> None:
        """Note it."""
        self.told.append(told)

    def show(self, key: str) -> dict[str, Any]:
        """Perform a notice's effect and return what a reader got."""
        with self.screens.reading(self.read.append):
            self.telling.tell(ShowNotice(notice=key, operator="orlova"))
        FEED.validate_json(self.read[-1])
        return dict(json.loads(self.read[-1]))


def notice(key: str, second: float = 0, operator: str = "orlova") -> Notice:
    return Notice(key=key, operator=operator, author="zimina", at=at(second), text="Планёрка")


def test_a_notice_is_told_with_its_text_and_then_as_read() -> None:
    around = Around()
    around.world.apply([Put(notice("n1"))])
    assert around.show("n1") == {
        "type": "notice", "operator": "orlova",
        "notice": {"id": "n1", "author": "zimina", "at": "2025-10-09T08:53:20.000Z", "text": "Планёрка", "seen": False},
    }
    around.world.apply([Drop(Notice, "n1")])
    assert around.show("n1")["notice"] == {"id": "n1", "seen": True}
    assert around.screens.seq == 0, "it is none of the numbered world"


def test_unseen_are_ones_own_the_oldest_first() -> None:
    around = Around()
    around.world.apply([Put(notice("b", 5)), Put(notice("a", 9)), Put(notice("c", 1, "ivanov"))])
    assert [row["id"] for row in around.telling.unseen("orlova")] == ["b", "a"]
    assert around.telling.unseen("nobody") == []


def test_an_alert_goes_out() -> None:
    around = Around()
    around.telling.tell(TellAlert(alert="late/front", rule="late", queue="front", state="raised", value=3.0, at=T))
    assert [(one.alert, one.queue_title) for one in around.told] == [("late/front", "Регистратура")]
    assert around.read == []
