"""The rows of the engine's live world and of its answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Title = dict[Literal["ru", "en"], str]


class Model(BaseModel):
    """What all rows have in common: no unknown field."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AlertRow(Model):
    """A figure past its threshold; `limit` is the threshold, `since` when it went past it."""

    id: str
    rule: str
    queue: str
    value: float
    since: datetime
    raised_at: datetime | None
    figure: str
    title: Title
    limit: float | None


class NoticeRow(Model):
    """A message to an operator; of one that he has read only `id` and `seen` are told.

    A text that begins with `@` is an i18n key below `notice.`: what was done to him, by `author`.
    """

    id: str
    seen: bool
    author: str = ""
    at: datetime | None = None
    text: str = ""


class LineRow(Model):
    """A number patients dial."""

    id: str
    queue: str
    source: Title


class Word(Model):
    """What the directory calls something."""

    id: str
    title: Title


class RulesRow(Model):
    """The words of the directory and what each kind of work weighs; `version` is the directory's."""

    id: str
    version: int
    work: dict[str, dict[str, int]]
    queues: list[Word]
    pause_reasons: list[Word]
    outcomes: list[Word]
    skills: list[Word]


class OperatorRow(Model):
    """An operator; `reachable` says whether his phone can ring, `load` what his offers weigh.

    `moved`: a supervisor gave him other queues or skills than the directory has. `steered_by`: the account of the
    supervisor who last changed something for him; empty once he says something himself.
    """

    id: str
    title: Title
    extension: str
    queues: list[str]
    presence: str
    presence_reason: str
    presence_since: datetime | None
    voice: str
    voice_since: datetime | None
    reachable: bool
    paused: bool
    pauses: list[str]
    call: str | None
    wrap_up: str | None
    handled_today: int
    talk_today_s: float
    phone: str
    web_phone: bool
    page: str
    skills: dict[str, int]
    moved: bool
    steered_by: str
    home_queues: list[str]
    home_skills: dict[str, int]
    capacity: int
    load: int


class QueueRow(BaseModel):
    """A queue and its figures; a figure added to `engine.queues.stats` appears here by itself.

    `place` is where the directory lists it, from 0.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    title: Title
    waiting: int
    longest_since: datetime | None
    oldest: list[str]
    free: int
    talking: int
    wrap_up: int
    wrap_up_s: int
    place: int
    offered: int
    answered: int
    in_level: int
    abandoned: int
    unanswered: int
    service_level: int | None
    service_level_s: int
    target: int
    average_wait_s: float
    missed_open: int


class PbxRow(Model):
    """A PBX and our link to it."""

    id: str
    link: str
    reason: str
    since: datetime | None
    directory: int
    directory_reason: str


class HistoryRow(Model):
    """A line of a request's history."""

    at: datetime
    actor: str
    what: str
    call: str | None
    operator: str | None
    queue: str | None
    note: str


class ContactRow(Model):
    """A contact; `phone` is None and `pretty` masked for whom the call or request is not. `name` may be empty."""

    id: str | None
    name: str
    phone: str | None
    pretty: str
    earlier_calls: int
    first_seen: datetime | None
