"""The settings as the rooms want them."""

from __future__ import annotations

from datetime import datetime

from engine.events import ConfigurationLoaded
from engine.world import Line, Operator, Pbx, Queue
from okno.settings.model import Settings


def configuration(settings: Settings, at: datetime) -> ConfigurationLoaded:
    """Return the event that tells the rooms what the settings say. An operator's phone is PJSIP/<extension>."""
    first = settings.pbxes[0].name if settings.pbxes else ""
    return ConfigurationLoaded(
        at=at,
        operators=tuple(
            Operator(
                key=one.name, title_ru=one.title["ru"], title_en=one.title.get("en", one.title["ru"]),
                extension=one.extension, pbx=one.pbx or first, interface=f"PJSIP/{one.extension}",
                queues=tuple(one.queues),
            )
            for one in settings.operators
        ),
        queues=tuple(
            Queue(
                key=one.name, title_ru=one.title["ru"], title_en=one.title.get("en", one.title["ru"]),
                service_level_s=one.service_level_s, service_level_target=one.service_level_target,
                wrap_up_s=one.wrap_up_s, missed_due_s=one.missed_due_s, priority=one.priority,
            )
            for one in settings.queues
        ),
        lines=tuple(
            Line(
                key=one.number, queue=one.queue, source_ru=one.source["ru"],
                source_en=one.source.get("en", one.source["ru"]), area_code=one.area_code or "",
            )
            for one in settings.lines
        ),
        pbxes=tuple(
            Pbx(
                key=one.name, trunks=tuple(trunk.name for trunk in one.trunks),
                inbound_contexts=tuple(one.inbound_contexts), phone_contexts=tuple(one.phone_contexts),
                country=settings.clinic.country, area_code=settings.clinic.area_code,
            )
            for one in settings.pbxes
        ),
        pause_reasons=tuple(settings.pause_reasons), outcomes=tuple(settings.outcomes),
    )  # fmt: skip
