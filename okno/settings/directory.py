"""The clinic's directory: who works, in which queues, behind which numbers, by which rules.

It is written in `okno.yaml` to begin with, and changed in the page from then on: each change is a version of its own.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Extension = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]
Digits = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,15}$")]
HoursSpan = Annotated[
    str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Level = Annotated[int, Field(ge=1, le=5)]
Title = dict[Literal["ru", "en"], str]
Kind = Literal["call", "missed_call", "callback", "chat", "form", "email", "voicemail"]


class Strict(BaseModel):
    """What all settings have in common: no unknown field, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(Strict):
    """When somebody answers: spans of clinic-local time by weekday; a day left out is closed."""

    week: dict[Day, list[HoursSpan]] = Field(default_factory=dict)


class Holiday(Strict):
    """A day unlike others of its weekday: open in these spans only, closed when there are none."""

    day: date
    title: Title
    spans: list[HoursSpan] = Field(default_factory=list)


Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class CallbackSettings(Strict):
    """How a queue calls people back.

    `offer`: who waits may press 1 to be called back, keeping his place. `attempts_min` are minutes after the try before
    (the first: after the promise); then, with `next_opening`, once more when the queue next opens. Nobody is dialled
    between `quiet_from` and `quiet_to` of his own clock. `dial`: `auto` dials as soon as an operator has accepted;
    with `preview` he reads first and presses. While callers wait, at most `share` percent of those on duty call back.
    Whom nobody reached is written to, once, with `write_instead`.
    """

    offer: bool = False
    attempts_min: Annotated[list[Annotated[int, Field(ge=0, le=10080)]], Field(min_length=1, max_length=10)] = Field(
        default_factory=lambda: [0, 15, 60]
    )
    next_opening: bool = True
    quiet_from: Clock = "21:00"
    quiet_to: Clock = "09:00"
    dial: Literal["auto", "preview"] = "preview"
    share: Annotated[int, Field(ge=0, le=100)] = 50
    write_instead: bool = True


class QueueSettings(Strict):
    """A queue of people waiting. For calls it is also the Asterisk queue of the same name.

    Its deadlines run during `hours`. `skills` are the levels it wants of an operator; while nobody has them, they are
    wanted one level lower each `skill_relax_s` (0 = never). A person who was here before is offered to the same
    operator first, for `sticky_s`. Where the operator hangs up first, the flow `survey` asks the caller how it was.
    """

    name: Name
    title: dict[Literal["ru", "en"], str]
    strategy: Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear"] = "rrmemory"
    ring_s: Annotated[int, Field(ge=3, le=120)] = 15
    max_wait_s: Annotated[int, Field(ge=5, le=3600)] = 300
    max_callers: Annotated[int, Field(ge=0, le=1000)] = 0
    join_empty: bool = False
    service_level_s: Annotated[int, Field(ge=1, le=600)] = 20
    service_level_target: Annotated[int, Field(ge=1, le=100)] = 80
    wrap_up_s: Annotated[int, Field(ge=0, le=600)] = 30
    missed_due_s: Annotated[int, Field(ge=60, le=86400)] = 600
    priority: int = 0
    hours: Name | None = None
    skills: dict[Name, Level] = Field(default_factory=dict)
    skill_relax_s: Annotated[int, Field(ge=0, le=3600)] = 30
    sticky_s: Annotated[int, Field(ge=0, le=600)] = 30
    callbacks: CallbackSettings = CallbackSettings()
    survey: Name | None = None


class OperatorSettings(Strict):
    """An operator's phone, queues and skills. His account (password, role) is made with `okno user add`.

    `penalty`: a higher one is rung only when lower ones cannot answer. `capacity` is what all his work together may
    weigh (see `Work`). `web_phone` lets him choose the page itself as today's phone.
    """

    name: Name
    title: dict[Literal["ru", "en"], str]
    extension: Extension
    queues: list[Name] = Field(default_factory=list)
    penalty: Annotated[int, Field(ge=0, le=20)] = 0
    pbx: Name | None = None
    contact: str | None = None
    capacity: Annotated[int, Field(ge=25, le=400)] = 100
    skills: dict[Name, Level] = Field(default_factory=dict)
    web_phone: bool = False


class Line(Strict):
    """A number patients dial: what it advertises, its hours, the queue behind it, and the flow he hears before it."""

    number: Digits
    source: dict[Literal["ru", "en"], str]
    queue: Name
    hours: Name | None = None
    area_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,5}$")] | None = None
    flow: Name | None = None


class Work(Strict):
    """What one kind of request asks of an operator.

    `weight` counts against his capacity; an offer of it stands for `offer_s`; `reply_s` after its arrival it is
    overdue, and after it he gets `wrap_up_s` to finish. None of the last two: as its queue says for calls.
    """

    weight: Annotated[int, Field(ge=1, le=400)]
    offer_s: Annotated[int, Field(ge=5, le=300)] = 20
    reply_s: Annotated[int, Field(ge=10, le=604800)] | None = None
    wrap_up_s: Annotated[int, Field(ge=0, le=600)] | None = None


