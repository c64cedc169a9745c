"""What the clinic's directory allows and wants, as the rooms read it."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRule:
    """What one kind of request asks of an operator; seconds. `wrap_up_s` None: as its queue says."""

    kind: str
    weight: int
    offer_s: int = 20
    reply_s: int | None = None
    wrap_up_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """When supervisors are told; see `okno.settings.directory.AlertRule`."""

    name: str
    title_ru: str
    title_en: str
    figure: str
    queue: str = ""
    above: float | None = None
    below: float | None = None
    for_s: int = 10
    outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRoute:
    """Where work goes of who has a flag of the MIS, or an attending doctor; see `okno.settings.services.MisRoute`."""

    flag: str = ""
    doctor: str = ""
    queue: str = ""
    operator: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the directory allows and wants; key `rules`. An empty list of words allows anything.

    `patients`: a MIS is connected, so that numbers are looked up; the first of `routes` that fits counts.
    `titles` are what screens call things: (section, name, ru, en). `version` is the directory's.
    """

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str = "rules"
    version: int = 0
    timezone: str = "UTC"
    pause_reasons: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    work: tuple[WorkRule, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    titles: tuple[tuple[str, str, str, str], ...] = ()
    patients: bool = False
    routes: tuple[PatientRoute, ...] = ()

    def work_of(self, kind: str) -> WorkRule:
        """What a kind of request asks; one nobody has told us of weighs a whole operator."""
        return next((rule for rule in self.work if rule.kind == kind), WorkRule(kind=kind, weight=100))
