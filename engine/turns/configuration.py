"""The settings as the rooms want them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from engine.events import ConfigurationLoaded
from engine.world import AlertRule, CallbackRule, Line, Operator, PatientRoute, Pbx, Queue, Rules, Skills, WorkRule
from okno.hours import DAYS, minute_of, minutes, spans
from okno.settings.directory import CallbackSettings, Directory, Kind, OperatorSettings, QueueSettings, Title
from okno.settings.model import Settings


def configuration(settings: Settings, at: datetime, version: int = 0) -> ConfigurationLoaded:
    """Return the event that tells the rooms what the settings say. An operator's phone is PJSIP/<extension>.

    Args:
        settings: of this machine, with the directory as it now is.
        at: now.
        version: the directory's.
    """
    first = settings.pbxes[0].name if settings.pbxes else ""
    return ConfigurationLoaded(
        at=at,
        operators=tuple(_operator(one, one.pbx or first) for one in settings.operators),
        queues=tuple(_queue(settings, one) for one in settings.queues),
        lines=tuple(
            Line(
                key=one.number, queue=one.queue, source_ru=_ru(one.source), source_en=_en(one.source),
                area_code=one.area_code or "",
            )
            for one in settings.lines
        ),
        pbxes=tuple(
            Pbx(
                key=one.name, trunks=tuple(trunk.name for trunk in one.trunks),
                inbound_contexts=tuple(one.inbound_contexts), phone_contexts=tuple(one.phone_contexts),
                country=settings.clinic.country, area_code=settings.clinic.area_code, members=one.members,
            )
            for one in settings.pbxes
        ),
        rules=_rules(settings, version),
    )  # fmt: skip


def _operator(one: OperatorSettings, pbx: str) -> Operator:
    return Operator(
        key=one.name, title_ru=_ru(one.title), title_en=_en(one.title), extension=one.extension, pbx=pbx,
        interface=f"PJSIP/{one.extension}", queues=tuple(one.queues), home_queues=tuple(one.queues),
        skills=_skills(one.skills), home_skills=_skills(one.skills), capacity=one.capacity, penalty=one.penalty,
        web_phone=one.web_phone,
    )  # fmt: skip


def _queue(settings: Settings, one: QueueSettings) -> Queue:
    hours = settings.hours[one.hours] if one.hours is not None else None
    return Queue(
        key=one.name, title_ru=_ru(one.title), title_en=_en(one.title), service_level_s=one.service_level_s,
        service_level_target=one.service_level_target, wrap_up_s=one.wrap_up_s, missed_due_s=one.missed_due_s,
        priority=one.priority, skills=_skills(one.skills), skill_relax_s=one.skill_relax_s, sticky_s=one.sticky_s,
        week=None if hours is None else tuple((DAYS.index(span.day), span.begin, span.end) for span in spans(hours)),
        holidays=tuple(
            (one.day.isoformat(), tuple(minutes(span) for span in one.spans)) for one in settings.holidays
        ) if hours is not None else (),
        callbacks=_callbacks(one.callbacks),
    )  # fmt: skip


def _callbacks(one: CallbackSettings) -> CallbackRule:
    first, last = (minute_of(clock) for clock in (one.quiet_from, one.quiet_to))
    return CallbackRule(
        offer=one.offer, attempts_min=tuple(one.attempts_min), next_opening=one.next_opening, quiet=(first, last),
        dial=one.dial, share=one.share, write_instead=one.write_instead,
    )  # fmt: skip


def _rules(settings: Settings, version: int) -> Rules:
    directory: Directory = settings
    kinds: tuple[Kind, ...] = get_args(Kind)
    sections = {
        "queues": {one.name: one.title for one in directory.queues}, "skills": directory.skills,
        "pause_reasons": directory.pause_reasons, "outcomes": directory.outcomes,
    }  # fmt: skip
    return Rules(
        version=version, timezone=settings.clinic.timezone, pause_reasons=tuple(directory.pause_reasons),
        outcomes=tuple(directory.outcomes), skills=tuple(directory.skills),
        work=tuple(WorkRule(kind=kind, **directory.work_of(kind).model_dump()) for kind in kinds),
        alerts=tuple(
            AlertRule(
                name=one.name, title_ru=_ru(one.title), title_en=_en(one.title), figure=one.figure,
                queue=one.queue or "", above=one.above, below=one.below, for_s=one.for_s, outside=one.outside,
            )
            for one in directory.alerts
        ),
        titles=tuple(
            (section, name, _ru(title), _en(title)) for section, words in sections.items()
            for name, title in words.items()
        ),
        patients=settings.mis.connector != "none",
        routes=tuple(PatientRoute(**one.model_dump()) for one in settings.mis.routes),
    )  # fmt: skip


def _skills(levels: Mapping[str, int]) -> Skills:
    return tuple(sorted(levels.items()))


def _ru(title: Title) -> str:
    return title.get("ru") or title["en"]


def _en(title: Title) -> str:
    return title.get("en") or title["ru"]
