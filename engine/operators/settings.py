"""Operators as the settings name them, and their figures of the day."""

from dataclasses import replace

from engine.events import ConfigurationLoaded, DayBegan
from engine.room import Said
from engine.world import Drop, Operator, Pbx, Put, View


def on_loaded(world: View, event: ConfigurationLoaded) -> Said:
    """The known keep what they are doing; one who vanished from the settings is kept for history, inactive."""
    for pbx in event.pbxes:
        yield from _load(world.get(Pbx, pbx.key), _linked(pbx, world.get(Pbx, pbx.key)))
    names = {pbx.key for pbx in event.pbxes}
    for old in [pbx for pbx in world.all(Pbx) if pbx.key not in names]:
        yield Drop(Pbx, old.key)
    for operator in event.operators:
        yield from _load(world.get(Operator, operator.key), _working(operator, world.get(Operator, operator.key)))
    keys = {operator.key for operator in event.operators}
    for gone in [operator for operator in world.all(Operator) if operator.active and operator.key not in keys]:
        yield Put(replace(gone, active=False))


def _load(known: Pbx | Operator | None, now: Pbx | Operator) -> Said:
    if now != known:
        yield Put(now)


def _linked(pbx: Pbx, known: Pbx | None) -> Pbx:
    """The PBX of the settings with the link it has."""
    if known is None:
        return pbx
    return replace(
        pbx, link=known.link, link_reason=known.link_reason, since=known.since, live_from=known.live_from,
        swept=known.swept, directory=known.directory, directory_reason=known.directory_reason,
    )


def _working(operator: Operator, known: Operator | None) -> Operator:
    """The operator of the settings with what he is doing."""
    if known is None:
        return operator
    return replace(
        known, title_ru=operator.title_ru, title_en=operator.title_en, extension=operator.extension,
        pbx=operator.pbx, interface=operator.interface, home_queues=operator.home_queues,
        home_skills=operator.home_skills, queues=known.queues if known.moved else operator.queues,
        skills=known.skills if known.moved else operator.skills, capacity=operator.capacity,
        penalty=operator.penalty, web_phone=operator.web_phone, active=True,
    )


def on_day(world: View, event: DayBegan) -> Said:
    """Midnight: the day's figures start anew."""
    for operator in list(world.all(Operator)):
        if operator.handled_today or operator.talk_today_s:
            yield Put(replace(operator, handled_today=0, talk_today_s=0.0))
