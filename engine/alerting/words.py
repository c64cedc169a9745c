"""What is told of an alert, outside: in words for people, as JSON for programs. Nothing of a patient is known here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engine.effects import TellAlert
from engine.world import Queue, Rules, View
from okno.i18n import Catalogue
from okno.ids import uuid7_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One change of an alert. `id` is the same however often it is sent; seconds and counts as the figure has them."""

    id: str
    alert: str
    rule: str
    title: str
    figure: str
    queue: str
    queue_title: str
    state: Literal["raised", "cleared"]
    value: float
    limit: float | None
    at: datetime

    def json(self) -> dict[str, Any]:
        """Return what a webhook gets."""
        return {
            "id": self.id, "alert": self.alert, "rule": self.rule, "title": self.title, "figure": self.figure,
            "queue": self.queue, "queue_title": self.queue_title, "state": self.state, "value": self.value,
            "limit": self.limit, "at": self.at.isoformat(),
        }  # fmt: skip


def told_of(effect: TellAlert, world: View, language: str) -> Told:
    """Return the change an effect is about, with the names the directory gives. Args: language: "ru" or "en"."""
    rules = world.get(Rules, "rules") or Rules()
    rule = next((one for one in rules.alerts if one.name == effect.rule), None)
    queue = world.get(Queue, effect.queue)
    title = effect.rule if rule is None else rule.title_ru if language == "ru" else rule.title_en
    named = effect.queue if queue is None else queue.title_ru if language == "ru" else queue.title_en
    limit = None if rule is None else rule.above if rule.above is not None else rule.below
    return Told(
        id=str(uuid7_of(effect.at, "alert", effect.alert, effect.state)), alert=effect.alert, rule=effect.rule,
        title=title, figure=rule.figure if rule else "", queue=effect.queue, queue_title=named, state=effect.state,
        value=effect.value, limit=limit, at=effect.at,
    )  # fmt: skip


class Words:
    """Says it to people.

    Args:
        catalogue: `engine/i18n`.
        language: the clinic's.
        clinic: its name.
        zone: its clock.
    """

    def __init__(self, catalogue: Catalogue, language: str, clinic: str, zone: ZoneInfo) -> None:
        self._catalogue, self._language, self._clinic, self._zone = catalogue, language, clinic, zone

    def subject(self, told: Told) -> str:
        """Return one line, whatever somebody wrote into a title."""
        return " ".join(self._say(f"alert.subject.{told.state}", told).split())

    def text(self, told: Told) -> str:
        """Return the whole letter."""
        body = "alert.text" if told.limit is not None else "alert.textNoLimit"
        return f"{self._say(body, told)}\n\n{self._say('alert.foot', told)}\n"

    def _say(self, key: str, told: Told) -> str:
        return self._catalogue.t(
            key, self._language, clinic=self._clinic, title=told.title, queue=told.queue_title,
            value=f"{told.value:g}", limit="" if told.limit is None else f"{told.limit:g}",
            time=told.at.astimezone(self._zone).strftime("%d.%m.%Y %H:%M:%S"),
        )  # fmt: skip
