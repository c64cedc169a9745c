"""Operators as the settings name them, and their figures of the day."""

from dataclasses import replace

from engine.effects import ChangeMember
from engine.events import ConfigurationLoaded, DayBegan, OperatorLeft
from engine.operators.freeing import put
from engine.operators.membership import follow, look_at_all, phones
from engine.operators.pausing import logs_in
from engine.operators.voice import with_voice
from engine.room import Said
from engine.world import Drop, Operator, Pbx, Put, Queue, View
from engine.world.reading import is_live


def on_loaded(world: View, event: ConfigurationLoaded) -> Said:
    """The known keep what they are doing; one who vanished from the settings is kept for history, inactive.

    He finishes his call all the same; no queue rings him any more. Memberships follow once all rooms know the change.
    """
    changed = _queues_differ(world, event)
    for pbx in event.pbxes:
        yield from _load(world.get(Pbx, pbx.key), _linked(pbx, world.get(Pbx, pbx.key)))
    names = {pbx.key for pbx in event.pbxes}
    for old in [pbx for pbx in world.all(Pbx) if pbx.key not in names]:
        yield Drop(Pbx, old.key)
    queues = {queue.key for queue in event.queues}
    for operator in event.operators:
        known = world.get(Operator, operator.key)
        now = _working(operator, known, queues)
        if now == known:
            continue
        changed = True
        if known is not None:
            yield from _put_aside(world, known, now)
            now = _other_phone(known, now, event)
        yield from put(world, now, event.at)
    keys = {operator.key for operator in event.operators}
    for gone in [operator for operator in world.all(Operator) if operator.active and operator.key not in keys]:
        changed = True
        yield Put(_gone(gone, event))
        if gone.presence != "offline":
            yield OperatorLeft(at=event.at, operator=gone.key)
    if changed and any(pbx.link == "live" for pbx in world.all(Pbx)):
        yield from look_at_all(event.at)


def _queues_differ(world: View, event: ConfigurationLoaded) -> bool:
    """Whether queues come, go or ask for other skills."""
    known = {queue.key: queue.skills for queue in world.all(Queue) if queue.active}
    return known != {queue.key: queue.skills for queue in event.queues}


def _put_aside(world: View, known: Operator, now: Operator) -> Said:
    """Phones that are no longer his leave the queues."""
    his = (now.desk_interface, now.web_interface)
    if known.pbx != now.pbx or not (logs_in(world, known) and is_live(world, known.pbx)):
        return
    for one in phones(world, known):
        if one.interface not in his and world.get(Queue, one.queue) is not None:
            yield ChangeMember(pbx=one.pbx, interface=one.interface, queue=one.queue, change="remove")


def _other_phone(known: Operator, now: Operator, event: ConfigurationLoaded) -> Operator:
    """The operator, of whose new phone nothing is known yet."""
    if (known.pbx, known.interface) == (now.pbx, now.interface):
        return now
    return with_voice(replace(now, device="UNKNOWN"), event.at, "unknown")


def _gone(operator: Operator, event: ConfigurationLoaded) -> Operator:
    """Whom the directory names no more."""
    gone = replace(operator, active=False, page="none")
    if operator.presence == "offline":
        return gone
    return replace(gone, presence="offline", presence_reason="", presence_since=event.at)


def _load(known: Pbx | None, now: Pbx) -> Said:
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


def _working(operator: Operator, known: Operator | None, queues: set[str]) -> Operator:
    """The operator of the settings with what he is doing; of the queues he was given, those there still are."""
    if known is None:
        return operator
    web = known.phone == "web" and operator.web_phone
    given = tuple(queue for queue in known.queues if queue in queues)
    return replace(
        known, title_ru=operator.title_ru, title_en=operator.title_en, extension=operator.extension,
        pbx=operator.pbx, interface=operator.web_interface if web else operator.interface,
        phone="web" if web else "desk", home_queues=operator.home_queues,
        home_skills=operator.home_skills, queues=given if known.moved else operator.queues,
        skills=known.skills if known.moved else operator.skills, capacity=operator.capacity,
        penalty=operator.penalty, web_phone=operator.web_phone, active=True,
    )


def on_day(world: View, event: DayBegan) -> Said:
    """Midnight: the day's figures start anew, and what a supervisor gave somebody for the day is over."""
    for operator in list(world.all(Operator)):
        today = replace(operator, handled_today=0, talk_today_s=0.0)
        if operator.moved:
            today = replace(today, queues=operator.home_queues, skills=operator.home_skills, moved=False)
        yield from put(world, today, event.at)
        if operator.moved:
            yield from follow(world, today)
