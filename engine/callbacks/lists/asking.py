"""What supervisors say of lists. Each command is answered once; the gate has seen to the role."""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.callbacks.lists.states import OPEN, aside, called_off, give_back, of_list, settle
from engine.callbacks.lists.window import zones_of
from engine.effects import AnswerCommand
from engine.events import Asked, ListAsked, ListSteered, NoListsAsked, TargetSteered
from engine.room import Said
from engine.world import Blocked, CallList, Drop, NoLists, Pbx, Put, Queue, Request, Rules, Target, View
from engine.world.people import ListState
from okno.ids import uuid7_of

# What a MIS asked for in one list: its calls to confirm a visit (engine/requests/patients/telling.py).
TO_CONFIRM = "mis:confirm"
# So many people of lists at most are in the open world at once.
MOST = 20_000
LONGEST = timedelta(days=31)


def _yes(event: Asked) -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=True)


def _no(event: Asked, why: str) -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=False, why=why)


def on_list(world: View, event: ListAsked) -> Said:
    """Make a list; the same one twice is one."""
    made = event.made
    if world.get(CallList, made.key) is not None:
        yield _yes(event)
        return
    targets = _to_confirm(world, made) if made.source == "mis" else list(event.targets)
    why = _why_not(world, made, targets)
    if why:
        yield _no(event, why)
        return
    yield Put(made)
    for target in targets:
        yield Put(target)
        if unwanted(world, target.phone):
            yield from settle(world, target, "refused", event.at)
        elif blocked(world, target, event):
            yield from settle(world, target, "blocked", event.at)
        elif made.source == "mis":
            yield from aside(world, target, made.ends_at or event.at + LONGEST, event.at)
    yield _yes(event)


def _why_not(world: View, made: CallList, targets: list[Target]) -> str:
    """Why there can be no such list."""
    queue, pbx = world.get(Queue, made.queue), world.get(Pbx, made.pbx)
    if not targets:
        return "list_empty"
    if sum(1 for _ in world.all(Target)) + len(targets) > MOST:
        return "lists_full"
    if (made.mode == "operator" or made.queue) and (queue is None or not queue.active):
        return "no_queue"
    if made.mode == "ivr" and (pbx is None or not pbx.trunks):
        return "no_trunk"
    return ""


def _to_confirm(world: View, made: CallList) -> list[Target]:
    """The calls to confirm that wait for somebody and are in no list yet: each is one and the same work as before."""
    home = (world.get(Rules, "rules") or Rules()).timezone
    waiting = sorted(
        (one for one in world.all(Request) if one.source == TO_CONFIRM and one.status == "queued" and one.phone),
        key=lambda one: (one.created_at, one.key),
    )
    return [
        Target(
            key=str(uuid7_of(made.at, "target", made.key, one.key)), list=made.key, place=place, phone=one.phone,
            zone=zones_of(one.phone, home), request=one.key,
        )
        for place, one in enumerate(waiting, 1)
        if not any(other.state in OPEN for other in world.by(Target, "request", one.key))
    ]


def on_steered(world: View, event: ListSteered) -> Said:
    """Pause, go on, stop, or another pace. What was begun already is finished."""
    made = world.get(CallList, event.list)
    if made is None:
        yield _no(event, "list_over")
        return
    if event.what == "pace":
        yield Put(replace(
            made, at_once=event.at_once or made.at_once, per_minute=event.per_minute or made.per_minute,
            said_by=event.actor, said_at=event.at,
        ))  # fmt: skip
    else:
        yield from _turned(world, made, event)
    yield _yes(event)


def _turned(world: View, made: CallList, event: ListSteered) -> Said:
    states: dict[str, ListState] = {"pause": "paused", "resume": "running", "stop": "stopped"}
    state = states[event.what]
    if made.state in (state, "done") or (state == "paused" and made.state != "running"):
        return  # it is so, or there is nothing to pause or to stop
    yield Put(replace(made, state=state, said_by=event.actor, said_at=event.at))
    if state == "stopped":
        yield from _take_back(world, made, event)
    for target in [*of_list(world, made.key, "waiting")]:
        if state == "stopped":
            yield from give_back(world, target, event.at)
        elif made.state == "stopped":
            yield from aside(world, target, made.ends_at or event.at + LONGEST, event.at)


def _take_back(world: View, made: CallList, event: Asked) -> Said:
    """What operators were asked to do and nobody has begun comes back into the list."""
    for target in [*of_list(world, made.key, "asked")]:
        yield from called_off(world, target, event.at, event.actor)


def on_target(world: View, event: TargetSteered) -> Said:
    """Take a person out, put him back, or note that he wants no lists. Whom somebody is just calling is left alone."""
    target = world.get(Target, event.target)
    made = world.get(CallList, target.list) if target is not None else None
    if target is None or made is None:
        yield _no(event, "list_over")
        return
    if event.what == "refuse":
        yield from refuse(world, target.phone, event)
    elif event.what == "skip" and target.state != "waiting":
        yield _no(event, "target_begun")
        return
    elif event.what == "skip":
        yield from settle(world, target, "skipped", event.at)
    elif target.state in OPEN or unwanted(world, target.phone):
        yield _no(event, "target_refused" if target.state not in OPEN else "target_begun")
        return
    else:
        yield from _back(world, made, target, event)
    yield _yes(event)


def _back(world: View, made: CallList, target: Target, event: TargetSteered) -> Said:
    request = target.request if made.source == "mis" else None
    if made.source == "mis" and world.get(Request, request) is None:
        return  # what the MIS asked for is done, or withdrawn
    back = replace(
        target, state="waiting", outcome="", attempt=0, next_at=None, ended_at=None, request=request, command="",
        channel="", call=None,
    )
    yield Put(back)
    if made.source == "mis" and made.state != "stopped":
        yield from aside(world, back, made.ends_at or event.at + LONGEST, event.at)


def on_no_lists(world: View, event: NoListsAsked) -> Said:
    """A person wants to be in no list, or in lists again."""
    if event.undo:
        for known in world.by(NoLists, "phone", event.phone):
            yield Drop(NoLists, known.key)
    else:
        yield from refuse(world, event.phone, event)
    yield _yes(event)


def refuse(world: View, phone: str, event: Asked) -> Said:
    """Note it, and take him out of every list at once."""
    yield from note_refusal_of(world, phone, event.actor, event.at)
    for asked in world.by(Target, "phone", phone):
        if asked.state == "asked":
            yield from called_off(world, asked, event.at, event.actor)
        target = world.get(Target, asked.key) or asked
        if target.state == "waiting":
            yield from settle(world, target, "refused", event.at)


def note_refusal_of(world: View, phone: str, actor: str, at: datetime) -> Said:
    """Note that a person wants no lists; twice is once."""
    if not unwanted(world, phone):
        yield Put(NoLists(key=str(uuid7_of(at, "no lists", phone)), phone=phone, actor=actor, at=at))


def unwanted(world: View, phone: str) -> bool:
    """Whether he wants to be in no list."""
    return bool(world.by(NoLists, "phone", phone))


def blocked(world: View, target: Target, event: ListAsked) -> bool:
    """Whether nobody is to be called at this number."""
    return any(one.until is None or one.until > event.at for one in world.by(Blocked, "phone", target.phone))
