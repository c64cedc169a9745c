"""What a step of a flow asks of whoever runs it, and what it is answered. No wire, no clock, no files.

A step is a generator: it yields orders and is sent answers. Sounds are names of files without ending, as the PBX has
them: a prompt `welcome` of the clinic is `okno/ru/welcome`, a spoken number is made of `okno/ru/say/…`.

What is of a person (his number, birth date, the keys he pressed) is in no `repr`: one ends up in logs and tracebacks.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is in the flow. `phone` is E.164 or empty; `at` is now by the clinic's clock, aware; `facts` are what earlier
    steps set. `country` and `area_code` complete a number he keys in.
    """

    call: str
    phone: str = field(repr=False)
    dialled: str
    line: str
    language: Literal["ru", "en"]
    at: datetime
    facts: dict[str, str] = field(default_factory=dict, repr=False)
    queued_at: datetime | None = None
    country: str = "RU"
    area_code: str = "343"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play sounds one after another. Answer: the key that stopped it (one of `stop_on`), else empty. Str.

    `enough`: who has heard it out has got what he wanted, should he hang up later.
    """

    sounds: tuple[str, ...] = field(repr=False)
    stop_on: str = ""
    enough: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Play, then gather keys. Answer: `Digits`."""

    sounds: tuple[str, ...] = field(repr=False)
    most: int
    wait_s: float
    end_on: str = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Record the caller's message. Answer: `Recorded`."""

    most_s: int
    silence_s: int
    end_on: str = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """What the clinic knows of this number, without naming anybody. Answer: `Known`."""

    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The next visit of the one patient with this number and this birth date (the second identifier).

    Answer: `Found`. `born` is ISO.
    """

    phone: str = field(repr=False)
    born: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Confirm or cancel the visit that `Visit` found. Answer: bool; False when nobody knows whether it was done."""

    visit: str
    what: Literal["confirm", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """How it stands in a queue. Answer: `Line`."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IsOpen:
    """Whether these hours of the directory (empty: the line's) are open now. Answer: bool."""

    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Promise a callback to `phone`. Answer: bool; False when nothing was promised."""

    phone: str = field(repr=False)
    queue: str
    wanted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Keep a score of the survey. Answer: None."""

    question: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Ask an HTTP address of the settings. Answer: `HttpAnswer`."""

    name: str
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Keys pressed; `timed_out`: he stopped before they were all there."""

    keys: str = field(repr=False)
    timed_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was recorded; no seconds: nothing."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of a number: whether a patient has it, a visit lies ahead, it is blocked, somebody promised to call it.

    `answered` False: nobody could say in time.
    """

    answered: bool
    patient: bool = False
    visit: bool = False
    blocked: bool = False
    promised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A visit: its id within this call, when (clinic-local), with whom (a sound's name or empty). None found: no id."""

    visit: str = ""
    starts_at: datetime | None = field(default=None, repr=False)
    answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A queue as it stands: how many wait before a new caller, and the seconds he will wait as far as anybody can say.

    `wait_s` None: nobody can say. `open`: somebody works there now.
    """

    waiting: int
    wait_s: float | None
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back: `ok` and up to a few short facts."""

    ok: bool
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The flow is over; what the dialplan does next (OKNO_NEXT). `queue`: name; `transfer`: an extension.

    `done`: he got what he wanted (self_service); `promised`: he will be called back; `voicemail`: he left a message.
    """

    to: Literal["queue", "transfer", "done", "promised", "voicemail", "hangup"]
    value: str = ""


Order = Play | Read | Record | LookUp | Visit | Decide | Ahead | IsOpen | Promise | Rate | Call
Answer = str | bool | None | Digits | Recorded | Known | Found | Line | HttpAnswer
Exit = str | Leave
"""The name of the next step, or the end."""
