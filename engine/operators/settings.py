"""Operators as the settings name them, and their figures of the day."""

from dataclasses import replace

from engine.events import ConfigurationLoaded, DayBegan
from engine.room import Said
from engine.world import Drop, Operator, Pbx, Put, View


def on_loaded(world: View, event: ConfigurationLoaded) -> Said:
    """The known keep what they are doing; one who vanished from the settings is kept for history, inactive."""
    for pbx in event.pbxes:
        known_pbx = world.get(Pbx, pbx.key)
        if known_pbx is not None:
            pbx = replace(
                pbx, link=known_pbx.link, link_reason=known_pbx.link_reason, since=known_pbx.since,
                live_from=known_pbx.live_from,
            )
        if pbx != known_pbx:
            yield Put(pbx)
    for old in [pbx for pbx in world.all(Pbx) if pbx.key not in {now.key for now in event.pbxes}]:
        yield Drop(Pbx, old.key)
    for operator in event.operators:
        known = world.get(Operator, operator.key)
        if known is not None:
            operator = replace(
                known, title_ru=operator.title_ru, title_en=operator.title_en, extension=operator.extension,
                pbx=operator.pbx, interface=operator.interface, queues=operator.queues, active=True,
            )
        if operator != known:
            yield Put(operator)
    keys = {operator.key for operator in event.operators}
    for gone in [operator for operator in world.all(Operator) if operator.active and operator.key not in keys]:
        yield Put(replace(gone, active=False))


def on_day(world: View, event: DayBegan) -> Said:
    """Midnight: the day's figures start anew."""
    for operator in list(world.all(Operator)):
        if operator.handled_today or operator.talk_today_s:
            yield Put(replace(operator, handled_today=0, talk_today_s=0.0))
