"""In which Asterisk queues today's phone stands, and how far in front: ordered when it differs, read back as facts.

Only where the settings say `members: logged_in`: there an operator's phone is in his queues while he is on duty. Where
members stand in the PBX's own configuration (`always`) the engine changes pauses alone.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.effects import ChangeMember
from engine.operators.pausing import differs, flag, logs_in, members_of, word
from engine.room import Said
from engine.world import Member, Operator, Put, Queue, Timer, View
from engine.world.reading import is_live, penalty_in

# The timer of a second look at an operator's phone, and when: the PBX tells of a change within a second of doing it.
LOOK = "pause"
LOOK_AGAIN = timedelta(seconds=3)
# A queue the PBX does not know comes with its next configuration, if at all.
LOOK_LATER = timedelta(seconds=15)
# The timer of a look at everybody.
LOOK_AT_ALL = "members"


def on_duty(operator: Operator) -> bool:
    """Whether he is logged in, on a break or not."""
    return operator.active and operator.presence != "offline"


def wanted(world: View, operator: Operator) -> dict[str, int]:
    """His penalty in each queue his phone is to stand in."""
    if not on_duty(operator):
        return {}
    found = {}
    for name in operator.queues:
        queue = world.get(Queue, name)
        if queue is not None and queue.active:
            found[name] = penalty_in(operator.penalty, dict(operator.skills), dict(queue.skills))
    return found


def phones(world: View, operator: Operator) -> list[Member]:
    """Both his phones in the queues of their PBX, whichever he uses today."""
    faces = (operator.desk_interface, operator.web_interface)
    return [one for face in faces for one in world.by(Member, "interface", face) if one.pbx == operator.pbx]


def follow(world: View, operator: Operator) -> Said:
    """Order what differs: he comes into his queues before he leaves others, so that he is never in none."""
    if not (logs_in(world, operator) and is_live(world, operator.pbx)):
        return
    have, want = {(one.queue, one.interface): one for one in phones(world, operator)}, wanted(world, operator)
    for queue, penalty in want.items():
        member = have.get((queue, operator.interface))
        if member is None:
            reason = word(operator.pauses) if operator.pauses else ""
            yield replace(_order(operator, queue), penalty=penalty, name=operator.key, reason=reason)
        elif member.penalty != penalty:
            yield replace(_order(operator, queue), change="penalty", penalty=penalty)
    for queue, face in have:
        if world.get(Queue, queue) is not None and (face != operator.interface or queue not in want):
            yield replace(_order(operator, queue), change="remove", interface=face)


def reassert(world: View, operator: Operator) -> Said:
    """Make memberships and flag what they should be: an orphaned pause of ours goes, a break holds (R14)."""
    yield from follow(world, operator)
    differing = [one for one in members_of(world, operator) if differs(one, operator.pauses)]
    if differing:
        reason = word(operator.pauses) if operator.pauses else differing[0].reason
        yield flag(operator, paused=bool(operator.pauses), reason=reason)


def look(operator: Operator, at: datetime, after: timedelta = LOOK_AGAIN) -> Said:
    """See in a moment, when the PBX has told how it is, whether something is left to order."""
    yield Put(Timer(key=f"{LOOK}:{operator.key}", due=at + after))


def look_at_all(at: datetime) -> Said:
    """See to everybody at once."""
    yield Put(Timer(key=LOOK_AT_ALL, due=at))


def _order(operator: Operator, queue: str) -> ChangeMember:
    return ChangeMember(pbx=operator.pbx, interface=operator.interface, queue=queue, change="add")