# DESIGN 5 and routing.md 2.6; what the settings say of a kind replaces its line.
WORK: dict[Kind, Work] = {
    "call": Work(weight=100), "callback": Work(weight=100), "missed_call": Work(weight=50),
    "form": Work(weight=50, reply_s=600, wrap_up_s=0), "voicemail": Work(weight=50, reply_s=3600),
    "chat": Work(weight=25, reply_s=60, wrap_up_s=0), "email": Work(weight=25, reply_s=14400, wrap_up_s=0),
}  # fmt: skip


# What an alert may watch: the numbers of a queue's row (engine/queues/stats.py) and the seconds of the longest wait.
FIGURES = (
    "abandoned", "answered", "available", "average_wait_s", "callbacks_open", "chats_open", "chats_unheard",
    "digital_waiting", "free", "in_level", "logged_in", "longest_wait_s", "missed_again", "missed_open",
    "not_responding", "offered", "on_break", "overdue", "service_level",
    "service_level_now", "talking", "unanswered", "wait_now_s", "waiting", "wrap_up",
)  # fmt: skip


class AlertRule(Strict):
    """When supervisors are to be told: a figure of a queue (of every queue when none is named) past its threshold.

    `figure` is one of the queue's figures (`waiting`, `longest_wait_s`, `service_level`, `free`, `overdue`, …). It
    must be past `above` or below `below` for `for_s` to raise the alert, and back as long to clear it.
    """

    name: Name
    title: Title
    figure: Name
    queue: Name | None = None
    above: float | None = None
    below: float | None = None
    for_s: Annotated[int, Field(ge=0, le=3600)] = 10
    outside: bool = False


class PromptSettings(Strict):
    """Something callers hear: `text` spoken by the packaged voice, or what somebody uploaded (`file`, its SHA-256)."""

    label: Title
    text: Title = Field(default_factory=dict)
    file: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class Keyword(Strict):
    """Words that raise a conversation in its queue by `priority`; with `emergency` the operator is shown the script."""

    words: Annotated[list[Annotated[str, StringConstraints(min_length=2, max_length=60)]], Field(min_length=1)]
    priority: Annotated[int, Field(ge=0, le=100)] = 10
    emergency: bool = False


class ChatRules(Strict):
    """What is answered by itself in conversations of a queue. A text left out is not sent.

    `greeting` once, at the beginning; `closed` once, outside the queue's hours; `emergency` once, on an emergency's
    words. A conversation nobody writes in is closed after `idle_min` (0 = never); `survey` then asks for a score.
    """

    greeting: Title = Field(default_factory=dict)
    closed: Title = Field(default_factory=dict)
    emergency: Title = Field(default_factory=dict)
    closing: Title = Field(default_factory=dict)
    survey: Title = Field(default_factory=dict)
    keywords: list[Keyword] = Field(default_factory=list)
    idle_min: Annotated[int, Field(ge=0, le=10080)] = 1440


class CannedAnswer(Strict):
    """An answer written beforehand. `{patient}`, `{operator}`, `{clinic}` and `{queue}` stand for names.

    `queues` are those whose operators see it (none: all). `short` is what he types after a slash to get it.
    """

    title: Title
    text: Title
    short: Annotated[str, StringConstraints(pattern="^[a-z\u0430-\u044f\u04510-9_-]{0,20}$")] = ""
    queues: list[Name] = Field(default_factory=list)


class Directory(Strict):
    """All of it; the sections have the names they have in `okno.yaml`. `flows` are read by `engine.ivr`.

    `chats` has the rules of conversations by queue.
    """

    hours: dict[Name, Hours] = Field(default_factory=dict)
    holidays: list[Holiday] = Field(default_factory=list)
    skills: dict[Name, Title] = Field(default_factory=dict)
    queues: list[QueueSettings] = Field(default_factory=list)
    operators: list[OperatorSettings] = Field(default_factory=list)
    lines: list[Line] = Field(default_factory=list)
    pause_reasons: dict[Name, Title] = Field(default_factory=dict)
    outcomes: dict[Name, Title] = Field(default_factory=dict)
    work: dict[Kind, Work] = Field(default_factory=dict)
    alerts: list[AlertRule] = Field(default_factory=list)
    flows: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    prompts: dict[Name, PromptSettings] = Field(default_factory=dict)
    chats: dict[Name, ChatRules] = Field(default_factory=dict)
    answers: dict[Name, CannedAnswer] = Field(default_factory=dict)

    def work_of(self, kind: Kind) -> Work:
        """Return what a kind of request asks."""
        return self.work.get(kind) or WORK[kind]
